package gdbremote

import (
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// connectNonStop connects to a stub that knows non-stop mode, and has a function that adds at fakeEntry+0x100.
func connectNonStop(t *testing.T, wrap func(net.Conn) net.Conn, opts ...Option) (*Process, *fakeStub) {
	t.Helper()
	s := newFakeStub()
	s.nonStop = true
	s.adder(fakeEntry + 0x100)
	c := s.connect(t)
	if wrap != nil {
		c = wrap(c)
	}
	p, err := Connect(context.Background(), c, append([]Option{WithArch("x86_64")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	if sum, err := p.Call(fakeEntry+0x100, 1, 1); sum != 2 || err != nil || !p.nonStop {
		t.Fatal(sum, err, p.nonStop)
	}
	return p, s
}

// TestNonStopHeartbeat calls a function for many heartbeats: the thread is not stopped for them, and the result is right.
func TestNonStopHeartbeat(t *testing.T) {
	p, s := connectNonStop(t, nil, WithHeartbeat(10*time.Millisecond), WithTimeout(time.Second))
	s.mu.Lock()
	s.hangs, s.requests = true, nil
	s.mu.Unlock()
	time.AfterFunc(200*time.Millisecond, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hangs = false
	})
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Fatal(sum, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	text := strings.Join(s.requests, " ")
	if beats := strings.Count(text, "T1a"); beats < 5 || strings.Count(text, "vCont;") != 1 {
		t.Errorf("%d signs of life: %s", beats, text)
	}
	if s.free {
		t.Error("the stub is still in non-stop mode")
	}
}

// TestNonStopInterrupt breaks off functions, and calls others afterwards.
func TestNonStopInterrupt(t *testing.T) {
	p, s := connectNonStop(t, nil, WithTimeout(time.Second), WithCallTimeout(30*time.Millisecond))
	for range 3 {
		s.mu.Lock()
		s.hangs = true
		s.mu.Unlock()
		within(t, atOnce, "an interruption", func() {
			if _, err := p.Call(fakeEntry + 0x100); !errors.Is(err, errNotReturned) {
				t.Errorf("%v", err)
			}
		})
		s.mu.Lock()
		s.hangs = false
		s.mu.Unlock()
		if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
			t.Fatal(sum, err)
		}
	}
}

// TestNonStopRunsTwice has the thread run twice, without anything that has to stand still in between.
func TestNonStopRunsTwice(t *testing.T) {
	p, s := connectNonStop(t, nil, WithTimeout(time.Second))
	for range 2 {
		var calls []*systemCall
		for range 3 {
			calls = append(calls, &systemCall{name: "mmap", number: 9, args: []uint64{0, fakePage}})
		}
		func() {
			defer p.turn()()
			if err := p.systemsAt(p.memory.helper, p.memory.back, nil, calls...); err != nil {
				t.Fatal(err)
			}
		}()
		s.mu.Lock()
		for _, c := range calls {
			if s.maps[c.result] != fakePage {
				t.Errorf("%#x is not mapped", c.result)
			}
		}
		if s.free || p.wire.listens {
			t.Error("the stub is still in non-stop mode")
		}
		s.mu.Unlock()
	}
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Error(sum, err)
	}
}

// TestNonStopOthers has a thread that the function has begun stop: by a signal, which it gets, and by a fault, which ends the call.
func TestNonStopOthers(t *testing.T) {
	p, s := connectNonStop(t, nil, WithTimeout(time.Second))
	once := func(stop string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hangs, s.requests = true, nil
		s.answer = func(_ int, request string) ([]byte, bool) {
			if !strings.HasPrefix(request, "vCont;c:1a") {
				return nil, false
			}
			s.handle(request)
			s.hangs, s.answer = false, nil
			return []byte(okAnd(stop)), true
		}
	}
	once("T0ethread:2b;")
	s.mu.Lock()
	s.functions[fakeEntry+0x200] = s.functions[fakeEntry+0x100]
	s.mu.Unlock()
	if sum, err := p.Call(fakeEntry+0x200, 1, 2); sum != 3 || err != nil {
		t.Error(sum, err)
	}
	s.mu.Lock()
	if text := strings.Join(s.requests, " "); !strings.Contains(text, "vStopped vCont;C0e:2b") {
		t.Errorf("the signal is lost: %s", text)
	}
	s.mu.Unlock()
	once("T00thread:9;")
	if sum, err := p.Call(fakeEntry+0x200, 1, 2); sum != 3 || err != nil {
		t.Error(sum, err)
	}
	s.mu.Lock()
	if text := strings.Join(s.requests, " "); strings.Contains(text, ":9") {
		t.Errorf("a thread that was there before runs on: %s", text)
	}
	s.mu.Unlock()
	once("T0bthread:2b;10:0010000000000000;")
	_, err := p.Call(fakeEntry+0x100, 1, 2)
	if fault := new(SignalError); !errors.As(err, &fault) || fault.Signal != sigSEGV || fault.PC != 0x1000 {
		t.Errorf("%v", err)
	}
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Errorf("%v, %v after a fault of another thread", sum, err)
	}
}

// A chatterbox says at all times what nobody has asked, and nothing else, once it has begun with that.
type chatterbox struct {
	net.Conn
	begun    atomic.Bool
	deadline atomic.Pointer[time.Time]
}

func (c *chatterbox) Read(b []byte) (int, error) {
	if !c.begun.Load() {
		return c.Conn.Read(b)
	}
	time.Sleep(time.Millisecond)
	if end := c.deadline.Load(); !end.IsZero() && time.Now().After(*end) {
		return 0, os.ErrDeadlineExceeded
	}
	return copy(b, notification("Chat:ter")), nil
}

func (c *chatterbox) SetDeadline(t time.Time) error {
	c.deadline.Store(&t)
	return c.Conn.SetDeadline(t)
}

func (c *chatterbox) SetReadDeadline(t time.Time) error {
	c.deadline.Store(&t)
	return c.Conn.SetReadDeadline(t)
}

// TestNonStopLies has stubs that offer non-stop mode do in it what they should not. None is believed, and no call takes longer than to the next sign of life and its time.
func TestNonStopLies(t *testing.T) {
	const timeout, beat = 60 * time.Millisecond, 60 * time.Millisecond
	stop := "T05thread:1a;"
	protocol := func(err error) bool { return errors.As(err, new(*ProtocolError)) }
	late := func(err error) bool { return errors.Is(err, ErrTimeout) }
	for name, c := range map[string]struct {
		request, reply string // what is answered so, to requests that begin so
		wanted         func(error) bool
	}{
		"no sign of life":          {"T", raw, late},
		"garbage for one":          {"T", "garbage", protocol},
		"no protocol for one":      {"T", raw + "garbage", protocol},
		"half of one":              {"T", raw + "$O", late},
		"one that is unknown":      {"T", "", func(err error) bool { return errors.As(err, new(*UnsupportedError)) }},
		"the thread has gone":      {"T", "E01", func(err error) bool { return errors.As(err, new(*RemoteError)) }},
		"hanging up":               {"T", "hang up", func(err error) bool { return errors.Is(err, ErrDisconnected) }},
		"not running":              {"vCont;c", raw, late},
		"refusing to run":          {"vCont;c", "E01", func(err error) bool { return errors.As(err, new(*RemoteError)) }},
		"running in all-stop mode": {"vCont;c", stop, protocol},
		"two stops":                {"vCont;c", okAnd(stop, stop), protocol},
		"stop, and no OK":          {"vCont;c", raw + string(notification("Stop:"+stop)), late},
		"a stop of nobody":         {"vCont;c", okAnd("T0ethread:;"), protocol},
		"no stop":                  {"vCont;c", okAnd("stop"), protocol},
		"half a stop":              {"vCont;c", raw + string(appendPacket(nil, "OK")) + "%Stop:T05", late},
		"a packet without request": {"vCont;c", raw + string(appendPacket(appendPacket(nil, "OK"), stop)), protocol},
		"no thread is left":        {"vCont;c", okAnd("N"), protocol},
		"the process has exited":   {"vCont;c", okAnd("W07"), func(err error) bool { return errors.As(err, new(*ExitError)) }},
		"not stopping":             {"vCont;t", "OK", late},
		"refusing to stop":         {"vCont;t", "E01", func(err error) bool { return errors.As(err, new(*RemoteError)) }},
		"stops without end":        {"vStopped", stop, late},
		"refusing all-stop mode":   {"QNonStop:0", "E01", func(err error) bool { return errors.As(err, new(*RemoteError)) }},
		"no reason of the stop":    {"?", "OK", func(err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			opts := []Option{WithTimeout(timeout), WithHeartbeat(beat)}
			if c.request == "vCont;t" {
				opts = append(opts, WithCallTimeout(beat/2))
			}
			p, s := connectNonStop(t, nil, opts...)
			s.mu.Lock()
			s.hangs = c.request == "T" || c.request == "vCont;t"
			s.answer = func(_ int, request string) ([]byte, bool) {
				if c.reply == "hang up" {
					return nil, strings.HasPrefix(request, c.request)
				}
				return []byte(c.reply), strings.HasPrefix(request, c.request)
			}
			s.mu.Unlock()
			within(t, timeout+beat+atOnce, "the call", func() {
				if _, err := p.Call(fakeEntry+0x100, 1, 2); !c.wanted(err) {
					t.Errorf("the error is %v", err)
				}
			})
			if refused := name == "refusing to run"; (p.Err() == nil) != refused {
				t.Errorf("the connection: %v", p.Err())
			}
		})
	}
	t.Run("other threads without end", func(t *testing.T) {
		p, s := connectNonStop(t, nil, WithTimeout(timeout), WithHeartbeat(beat), WithCallTimeout(beat))
		s.mu.Lock()
		s.hangs, s.ignores = true, true
		s.answer = func(_ int, request string) ([]byte, bool) {
			if strings.HasPrefix(request, "vCont;c:1a") {
				return []byte(okAnd("T0ethread:2b;")), true
			}
			return []byte("T0ethread:2b;"), request == "vStopped"
		}
		s.mu.Unlock()
		within(t, timeout+beat+atOnce, "the call", func() {
			if _, err := p.Call(fakeEntry+0x100, 1, 2); !late(err) {
				t.Errorf("the error is %v", err)
			}
		})
	})
	t.Run("chatter", func(t *testing.T) {
		box := &chatterbox{}
		wrap := func(c net.Conn) net.Conn { box.Conn = c; return box }
		p, s := connectNonStop(t, wrap, WithTimeout(timeout), WithHeartbeat(beat))
		s.mu.Lock()
		s.hangs = true
		s.answer = func(_ int, request string) ([]byte, bool) {
			if request[0] == 'T' {
				time.AfterFunc(beat/4, func() { box.begun.Store(true) })
			}
			return nil, false
		}
		s.mu.Unlock()
		within(t, timeout+3*beat+atOnce, "the call", func() {
			if _, err := p.Call(fakeEntry+0x100, 1, 2); !late(err) {
				t.Errorf("the error is %v", err)
			}
		})
	})
	t.Run("a stop behind the last acknowledgement", func(t *testing.T) { // which is no lie
		p, s := connectNonStop(t, nil, WithTimeout(timeout), WithHeartbeat(beat))
		behind := 1
		s.mu.Lock()
		s.answer = func(_ int, request string) ([]byte, bool) {
			if request != "vStopped" {
				return nil, false
			}
			behind--
			return []byte(okAnd("T0ethread:2b;")), behind == 0
		}
		s.mu.Unlock()
		for range 2 {
			if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
				t.Error(sum, err)
			}
		}
		if p.wire.unacked {
			t.Error("it is not acknowledged")
		}
	})
	t.Run("a stop before OK", func(t *testing.T) { // which makes sense all the same
		p, s := connectNonStop(t, nil, WithTimeout(timeout), WithHeartbeat(beat))
		s.mu.Lock()
		s.answer = func(_ int, request string) ([]byte, bool) {
			if !strings.HasPrefix(request, "vCont;c") {
				return nil, false
			}
			return append(append([]byte(raw), notification("Stop:"+s.run())...), appendPacket(nil, "OK")...), true
		}
		s.mu.Unlock()
		if sum, err := p.Call(executor.Addr(fakeEntry+0x100), 1, 2); sum != 3 || err != nil {
			t.Error(sum, err)
		}
	})
}
