//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestResolverOfIFuncPanics: what panics once memory has its final protection, as the callback of an indirect function's resolver, leaves finalized what is protected: it cannot be linked another time.
func TestResolverOfIFuncPanics(t *testing.T) {
	e := newEngine(t)
	panics := true
	cb, err := inprocess.NewCallback(func() uintptr {
		if panics {
			panic("the resolver")
		}
		return 1
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cb.Release()
	if err := e.AddGlobalMapping("choose", cb.Addr()); err != nil {
		t.Fatal(err)
	}
	m := add(t, e, compiled(t, "ifunc.o", `
unsigned long choose(void);
static int one(void) { return 1; }
static void *resolve(void) { return choose() ? (void *)one : 0; }
int f(void) __attribute__((ifunc("resolve")));
extern int elsewhere(int);
int calls(int n) { return elsewhere(n) + 1; }`), compiled(t, "elsewhere.o", "int elsewhere(int n) { return n * 2; }"))[0]
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not get through")
			}
		}()
		e.FinalizeObject()
	}()
	panics = false
	add(t, e, compiled(t, "more.o", "int calls(int); int more(int n) { return calls(n) + 100; }"))
	wantStates(t, runtimedyld.Finalized, m)
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if n := function[func(int32) int32](t, e, "more")(20); n != 141 {
		t.Errorf("more(20) is %d", n)
	}
	remove(t, e, m)
}
