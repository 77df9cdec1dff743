package gdbremote

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// faults are what a stub may answer in place of what it should. nil hangs up.
var faults = map[string][]byte{
	"hang up":       nil,
	"silence":       []byte(raw),
	"half a packet": []byte(raw + "$abc"),
	"garbage":       []byte(raw + "\x00\xff\x13 no protocol at all"),
	"bad checksum":  []byte(raw + "$OK#00"),
	"bad hex":       []byte("0123456789abcdefg"),
	"odd":           []byte("0"),
	"too long":      []byte(strings.Repeat("ab", 40000)),
	"repetition":    []byte(raw + "$*~*~#00"),
	"refused":       []byte("E01"),
	"in words":      []byte("E.no such luck"),
	"unknown":       []byte(""),
	"done":          []byte("OK"),
	"stopped":       []byte("T05thread:1a;"),
	"exited":        []byte("W00"),
	"other thread":  []byte("T05thread:zz;"),
	"zeros":         []byte("0000000000000000"),
	"documents":     []byte("m<xi:include href=\"target.xml\"/>"),
}

// TestFaults has a stub fail at each step of a session, in each way. Whatever it does, the session ends in time, and no goroutine stays.
func TestFaults(t *testing.T) {
	const timeout = 60 * time.Millisecond
	for name, kind := range kinds() {
		if name == "singles" {
			continue // hundreds of requests, all alike
		}
		s := newFakeStub()
		s.adder(fakeEntry + 0x100)
		if err := useProcess(s.connect(t), s, kind(s)...); err != nil {
			t.Fatal(name, err)
		}
		steps := len(s.requests)
		t.Logf("%s: %d requests", name, steps)
		var under sync.WaitGroup
		slots := make(chan struct{}, 8)
		const stride = 3 // other steps with each run
		for fault, reply := range faults {
			for step := rand.IntN(stride); step < steps; step += stride {
				under.Go(func() {
					slots <- struct{}{}
					defer func() { <-slots }()
					s := newFakeStub()
					s.adder(fakeEntry + 0x100)
					opts := kind(s)
					s.answer = func(n int, request string) ([]byte, bool) { return reply, n == step }
					c := s.connect(t)
					start := time.Now()
					err := useProcess(c, s, append(opts, WithTimeout(timeout), WithCallTimeout(timeout))...)
					if d := time.Since(start); d > 20*time.Second {
						t.Errorf("%s: %s at step %d: it took %v", name, fault, step, d)
					}
					if quiet := fault == "silence" || fault == "hang up" || fault == "half a packet"; quiet && err == nil && step < steps-1 { // a stub may hang up when it is told to let go
						t.Errorf("%s: %s at step %d was not noticed", name, fault, step)
					}
				})
			}
		}
		under.Wait()
	}
}

// TestInstallRollsBack has each request of Install refused: the reservation is gone then.
func TestInstallRollsBack(t *testing.T) {
	for step := 0; ; step++ {
		s := newFakeStub()
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		page := p.PageSize()
		base, err := p.Reserve(2*page, 0)
		if err != nil {
			t.Fatal(err)
		}
		first := -1
		reached := false
		s.answer = func(n int, request string) ([]byte, bool) {
			if first < 0 {
				first = n
			}
			if n-first == step {
				reached = true
			}
			return []byte("E0c"), n-first == step
		}
		err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: page, Content: []byte("code")}, {Prot: executor.MemRead, Addr: base + executor.Addr(page), Size: page, Content: []byte("data")}})
		if !reached {
			if err != nil || step < 5 {
				t.Fatalf("%d steps, %v", step, err)
			}
			return
		}
		if err == nil {
			t.Fatalf("step %d was refused, and Install says nothing", step)
		}
		s.mu.Lock()
		if _, ok := s.maps[uint64(base)]; ok && p.Err() == nil {
			t.Errorf("step %d was refused, and the reservation is still there (%v)", step, err)
		}
		s.mu.Unlock()
		if err := p.Release(base); err == nil {
			t.Errorf("step %d was refused, and the reservation could be released afterwards", step)
		}
	}
}

// TestInterrupt breaks off a function that does not return, by a context and by the time for calls.
func TestInterrupt(t *testing.T) {
	for name, opt := range map[string]Option{"context": WithTimeout(time.Second), "time": WithCallTimeout(30 * time.Millisecond)} {
		t.Run(name, func(t *testing.T) {
			s := newFakeStub()
			s.adder(fakeEntry + 0x100)
			p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), opt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Call(fakeEntry + 0x100); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			s.answer = func(n int, request string) ([]byte, bool) { return []byte(raw), strings.HasPrefix(request, "vCont;c") }
			s.mu.Unlock()
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
			defer cancel()
			if name == "time" {
				_, err = p.Call(fakeEntry + 0x100)
			} else {
				_, err = p.CallValues(ctx, fakeEntry+0x100, executor.Integer)
			}
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, errNotReturned) {
				t.Errorf("%v", err)
			}
			s.mu.Lock()
			s.answer = nil
			s.mu.Unlock()
			if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
				t.Errorf("%v, %v after a function that was interrupted", sum, err)
			}
		})
	}
}

// TestDeadlineOfConnect meets a peer that says nothing at all.
func TestDeadlineOfConnect(t *testing.T) {
	s := newFakeStub()
	s.answer = func(int, string) ([]byte, bool) { return []byte(raw), true }
	start := time.Now()
	if _, err := Connect(context.Background(), s.connect(t), WithTimeout(50*time.Millisecond)); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("it took %v", d)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := Connect(ctx, s.connect(t)); !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
}
