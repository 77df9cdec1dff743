package gdbremote

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// TestReleaseAgain has the target's system, or the stub, refuse to take memory back: it is still there, and can be released again, once.
func TestReleaseAgain(t *testing.T) {
	for name, allocates := range map[string]bool{"system": false, "stub": true} {
		for _, count := range []int{1, 3} {
			s := newFakeStub()
			s.allocates = allocates
			p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
			if err != nil {
				t.Fatal(err)
			}
			var bases []executor.Addr
			for range count {
				base, err := p.Reserve(p.PageSize(), 0)
				if err != nil {
					t.Fatal(err)
				}
				bases = append(bases, base)
			}
			s.mu.Lock()
			s.keeps = uint64(bases[0])
			s.answer = func(_ int, request string) ([]byte, bool) {
				return []byte("E0c"), s.keeps != 0 && strings.HasPrefix(request, "_m") && strings.HasSuffix(request, bases[0].String()[2:])
			}
			s.mu.Unlock()
			if err := p.Release(bases...); err == nil || p.Err() != nil {
				t.Fatalf("%s: Release: %v, %v", name, err, p.Err())
			}
			s.mu.Lock()
			if len(s.mapped(bases)) != 1 {
				t.Errorf("%s: %x are there", name, s.mapped(bases))
			}
			s.keeps = 0
			s.mu.Unlock()
			if err := p.Release(bases[0]); err != nil {
				t.Errorf("%s: released again: %v", name, err)
			}
			if left := s.mapped(bases); len(left) > 0 {
				t.Errorf("%s: %x are left", name, left)
			}
			if err := p.Release(bases[0]); err == nil {
				t.Errorf("%s: released three times", name)
			}
		}
	}
}

// TestReleaseTwiceInOne names a reservation twice in one call: it is an error, and the memory is given back once.
func TestReleaseTwiceInOne(t *testing.T) {
	for name, allocates := range map[string]bool{"system": false, "stub": true} {
		s := newFakeStub()
		s.allocates = allocates
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		base, err := p.Reserve(p.PageSize(), 0)
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		s.requests = nil
		s.mu.Unlock()
		if err := p.Release(base, base); err == nil || p.Err() != nil {
			t.Errorf("%s: %v, %v", name, err, p.Err())
		}
		s.mu.Lock()
		if n := strings.Count(strings.Join(s.requests, " "), "_m"); n > 1 {
			t.Errorf("%s: the stub was told %d times", name, n)
		}
		if left := s.mapped([]executor.Addr{base}); allocates && len(left) > 0 {
			t.Errorf("%s: %v is left", name, left)
		}
		s.mu.Unlock()
		if err := p.Release(base); err == nil {
			t.Errorf("%s: it was released again", name)
		}
	}
}

// mapped returns those of bases that are.
func (s *fakeStub) mapped(bases []executor.Addr) (list []executor.Addr) {
	for _, base := range bases {
		for at, size := range s.maps {
			if at <= uint64(base) && uint64(base) < at+size {
				list = append(list, base)
			}
		}
	}
	return list
}

// TestReleaseRefused has each request of Release refused: the memory is gone when it is released again, unless the thread has run with other registers, and nothing is unmapped twice.
func TestReleaseRefused(t *testing.T) {
	unknown := 0
	for step := 0; ; step++ {
		s := newFakeStub()
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		base, err := p.Reserve(p.PageSize(), 0)
		if err != nil {
			t.Fatal(err)
		}
		first, reached := -1, false
		s.mu.Lock()
		s.answer = func(n int, request string) ([]byte, bool) {
			if first < 0 {
				first = n
			}
			reached = reached || n-first == step
			return []byte("E0c"), n-first == step
		}
		s.mu.Unlock()
		err = p.Release(base)
		if !reached {
			if err != nil || step < 4 || unknown > 1 {
				t.Errorf("%d steps, %d of them of unknown result: %v", step, unknown, err)
			}
			return
		}
		s.mu.Lock()
		there := len(s.mapped([]executor.Addr{base})) > 0
		s.mu.Unlock()
		if p.Err() != nil {
			continue
		}
		again := p.Release(base)
		switch left := len(s.mapped([]executor.Addr{base})) > 0; {
		case !there && again == nil && err != nil:
			t.Errorf("step %d: it was unmapped twice", step)
		case left:
			unknown++
		}
	}
}

// TestUnreadableModule has the stub refuse to read a library once: its symbols are found afterwards.
func TestUnreadableModule(t *testing.T) {
	for step := 0; ; step++ {
		s := newFakeStub()
		s.write(fakeEntry, linkMapSeed())
		s.auxv = []uint64{auxPage, fakePage, auxEntry, fakeEntry, auxPHDR, fakeEntry, auxPHNum, 1}
		p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"))
		if err != nil {
			t.Fatal(err)
		}
		reads, reached := 0, false
		s.mu.Lock()
		s.answer = func(_ int, request string) ([]byte, bool) {
			if !strings.HasPrefix(request, "m") {
				return nil, false
			}
			reads++
			reached = reached || reads == step+1
			return []byte("E0e"), reads == step+1
		}
		s.mu.Unlock()
		if _, err := p.Lookup("puts"); err != nil && !errors.As(err, new(*RemoteError)) {
			t.Errorf("step %d: %v", step, err)
		}
		s.mu.Lock()
		s.answer = nil
		s.mu.Unlock()
		if found, err := p.Lookup("puts"); err != nil || found[0] != 0x1244 {
			t.Errorf("read %d was refused, and later puts is at %v, %v", step, found, err)
		}
		if !reached {
			if step < 5 {
				t.Errorf("%d reads", step)
			}
			return
		}
	}
}

// TestRunMainRefused has the stub refuse to write an argument: the memory for it is given back. If that is refused, too, the error says where it is, and it can be released.
func TestRunMainRefused(t *testing.T) {
	for name, allocates := range map[string]bool{"system": false, "stub": true} {
		for _, keeps := range []bool{false, true} {
			s := newFakeStub()
			s.allocates = allocates
			p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithTimeout(time.Second))
			if err != nil {
				t.Fatal(err)
			}
			var at executor.Addr
			s.mu.Lock()
			s.answer = func(_ int, request string) ([]byte, bool) {
				if strings.HasPrefix(request, "X") && strings.Contains(request, "argument") {
					where, _, _ := strings.Cut(request[1:], ",")
					n, _ := strconv.ParseUint(where, 16, 64)
					at = executor.Addr(n)
					if keeps {
						s.keeps = n
					}
					return []byte("E0c"), true
				}
				return []byte("E0c"), s.keeps != 0 && strings.HasPrefix(request, "_m")
			}
			s.mu.Unlock()
			if _, err = p.RunMain(context.Background(), 0x5000, "argument"); err == nil || p.Err() != nil || at == 0 || !strings.Contains(err.Error(), at.String()) {
				t.Errorf("%s: RunMain: %v, %v", name, err, p.Err())
			}
			s.mu.Lock()
			there := len(s.mapped([]executor.Addr{at})) > 0
			s.keeps = 0
			s.mu.Unlock()
			if there != keeps {
				t.Errorf("%s: the argument's memory is there: %v", name, there)
			}
			if err := p.Release(at); (err == nil) != keeps {
				t.Errorf("%s: released again: %v", name, err)
			}
			s.mu.Lock()
			if left := s.mapped([]executor.Addr{at}); len(left) > 0 {
				t.Errorf("%s: %v is left", name, left)
			}
			s.mu.Unlock()
		}
	}
}
