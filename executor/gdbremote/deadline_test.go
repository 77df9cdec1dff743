package gdbremote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// atOnce is how long what has to end at once may take on a machine that is busy.
const atOnce = time.Second

// within fails if something takes longer than that.
func within(t *testing.T, limit time.Duration, what string, do func()) {
	t.Helper()
	start := time.Now()
	do()
	if d := time.Since(start); d > limit {
		t.Errorf("%s took %v", what, d)
	}
}

// hanging is a process in which functions run for ever, at fakeEntry+0x100, and of which the stub notices interruptions if it is to.
func hanging(t *testing.T, notices bool, opts ...Option) (*Process, *fakeStub) {
	t.Helper()
	s := newFakeStub()
	s.adder(fakeEntry + 0x100)
	p, err := Connect(context.Background(), s.connect(t), append(opts, WithArch("x86_64"))...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(fakeEntry + 0x100); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = func(n int, request string) ([]byte, bool) { return []byte(raw), strings.HasPrefix(request, "vCont;c") }
	s.ignores = !notices
	return p, s
}

// TestHeartbeat calls functions, without any deadline, on a stub that hangs, and on one that does not.
func TestHeartbeat(t *testing.T) {
	p, _ := hanging(t, false, WithTimeout(100*time.Millisecond), WithHeartbeat(50*time.Millisecond))
	within(t, atOnce, "noticing that the stub hangs", func() {
		if _, err := p.Call(fakeEntry + 0x100); !errors.Is(err, ErrTimeout) {
			t.Errorf("the error is %v", err)
		}
	})
	p, s := hanging(t, true, WithTimeout(time.Second), WithHeartbeat(10*time.Millisecond))
	time.AfterFunc(200*time.Millisecond, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.answer = nil // at the next beat the function goes on, and returns
	})
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Errorf("%v, %v of a function that takes 20 heartbeats", sum, err)
	}
}

// TestCloseDuringCall asks why a connection has ended, and closes it, while a function runs that does not return.
func TestCloseDuringCall(t *testing.T) {
	for name, end := range map[string]func(*Process) error{"close": (*Process).Close, "kill": (*Process).Kill} {
		t.Run(name, func(t *testing.T) {
			p, s := hanging(t, true, WithTimeout(time.Second))
			hangs := true
			s.mu.Lock()
			s.answer = func(n int, request string) ([]byte, bool) {
				first := hangs && strings.HasPrefix(request, "vCont;c")
				hangs = hangs && !first
				return []byte(raw), first
			}
			s.mu.Unlock()
			failed := make(chan error)
			go func() {
				_, err := p.Call(fakeEntry + 0x100)
				failed <- err
			}()
			time.Sleep(20 * time.Millisecond)
			within(t, atOnce, "Err", func() {
				if err := p.Err(); err != nil {
					t.Error(err)
				}
			})
			within(t, atOnce, name, func() {
				if err := end(p); err != nil {
					t.Error(err)
				}
				if err := <-failed; !errors.Is(err, ErrClosed) {
					t.Errorf("the call says %v", err)
				}
			})
			if !errors.Is(p.Err(), ErrClosed) {
				t.Errorf("afterwards the error is %v", p.Err())
			}
		})
	}
}

// slow is a connection on which a byte comes at a time.
type slow struct {
	net.Conn
	pause *time.Duration
}

func (c slow) Read(b []byte) (int, error) {
	time.Sleep(*c.pause)
	return c.Conn.Read(b[:min(len(b), 1)])
}

// TestTrickle has a stub that gives memory byte by byte, in many answers, none of which takes long.
func TestTrickle(t *testing.T) {
	const timeout = 300 * time.Millisecond
	s := newFakeStub()
	pause := time.Duration(0)
	p, err := Connect(context.Background(), slow{s.connect(t), &pause}, WithArch("x86_64"), WithTimeout(timeout))
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.answer = func(n int, request string) ([]byte, bool) { return []byte("00"), request[0] == 'm' }
	s.mu.Unlock()
	pause = 10 * time.Millisecond
	within(t, timeout+atOnce, "reading", func() {
		if _, err := p.ReadMemory(fakeEntry, 4096); !errors.Is(err, ErrTimeout) {
			t.Errorf("the error is %v", err)
		}
	})
}

