package gdbremote

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// useProcess does with a process what an engine does, and a bit more. Every error is returned.
func useProcess(c net.Conn, s *fakeStub, opts ...Option) (err error) {
	p, err := Connect(context.Background(), c, append(opts, WithArch("x86_64"))...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if _, err := p.Lookup("nobody"); err != nil {
		return err
	}
	page := p.PageSize()
	base, err := p.Reserve(2*page, 0)
	if err != nil {
		return err
	}
	content := bytes.Repeat([]byte("$#}*\x00"), 100)[:min(page, 300)]
	segments := []executor.Segment{
		{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: page, Content: content},
		{Prot: executor.MemRead | executor.MemWrite, Addr: base + executor.Addr(page), Size: page},
	}
	if err := p.Install(base, segments); err != nil {
		return err
	}
	b, err := p.ReadMemory(base, uint64(len(content)))
	if err != nil {
		return err
	}
	if !bytes.Equal(b, content) {
		return errors.New("memory is not what was written")
	}
	sum, err := p.Call(executor.Addr(fakeEntry+0x100), 40, 2)
	if err != nil {
		return err
	}
	if sum != 42 {
		return errors.New("40 + 2 is wrong")
	}
	return p.Release(base)
}

func kinds() map[string]func(s *fakeStub) []Option {
	return map[string]func(s *fakeStub) []Option{
		"plain":     func(s *fakeStub) []Option { return nil },
		"described": func(s *fakeStub) []Option { s.describes = true; return nil },
		"allocates": func(s *fakeStub) []Option { s.allocates = true; return nil },
		"non-stop":  func(s *fakeStub) []Option { s.nonStop = true; return nil },
		"singles":   func(s *fakeStub) []Option { s.singles = true; return nil },
		"board": func(s *fakeStub) []Option {
			s.bare = true
			return []Option{WithRange(fakeBoard, fakeBoard+4*fakePage)}
		},
	}
}

// TestProcess uses stubs of all kinds, and looks whether there is a trace of it afterwards.
func TestProcess(t *testing.T) {
	for name, kind := range kinds() {
		t.Run(name, func(t *testing.T) {
			s := newFakeStub()
			s.adder(fakeEntry + 0x100)
			opts := kind(s)
			regs := map[string]string{}
			for name, b := range s.regs {
				regs[name] = string(b)
			}
			if err := useProcess(s.connect(t), s, opts...); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			for name, b := range s.regs {
				if regs[name] != string(b) {
					t.Errorf("register %s is %x, and was %x", name, b, regs[name])
				}
			}
			if len(s.maps) > 0 {
				t.Errorf("mapped: %x", s.maps)
			}
			for at, set := range s.breaks {
				if set {
					t.Errorf("a breakpoint is left at %#x", at)
				}
			}
			if code, _ := s.read(fakeEntry, 16); !bytes.Equal(code, make([]byte, 16)) {
				t.Errorf("code at the entry: %x", code)
			}
			if !s.detached {
				t.Error("it was not let go")
			}
			for at, prot := range s.prots {
				if prot == protWrite|protExec|protRead {
					t.Errorf("%#x is writable and executable", at)
				}
			}
		})
	}
}

// TestCallFaults calls what does not return.
func TestCallFaults(t *testing.T) {
	s := newFakeStub()
	s.adder(fakeEntry + 0x100)
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(s.regs)
	_, err = p.Call(fakeEntry + 0x200)
	if fault := new(SignalError); !errors.As(err, &fault) || fault.Signal != sigSEGV || fault.PC != fakeEntry+0x200 {
		t.Errorf("%v", err)
	}
	for name, b := range before {
		if !bytes.Equal(b, s.regs[name]) {
			t.Errorf("register %s is not what it was", name)
		}
	}
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Errorf("%v, %v after a fault", sum, err)
	}
	s.answer = func(n int, request string) ([]byte, bool) {
		if strings.HasPrefix(request, "vCont;c") {
			return []byte("W07"), true
		}
		return nil, false
	}
	_, err = p.Call(fakeEntry + 0x100)
	if ended := new(ExitError); !errors.As(err, &ended) || ended.Status != 7 {
		t.Errorf("%v", err)
	}
	if p.Err() == nil {
		t.Error("the connection goes on without a process")
	}
}

