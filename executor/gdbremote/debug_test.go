package gdbremote

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// TestDebugList registers objects on several goroutines: the list has them all. What could not be registered, since debuggers could not be told, is not in it.
func TestDebugList(t *testing.T) {
	const descriptor, function = fakeBoard, fakeEntry + 0x100
	text := "\x00" + debugDescriptor + "\x00" + debugFunction + "\x00"
	syms := symbolAt(1, descriptor)
	syms = append(syms, symbolAt(2+len(debugDescriptor), function)...)
	s := newFakeStub()
	s.adder(function)
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithProgram(programOf(t, syms, text)), WithTimeout(5*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	const objects = 8
	var under sync.WaitGroup
	for i := range executor.Addr(objects) {
		under.Go(func() {
			if err := p.RegisterDebugObject(0x1000+i, 1); err != nil {
				t.Error(err)
			}
		})
	}
	under.Wait()
	list := func() (n int) {
		word := func(at executor.Addr) executor.Addr {
			b, err := p.ReadMemory(at, 8)
			if err != nil {
				t.Fatal(err)
			}
			return executor.Addr(littleEndian(b))
		}
		before := executor.Addr(0)
		for at := word(descriptor + 16); at != 0 && n <= objects; at = word(at) {
			if word(at+8) != before {
				t.Errorf("the entry before %v is %v", before, word(at+8))
			}
			before, n = at, n+1
		}
		return n
	}
	if n := list(); n != objects {
		t.Errorf("the list has %d objects of %d", n, objects)
	}
	s.mu.Lock()
	delete(s.functions, function)
	s.mu.Unlock()
	reservations := len(p.memory.reservations)
	if err := p.RegisterDebugObject(0x2000, 1); err == nil {
		t.Error("a function that crashes is no error")
	}
	if n := list(); n != objects {
		t.Errorf("the list has %d objects of %d after one that could not be registered", n, objects)
	}
	if len(p.memory.reservations) != reservations {
		t.Error("its entry has not been given back")
	}
	s.mu.Lock()
	s.answer = func(_ int, request string) ([]byte, bool) {
		return []byte("E0e"), strings.HasPrefix(request, "M") || strings.HasPrefix(request, "X")
	}
	s.mu.Unlock()
	if err := p.DeregisterDebugObject(0x1000, 1); err == nil {
		t.Error("a list that cannot be changed is no error")
	}
	if n := list(); n != objects || len(p.memory.reservations) != reservations {
		t.Errorf("the list has %d objects of %d, and an entry in it has been given back", n, objects)
	}
}
