package gdbremote

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A brokenConsole takes nothing.
type brokenConsole struct{}

var errBroken = errors.New("broken")

func (brokenConsole) Write([]byte) (int, error) { return 0, errBroken }

// TestBrokenConsole has a target write what nobody takes: the function comes to its end, the thread is given back, and the connection goes on.
func TestBrokenConsole(t *testing.T) {
	s := newFakeStub()
	fn := s.adder(fakeEntry + 0x100)
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithConsole(brokenConsole{}), WithTimeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Call(fn, 1, 2); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.answer = func(n int, request string) ([]byte, bool) {
		if !strings.HasPrefix(request, "vCont;c") {
			return nil, false
		}
		return append(append([]byte(raw), appendPacket(nil, []byte("O41"))...), appendPacket(nil, []byte(s.run()))...), true
	}
	s.mu.Unlock()
	if _, err := p.Call(fn, 1, 2); !errors.Is(err, errBroken) {
		t.Errorf("%v", err)
	}
	s.mu.Lock()
	s.answer = nil
	at := s.get("rip")
	s.mu.Unlock()
	if at != fakeEntry {
		t.Errorf("the thread is at %#x", at)
	}
	if sum, err := p.Call(fn, 1, 2); sum != 3 || err != nil {
		t.Errorf("%v, %v afterwards", sum, err)
	}
}
