//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestRemoveGivesBackEverything: what a module caused is gone, in whatever state it was.
func TestRemoveGivesBackEverything(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, finalize := range []bool{true, false} {
			e := newEngine(t, opts...)
			before := e.Stats()
			b, err := objimage.OpenBuffer(filepath.Join("..", "testdata", "debug.o"))
			if err != nil {
				t.Fatal(err)
			}
			m := add(t, e, b)[0]
			if finalize {
				if got := function[func(int32) int32](t, e, "debug_entry")(1); got != 0*7+10+1 {
					t.Errorf("debug_entry(1) = %d", got)
				}
				if n := debuggerEntries(t); n != 1 {
					t.Errorf("debuggers see %d objects", n)
				}
			}
			remove(t, e, m)
			wantStats(t, e, before)
			if n := debuggerEntries(t); n != 0 {
				t.Errorf("debuggers still see %d objects", n)
			}
			if b.Bytes() != nil {
				t.Error("the file is still open")
			}
			if m.State() != runtimedyld.Removed {
				t.Errorf("the module is %v", m.State())
			}
			if _, err := e.FunctionAddress("debug_entry"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
				t.Errorf("a removed name: %v", err)
			}
		}
	})
}

// TestRemoveUsed removes a module that another one calls: the caller goes on to work, and the memory comes back with it.
func TestRemoveUsed(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		before := e.Stats()
		used := add(t, e, compiled(t, "want.o", "int want(void) { return 5; }"))[0]
		user := add(t, e, compiled(t, "use.o", useWant))[0]
		use := function[intFunc](t, e, "use")
		remove(t, e, used)
		if used.State() != runtimedyld.Retired {
			t.Errorf("the used module is %v", used.State())
		}
		if got := use(); got != 5 {
			t.Errorf("use() = %d", got)
		}
		if _, err := e.FunctionAddress("want"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
			t.Errorf("a removed name: %v", err)
		}
		if s := e.Stats(); s.Modules != 1 || s.Memory.Allocations != 2 {
			t.Errorf("the engine holds %+v", s)
		}

		// A new definition is for new users.
		again := add(t, e, compiled(t, "want.o", "int want(void) { return 6; }"))
		wantCall(t, e, "want", 6)
		if got := use(); got != 5 {
			t.Errorf("use() = %d", got)
		}
		remove(t, e, user)
		if used.State() != runtimedyld.Removed {
			t.Errorf("the module that is not used any more is %v", used.State())
		}
		wantCall(t, e, "want", 6)
		remove(t, e, again...)
		wantStats(t, e, before)
	})
}

func TestRemoveSet(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		before := e.Stats()
		for range 3 {
			set := add(t, e, compiled(t, "use.o", useWant), compiled(t, "want.o", "int want(void) { return 5; }"), object(t, "debug.o"))
			wantCall(t, e, "use", 5)
			remove(t, e, set...)
			wantStats(t, e, before)
			for _, m := range set {
				if m.State() != runtimedyld.Removed {
					t.Errorf("%s is %v", m.Name(), m.State())
				}
			}
		}
		// A large set is not slower by module than a small one: this would take minutes if each were compared with each.
		var all []*mcjit.Module
		data := assembled(t, "leaf.o", ".data\n.byte 1\n").Bytes()
		for i := range 20_000 {
			all = append(all, add(t, e, objectOf(fmt.Sprint(i), data))...)
		}
		remove(t, e, all...)
		wantStats(t, e, before)
	})
}

// TestRemoveLoadedUsed removes what a module that is not linked yet refers to: it is linked without it.
func TestRemoveLoadedUsed(t *testing.T) {
	e := newEngine(t)
	used := add(t, e, compiled(t, "want.o", "int want(void) { return 5; }"))
	add(t, e, compiled(t, "use.o", useWant))
	remove(t, e, used...)
	var undefined *runtimedyld.UndefinedError
	if err := e.FinalizeObject(); !errors.As(err, &undefined) {
		t.Errorf("error: %v", err)
	}
	add(t, e, compiled(t, "want.o", "int want(void) { return 6; }"))
	wantCall(t, e, "use", 6)
}

// TestRemoveNotOwned: all or nothing.
func TestRemoveNotOwned(t *testing.T) {
	e, other := newEngine(t), newEngine(t)
	mine := add(t, e, object(t, "add.o"), object(t, "strong.o"), object(t, "hidden.o"))
	stranger := add(t, other, object(t, "add.o"))[0]
	gone := add(t, e, object(t, "weak.o"))[0]
	remove(t, e, gone)
	before, otherBefore := e.Stats(), other.Stats()
	for name, set := range map[string][]*mcjit.Module{
		"another engine's": {mine[0], stranger},
		"a removed one":    {mine[1], gone},
		"one twice":        {mine[0], mine[1], mine[0]},
		"nil":              {mine[0], nil},
	} {
		if err := e.RemoveModule(set...); !errors.Is(err, mcjit.ErrNotOwned) {
			t.Errorf("%s: %v", name, err)
		}
		wantStats(t, e, before)
		wantStats(t, other, otherBefore)
	}
	wantCall(t, e, "strong_only", 3)
	if got := function[func(a, b int32) int32](t, other, "add")(1, 2); got != 3 {
		t.Errorf("add(1, 2) = %d in the other engine", got)
	}
	remove(t, e, mine...)
	remove(t, e)
	if s := e.Stats(); s.Modules != 0 {
		t.Errorf("the engine holds %+v", s)
	}
}

// TestAddAgain loads the same names again and again, each time with another meaning.
func TestAddAgain(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		before := e.Stats()
		for i := range int32(100) {
			source := fmt.Sprintf(".globl value\n.text\nvalue: movl $%d, %%eax\nret\n", i)
			m := add(t, e, assembled(t, "value.o", source))
			wantCall(t, e, "value", i)
			remove(t, e, m...)
			wantStats(t, e, before)
		}
	})
}

// TestUnlinkedComeAndGo loads and removes without a link between: nothing piles up, also beside a module that stays unlinked.
func TestUnlinkedComeAndGo(t *testing.T) {
	e := newEngine(t)
	stays := compiled(t, "use.o", useWant)
	passes := compiled(t, "pass.o", "int absent(void); int pass(void) { return absent() + 1; }").Bytes()
	add(t, e, stays)
	run := func(n int) usage {
		for range n {
			remove(t, e, add(t, e, objectOf("pass.o", passes))...)
		}
		return measure(t)
	}
	const rounds = 20_000
	before, after := run(rounds), run(2*rounds)
	if grown := after.heap - before.heap; grown > 8*rounds { // a pointer lost in each would be twice that
		t.Errorf("%d rounds leave %d bytes on the heap", 2*rounds, grown)
	}
	add(t, e, compiled(t, "want.o", "int want(void) { return 6; }"))
	wantCall(t, e, "use", 6)
}
