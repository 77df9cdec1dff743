//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// TestConstructorWithThreadVariable: an object with thread-local variables is in this process like any other: its constructors run, and its indirect
// functions are resolved.
func TestConstructorWithThreadVariable(t *testing.T) {
	if inprocess.HasCRuntime() {
		t.Skip("the test's process has a C library (-race, or cgo), whose storage is package hostlib's to provide; cmd/mcjit tests it")
	}
	e := newEngine(t)
	add(t, e, compiled(t, "both.o", `
_Thread_local int mine = 3;
int made;
__attribute__((constructor)) static void make(void) { made = mine; }
static int yes(void) { return 5; }
static int (*choose(void))(void) { return yes; }
int chosen(void) __attribute__((ifunc("choose")));
int result(void) { return made + chosen(); }
`))
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	if got := function[func() int32](t, e, "result")(); got != 8 {
		t.Errorf("got %d", got)
	}
}
