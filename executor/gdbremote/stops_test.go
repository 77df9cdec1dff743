package gdbremote

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestManyStops calls a function that is stopped more often, for signs of life or by signals, than fits into the time for an operation on a slow line: every stop has that time for itself.
func TestManyStops(t *testing.T) {
	const pc = "10:0010400000000000;"
	const timeout, answer, stops = 200 * time.Millisecond, 10 * time.Millisecond, 40
	for name, c := range map[string]struct {
		opts []Option
		stop string
	}{
		"signs of life": {[]Option{WithHeartbeat(5 * time.Millisecond)}, raw},
		"signals":       {nil, "T0ethread:1a;" + pc},
	} {
		t.Run(name, func(t *testing.T) {
			p, s := hanging(t, true, append(c.opts, WithTimeout(timeout))...)
			n := 0
			s.mu.Lock()
			s.onInterrupt = "T02thread:1a;" + pc
			s.answer = func(_ int, request string) ([]byte, bool) {
				if request == "qfThreadInfo" {
					time.Sleep(answer)
				}
				if !strings.HasPrefix(request, "vCont;") || n == stops {
					return nil, false
				}
				n++
				return []byte(c.stop), true
			}
			s.mu.Unlock()
			if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
				t.Errorf("%v, %v of a function that stops %d times", sum, err, stops)
			}
		})
	}
}

// TestThreadsWithoutEnd has a stub name as many threads as it may, before a function and while it runs: what is made of them takes little time.
func TestThreadsWithoutEnd(t *testing.T) {
	p, s := hanging(t, true, WithTimeout(time.Minute))
	from := 0x10000
	s.mu.Lock()
	s.answer = func(_ int, request string) ([]byte, bool) {
		if request != "qfThreadInfo" {
			return nil, false
		}
		list := make([]string, maxThreads)
		for i := range list {
			list[i] = fmt.Sprintf("%x", from+i)
		}
		from += maxThreads
		return []byte("m" + strings.Join(list, ",")), true
	}
	s.mu.Unlock()
	defer p.turn()()
	if err := p.meetOthers(); err != nil {
		t.Fatal(err)
	}
	within(t, 2*time.Second, "finding the threads of the function", func() {
		if _, err := p.goOn(&stop{kind: 'T', thread: p.thread}, 0); err != nil {
			t.Error(err)
		}
	})
	if n := strings.Count(p.others, ";c:"); n != maxThreads {
		t.Errorf("%d threads run on", n)
	}
}