// TestSignalPassedOn has the process get a signal while a function runs.
func TestSignalPassedOn(t *testing.T) {
	s := newFakeStub()
	s.adder(fakeEntry + 0x100)
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(fakeEntry+0x100, 1, 1); err != nil {
		t.Fatal(err)
	}
	once := false
	s.answer = func(n int, request string) ([]byte, bool) {
		if request == "vCont;c:1a" && !once {
			once = true
			return []byte("T0ethread:1a;"), true
		}
		return nil, false
	}
	if sum, err := p.Call(fakeEntry+0x100, 1, 2); sum != 3 || err != nil {
		t.Errorf("%d, %v", sum, err)
	}
	if !strings.Contains(strings.Join(s.requests, " "), "vCont;C0e:1a") {
		t.Error("the signal was not passed on")
	}
}

// TestOthers has a thread stop that the function has begun: it gets its signal, and runs on with the one that waits for it, and so does another one. A thread that was there before stands still. LLDB's stubs tell of one signal by
// themselves.
func TestOthers(t *testing.T) {
	for name, c := range map[string]struct {
		lldb   bool
		second string // what the stub says of the other thread
		wanted string // what goes on; "" if the stub is left
	}{
		"gdb":     {false, "", "vCont;c:1a;C0e:2b;c:2c"},
		"lldb":    {true, "T0athread:2c;", "vCont;c:1a;C0e:2b;C0a:2c"},
		"fault":   {true, "T0bthread:2c;", "vCont;c:1a;C0e:2b;c:2c"},
		"refusal": {true, "E01", "vCont;c:1a;C0e:2b;c:2c"},
		"lie":     {true, "nothing", ""},
	} {
		s := newFakeStub()
		s.adder(fakeEntry + 0x100)
		s.answer = func(n int, request string) ([]byte, bool) {
			switch {
			case request == "qHostInfo":
				return []byte("triple:00;"), c.lldb
			case request == "qThreadStopInfo2c":
				return []byte(c.second), true
			}
			first := request == "vCont;c:1a" && s.functions[fakeEntry+0x100] != nil && s.get("rip") == fakeEntry+0x100 && s.others == nil
			if first {
				s.others = []string{"2b", "2c"}
			}
			return []byte("T0ethread:2b;"), first
		}
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		sum, err := p.Call(fakeEntry+0x100, 1, 2)
		s.mu.Lock()
		text := strings.Join(s.requests, " ")
		s.mu.Unlock()
		switch {
		case c.wanted == "" && !errors.As(err, new(*ProtocolError)):
			t.Errorf("%s: %v", name, err)
		case c.wanted != "" && (sum != 3 || err != nil || !strings.Contains(text, c.wanted)):
			t.Errorf("%s: %d, %v: %s", name, sum, err, text)
		}
	}
	for _, list := range []string{"m", "m1a,,9", "mzz", "E", "1a", "m" + strings.Repeat("1a,", maxThreads) + "1a"} {
		s := newFakeStub()
		s.answer = func(n int, request string) ([]byte, bool) { return []byte(list), request == "qfThreadInfo" }
		if _, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second)); !errors.As(err, new(*ProtocolError)) {
			t.Errorf("a list of threads that is %.10q: %v", list, err)
		}
	}
}

// TestRange has a board's memory used up, and used again.
func TestRange(t *testing.T) {
	s := newFakeStub()
	s.bare = true
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithRange(fakeBoard, fakeBoard+4*fakePage))
	if err != nil {
		t.Fatal(err)
	}
	var all []executor.Addr
	for {
		at, err := p.Reserve(1024, 0)
		if errors.Is(err, ErrRangeFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, at)
	}
	if len(all) < 8 {
		t.Fatalf("%d kilobytes of 16 could be had", len(all))
	}
	if err := p.Release(all[3], all[4]); err != nil {
		t.Fatal(err)
	}
	if at, err := p.Reserve(2048, 0); at != all[3] || err != nil {
		t.Errorf("%v, %v; want %v again", at, err, all[3])
	}
	if err := p.Release(all[3], all[3]); err == nil {
		t.Error("memory was released twice")
	}
}

// TestCloseKeepsModules closes a connection while a module is still there: it stays, and nothing else.
func TestCloseKeepsModules(t *testing.T) {
	s := newFakeStub()
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
	if err != nil {
		t.Fatal(err)
	}
	page := p.PageSize()
	var bases []executor.Addr
	for range 3 {
		base, err := p.Reserve(page, 0)
		if err == nil {
			err = p.Install(base, []executor.Segment{{Prot: executor.MemRead | executor.MemExec, Addr: base, Size: page, Content: []byte("code")}})
		}
		if err != nil {
			t.Fatal(err)
		}
		bases = append(bases, base)
	}
	if err := p.Release(bases[0], bases[2]); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.maps) != 1 || s.maps[uint64(bases[1])] != page {
		t.Errorf("mapped: %x; the module is at %v", s.maps, bases[1])
	}
}
