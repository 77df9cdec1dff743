//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// TestModulesSeeEachOther links modules that need each other, in every order of loading, finalized together or one after the other.
func TestModulesSeeEachOther(t *testing.T) {
	sources := map[string]string{
		"provider.o": "int base = 40; int provide(int n) { return base + n; }",
		"user.o":     "extern int base; int provide(int); int (*pointer)(int) = provide; int use(void) { return provide(1) + pointer(1) - base; }",
	}
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, order := range [][]string{{"provider.o", "user.o"}, {"user.o", "provider.o"}} {
			e := newEngine(t, opts...)
			for _, name := range order {
				add(t, e, compiled(t, name, sources[name]))
			}
			wantCall(t, e, "use", 42)
		}
		e := newEngine(t, opts...)
		add(t, e, compiled(t, "provider.o", sources["provider.o"]))
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		add(t, e, compiled(t, "user.o", sources["user.o"]))
		wantCall(t, e, "use", 42)
	})
}

// TestCycle links three modules that call around in a ring.
func TestCycle(t *testing.T) {
	const member = "int NEXT(int); int NAME(int n) { return n <= 0 ? ID : NEXT(n - 1); }"
	ring := []string{"one", "two", "three"}
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		var modules []*mcjit.Module
		before := e.Stats()
		for i, name := range ring {
			source := strings.NewReplacer("NEXT", ring[(i+1)%3], "NAME", name, "ID", string(rune('0'+i))).Replace(member)
			modules = append(modules, add(t, e, compiled(t, name+".o", source))...)
		}
		for n := range int32(7) {
			if got := function[func(int32) int32](t, e, "one")(n); got != n%3 {
				t.Errorf("one(%d) = %d", n, got)
			}
		}
		// One by one: each stays in memory until the last of them goes.
		for i, m := range modules {
			remove(t, e, m)
			if left := e.Stats().Memory.Allocations; i < 2 && left != 3 || i == 2 && left != 0 {
				t.Errorf("%d allocations are left after %d removals of the ring", left, i+1)
			}
		}
		wantStats(t, e, before)
	})
}

func TestWeakAndStrong(t *testing.T) {
	for _, order := range [][]string{{"weak.o", "strong.o"}, {"strong.o", "weak.o"}} {
		e := newEngine(t)
		for _, name := range order {
			add(t, e, object(t, name))
		}
		wantCall(t, e, "read_weak_value", 2)
		wantCall(t, e, "call_weak_function", 2)
		wantCall(t, e, "nowhere_is_null", 1)
	}
	e := newEngine(t)
	weak := add(t, e, object(t, "weak.o"))
	wantCall(t, e, "read_weak_value", 1)
	wantCall(t, e, "call_weak_function", 1)
	remove(t, e, weak...)

	// A strong definition goes: the weak one that had lost is in force for what is linked from then on.
	strong := add(t, e, object(t, "weak.o"), object(t, "strong.o"))[1]
	wantCall(t, e, "weak_function", 2)
	remove(t, e, strong)
	wantCall(t, e, "weak_function", 1)
}

func TestDuplicate(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "strong.o"))
	before := e.Stats()
	var duplicate *runtimedyld.DuplicateError
	_, err := e.AddObject(object(t, "duplicate.o"))
	if !errors.As(err, &duplicate) || duplicate.Symbol != "strong_only" || duplicate.First != "strong.o" || duplicate.Second != "duplicate.o" {
		t.Fatalf("error: %v", err)
	}
	wantStats(t, e, before)
	wantCall(t, e, "strong_only", 3)
}

// TestCommon checks that the larger of two tentative definitions wins, in both orders, and that all see one variable.
func TestCommon(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		for _, order := range [][]string{{"common_small.o", "common_large.o"}, {"common_large.o", "common_small.o"}} {
			e := newEngine(t, opts...)
			before := e.Stats()
			var modules []*mcjit.Module
			for _, name := range order {
				modules = append(modules, add(t, e, object(t, name))...)
			}
			modules = append(modules, add(t, e, compiled(t, "far.o",
				"extern int common_block[]; int set(void) { common_block[255] = 9; return common_block[0]; } int get(void) { return common_block[255]; }"))...)
			block, err := e.GlobalValueAddress("common_block")
			if err != nil {
				t.Fatal(err)
			}
			if block%64 != 0 {
				t.Errorf("common_block is at %v, not at a multiple of 64", block)
			}
			for _, name := range []string{"small_common_block", "large_common_block"} {
				if got := function[func() executor.Addr](t, e, name)(); got != block {
					t.Errorf("%s() = %v, want %v", name, got, block)
				}
			}
			wantCall(t, e, "set", 0)
			wantCall(t, e, "get", 9)
			remove(t, e, modules...)
			wantStats(t, e, before)
		}
	})
}

// TestCommonAndDefinition: an initialized definition beats a tentative one.
func TestCommonAndDefinition(t *testing.T) {
	tentative := compiled(t, "tentative.o", "int shared; int read_it(void) { return shared; }", "-fcommon").Bytes()
	initialized := compiled(t, "initialized.o", "int shared = 17;").Bytes()
	for _, reverse := range []bool{false, true} {
		buffers := []*objimage.Buffer{objectOf("tentative.o", tentative), objectOf("initialized.o", initialized)}
		if reverse {
			slices.Reverse(buffers)
		}
		e := newEngine(t)
		add(t, e, buffers...)
		wantCall(t, e, "read_it", 17)
	}
}