// TestSignalIsKept stops a thread for a signal when the time for its function is up. It gets the signal when it runs again.
func TestSignalIsKept(t *testing.T) {
	const alarm = 14
	p, s := hanging(t, false, WithTimeout(time.Second))
	s.mu.Lock()
	s.onInterrupt = "T0ethread:1a;"
	s.ignores = false
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := p.CallValues(ctx, fakeEntry+0x100, executor.Integer); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.answer = nil
	s.requests = nil
	s.mu.Unlock()
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Fatal(sum, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if text := strings.Join(s.requests, " "); !strings.Contains(text, "vCont;C0e:1a") {
		t.Errorf("signal %d is lost: %s", alarm, text)
	}
}

// TestRoundTrips counts what modules need that are installed one by one.
func TestRoundTrips(t *testing.T) {
	s := newFakeStub()
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	page := p.PageSize()
	install := func() {
		t.Helper()
		base, err := p.Reserve(3*page, 0)
		if err != nil {
			t.Fatal(err)
		}
		var segments []executor.Segment
		for i, prot := range []executor.MemProt{executor.MemRead | executor.MemExec, executor.MemRead, executor.MemRead | executor.MemWrite} {
			segments = append(segments, executor.Segment{Prot: prot, Addr: base + executor.Addr(uint64(i)*page), Size: page, Content: []byte("content")})
		}
		if err := p.Install(base, segments); err != nil {
			t.Fatal(err)
		}
	}
	install()
	const modules = 50
	before := p.Traffic().RoundTrips
	for range modules {
		install()
	}
	if each := float64(p.Traffic().RoundTrips-before) / modules; each > 2 {
		t.Errorf("%v round trips a module", each)
	}
}

// TestTimesOfStubs connects to stubs of each kind, and asks for the times that hold if none are given.
func TestTimesOfStubs(t *testing.T) {
	for name, c := range map[string]struct {
		kind            func(s *fakeStub, request string) (string, bool)
		bare, nonStop   bool
		heartbeat, call time.Duration
	}{
		"gdbserver":   {func(*fakeStub, string) (string, bool) { return "", false }, false, true, usualHeartbeat, 0},
		"refusing":    {func(_ *fakeStub, r string) (string, bool) { return "E01", r == "QNonStop:1" }, false, true, 0, usualCall},
		"without":     {func(*fakeStub, string) (string, bool) { return "", false }, false, false, 0, usualCall},
		"lldb-server": {func(_ *fakeStub, r string) (string, bool) { return "triple:00;", r == "qHostInfo" }, false, false, usualHeartbeat, 0},
		"qemu-user":   {func(_ *fakeStub, r string) (string, bool) { return "ENABLE=1", r == "qqemu.sstepbits" }, false, false, 0, usualCall},
		"qemu-system": {func(_ *fakeStub, r string) (string, bool) { return "ENABLE=1", r == "qqemu.sstepbits" }, true, false, usualHeartbeat, 0},
	} {
		s := newFakeStub()
		s.bare, s.nonStop = c.bare, c.nonStop
		s.answer = func(_ int, request string) ([]byte, bool) {
			reply, ok := c.kind(s, request)
			return []byte(reply), ok
		}
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
		if err != nil {
			t.Fatal(err)
		}
		if p.opts.heartbeat != c.heartbeat || p.opts.callTimeout != c.call {
			t.Errorf("%s: a heartbeat every %v, calls of %v", name, p.opts.heartbeat, p.opts.callTimeout)
		}
	}
}

// TestConcurrent uses a process from many goroutines, and closes it in the middle: all end, with results or with ErrClosed.
func TestConcurrent(t *testing.T) {
	s := newFakeStub()
	add := s.adder(fakeEntry + 0x100)
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	page := p.PageSize()
	do := []func() error{
		func() error {
			base, err := p.Reserve(page, 0)
			if err == nil {
				err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: page, Content: []byte("code")}})
			}
			if err == nil {
				err = p.Release(base)
			}
			return err
		},
		func() error {
			sum, err := p.Call(add, 20, 22)
			if err == nil && sum != 42 {
				err = fmt.Errorf("the sum is %d", sum)
			}
			return err
		},
		func() error { _, err := p.ReadMemory(fakeEntry, 4000); return err },
		func() error { return p.WriteMemory(fakeStack-2000, make([]byte, 1000)) },
		func() error { _, err := p.Lookup("nothing"); return err },
		func() error { return p.Err() },
	}
	const rounds = 60
	var under sync.WaitGroup
	for i, f := range do {
		under.Go(func() {
			for n := range rounds {
				if i == 0 && n == rounds/2 {
					time.AfterFunc(time.Millisecond, func() { _ = p.Close() }) // what cannot be taken back is another test's
				}
				if err := f(); errors.Is(err, ErrClosed) {
					return
				} else if err != nil {
					t.Errorf("action %d: %v", i, err)
					return
				}
			}
		})
	}
	within(t, 20*time.Second, "everything", under.Wait)
}

// TestTrickleWithoutPause has a stub that always answers at once, and as little as it may: an operation has no more time for it.
func TestTrickleWithoutPause(t *testing.T) {
	const timeout = 300 * time.Millisecond
	next := uint64(fakeEntry)
	wasteful := func(request string) (string, bool) { // it gives a byte of what is wanted, and all of what is asked for besides
		var at, size uint64
		if n, _ := fmt.Sscanf(request, "m%x,%x", &at, &size); n != 2 {
			return "", false
		}
		if at == next {
			next++
			size = 1
		}
		return strings.Repeat("00", int(size)), true
	}
	for name, c := range map[string]struct {
		answer func(request string) (string, bool)
		do     func(p *Process) error
	}{
		"memory":     {wasteful, func(p *Process) error { _, err := p.ReadMemory(fakeEntry, 1<<20); return err }},
		"a document": {func(r string) (string, bool) { return "m0", strings.HasPrefix(r, "qXfer") }, func(p *Process) error { p.begin(); _, err := p.transfer("auxv", ""); return err }},
		"the host's file": {func(r string) (string, bool) { return "F1;0", strings.HasPrefix(r, "vFile") }, func(p *Process) error {
			p.begin()
			_, err := (&remoteFile{p, 1}).ReadAt(make([]byte, 1<<20), 0)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeStub()
			p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(timeout))
			if err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			s.answer = func(_ int, request string) ([]byte, bool) {
				reply, ok := c.answer(request)
				return []byte(reply), ok
			}
			s.mu.Unlock()
			within(t, timeout+atOnce, "it", func() {
				if err := c.do(p); !errors.Is(err, ErrTimeout) {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}
