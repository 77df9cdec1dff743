//go:build linux && amd64

package epc

import (
	"context"
	"net"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestForgottenTables ends a session whose code the unwinder knows, by a call of its function, without a word: it must not know it any more, since other code may be there next.
func TestForgottenTables(t *testing.T) {
	s, err := NewServer(testHost())
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- s.Serve(context.Background(), there) }()
	p, err := Connect(context.Background(), here)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	engine := loadInto(t, p, "unwind.o", testenv.CompileBytes(t, "gcc", testenv.C, "int f(int x) { return x; }", "-O1", "-fPIC"))
	f, err := engine.FunctionAddress("f")
	if err != nil {
		t.Fatal(err)
	}
	known := func() bool {
		find, ok := hostlib.Process().Lookup("_Unwind_Find_FDE")
		if !ok {
			t.Fatal("this process has no unwinder")
		}
		room, err := inprocess.NewMemory(64)
		if err != nil {
			t.Fatal(err)
		}
		defer room.Release()
		fde, err := inprocess.Process{}.Call(find, uint64(f+1), uint64(room.Addr()))
		if err != nil {
			t.Fatal(err)
		}
		return executor.Addr(fde) != 0
	}
	if !known() {
		t.Error("the unwinder does not know the code")
	}
	here.Close()
	<-served
	if known() {
		t.Error("the unwinder knows code that is gone")
	}
}