func TestVisibility(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "hidden.o"))
	wantCall(t, e, "visible_function", 13)
	wantCall(t, e, "protected_function", 12)
	if a, err := e.SymbolAddress("local_state"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Errorf("a static variable is found at %v: %v", a, err)
	}
}

func TestAbsolute(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "absolute.o"))
	for name, want := range map[string]executor.Addr{"abs8": 0x5a, "abs64": 0x123456789abcdef0, "abs_negative": ^executor.Addr(15)} {
		if got, err := e.GlobalValueAddress(name); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	if got := function[func() uint64](t, e, "abs_function")(); got != 0x123456789abcdef0 {
		t.Errorf("abs_function() = %#x", got)
	}
}

// TestUndefined lists everything that is missing, finalizes nothing, and works once it is there.
func TestUndefined(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		add(t, e, object(t, "strong.o"),
			compiled(t, "a.o", "int missing_a(void); int missing_b(void); int use_a(void) { return missing_a() + missing_b(); }"),
			compiled(t, "b.o", "int missing_b(void); extern int missing_c; int use_b(void) { return missing_b() + missing_c; }"))
		before := e.Stats()
		for range 2 {
			_, err := e.FunctionAddress("strong_only")
			var undefined *runtimedyld.UndefinedError
			if !errors.As(err, &undefined) || !errors.Is(err, runtimedyld.ErrUndefinedSymbol) {
				t.Fatalf("error: %v", err)
			}
			var names []string
			for _, u := range undefined.Symbols {
				names = append(names, u.Name)
				for _, ref := range u.Refs {
					if !strings.Contains(ref, ".o:(.text+0x") {
						t.Errorf("%s is needed by %q", u.Name, ref)
					}
				}
			}
			slices.Sort(names)
			if !slices.Equal(names, []string{"missing_a", "missing_b", "missing_c"}) {
				t.Errorf("undefined: %v", names)
			}
		}
		for _, m := range e.Modules() {
			if m.State() != runtimedyld.Loaded {
				t.Errorf("%s is %v", m.Name(), m.State())
			}
		}
		wantStats(t, e, before)
		address, err := e.SymbolAddress("strong_only")
		if err != nil {
			t.Fatal(err)
		}
		if got := protection(t, address); got != "rw-" && len(opts) == 0 {
			t.Errorf("after a failed link the code is %s", got)
		}
		add(t, e, compiled(t, "c.o", "int missing_a(void) { return 1; } int missing_b(void) { return 2; } int missing_c = 3;"))
		wantCall(t, e, "use_a", 3)
		wantCall(t, e, "use_b", 5)
		wantCall(t, e, "strong_only", 3)
	})
}

// TestWhoFinalizes: SymbolAddress leaves memory writable; the others make code executable, and nothing writable and executable.
func TestWhoFinalizes(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		finalizers := map[string]func(e *mcjit.ExecutionEngine) error{
			"FunctionAddress":    func(e *mcjit.ExecutionEngine) error { _, err := e.FunctionAddress("add"); return err },
			"GlobalValueAddress": func(e *mcjit.ExecutionEngine) error { _, err := e.GlobalValueAddress("add"); return err },
			"FinalizeObject":     (*mcjit.ExecutionEngine).FinalizeObject,
		}
		for name, finalize := range finalizers {
			e := newEngine(t, opts...)
			m := add(t, e, object(t, "add.o"))[0]
			address, err := e.SymbolAddress("add")
			if err != nil {
				t.Fatal(err)
			}
			isDual := len(opts) > 0 // the view that runs is executable from the start there, and never writable
			if got := protection(t, address); m.State() != runtimedyld.Loaded || got != "rw-" && !isDual {
				t.Errorf("%s: after SymbolAddress the module is %v and its code %s", name, m.State(), got)
			}
			for range 2 {
				if err := finalize(e); err != nil {
					t.Fatal(err)
				}
				if got := protection(t, address); m.State() != runtimedyld.Finalized || got != "r-x" {
					t.Errorf("%s: the module is %v and its code %s", name, m.State(), got)
				}
			}
			if final, err := e.FunctionAddress("add"); err != nil || final != address {
				t.Errorf("%s: the address was %v, is %v: %v", name, address, final, err)
			}
		}
	})
}

func TestFinalizeNothing(t *testing.T) {
	e := newEngine(t)
	if err := e.FinalizeObject(); err != nil {
		t.Errorf("an engine without modules: %v", err)
	}
}

// TestCommonFromManySides has goroutines load modules that share a common, link and remove them, all at the same time.
func TestCommonFromManySides(t *testing.T) {
	object := compiled(t, "common.o", "int shared; static int *address(void) { return &shared; } int *(*get)(void) = address;", "-fcommon")
	local := strings.ReplaceAll(string(object.Bytes()), "\x00get\x00", "\x00g%d\x00")
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		before := e.Stats()
		within(t, time.Minute, func() {
			var wg sync.WaitGroup
			for g := range 8 {
				data := []byte(strings.ReplaceAll(local, "g%d", fmt.Sprint("g_", g)))
				wg.Go(func() {
					for range 200 {
						m := add(t, e, objectOf("common.o", data))
						a, err := e.SymbolAddress("shared")
						if err != nil {
							t.Error(err)
						}
						if final, err := e.GlobalValueAddress("shared"); err != nil || final != a {
							t.Errorf("shared was at %v, and is at %v: %v", a, final, err)
						}
						remove(t, e, m...)
					}
				})
			}
			wg.Wait()
		})
		wantStats(t, e, before)
	})
}
