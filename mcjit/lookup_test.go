//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A resolverFunc is a client's resolver that sees all names at once.
type resolverFunc func(refs []runtimedyld.Reference) error

func (f resolverFunc) ResolveSymbols(refs []runtimedyld.Reference) error { return f(refs) }

const useWant = "int want(void); int use(void) { return want(); }"

// two are functions that return 1 and 2, in an engine of their own.
func two(t *testing.T) (one, other executor.Addr) {
	t.Helper()
	e := newEngine(t)
	add(t, e, compiled(t, "two.o", "int one(void) { return 1; } int other(void) { return 2; }"))
	one, err := e.FunctionAddress("one")
	if err != nil {
		t.Fatal(err)
	}
	if other, err = e.FunctionAddress("other"); err != nil {
		t.Fatal(err)
	}
	return one, other
}

// map_ maps a name.
func map_(t *testing.T, e *mcjit.ExecutionEngine, name string, a executor.Addr) {
	t.Helper()
	if err := e.AddGlobalMapping(name, a); err != nil {
		t.Fatal(err)
	}
}

func TestGlobalMapping(t *testing.T) {
	one, other := two(t)
	e := newEngine(t)
	before := e.Stats()
	map_(t, e, "want", one)
	for name, look := range map[string]func(string) (executor.Addr, error){"SymbolAddress": e.SymbolAddress, "FunctionAddress": e.FunctionAddress} {
		if got, err := look("want"); err != nil || got != one {
			t.Errorf("%s: %v, %v; want %v", name, got, err, one)
		}
	}
	first := add(t, e, compiled(t, "use.o", useWant))
	wantCall(t, e, "use", 1)

	map_(t, e, "want", other)
	wantCall(t, e, "use", 1) // what is finalized stays
	remove(t, e, first...)
	second := add(t, e, compiled(t, "use.o", useWant))
	map_(t, e, "want", one)
	map_(t, e, "want", other)
	wantCall(t, e, "use", 2)
	remove(t, e, second...)

	map_(t, e, "want", 0)
	map_(t, e, "want", 0)
	if _, err := e.SymbolAddress("want"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Errorf("a mapping that was taken away: %v", err)
	}
	wantStats(t, e, before)
	m := add(t, e, compiled(t, "use.o", useWant))
	map_(t, e, "want", one)
	map_(t, e, "want", 0)
	var undefined *runtimedyld.UndefinedError
	if err := e.FinalizeObject(); !errors.As(err, &undefined) {
		t.Errorf("a link after the mapping was taken away: %v", err)
	}
	map_(t, e, "want", other)
	wantCall(t, e, "use", 2)
	map_(t, e, "want", 0)
	remove(t, e, m...)
	wantStats(t, e, before)
}

func TestGlobalMappingAndDefinition(t *testing.T) {
	one, _ := two(t)
	var duplicate *runtimedyld.DuplicateError
	e := newEngine(t)
	add(t, e, object(t, "strong.o"))
	before := e.Stats()
	if err := e.AddGlobalMapping("strong_only", one); !errors.As(err, &duplicate) || duplicate.First != "strong.o" {
		t.Errorf("mapping a name that is defined: %v", err)
	}
	wantStats(t, e, before)
	wantCall(t, e, "strong_only", 3)

	e = newEngine(t)
	map_(t, e, "strong_only", one)
	before = e.Stats()
	if _, err := e.AddObject(object(t, "strong.o")); !errors.As(err, &duplicate) || duplicate.Second != "strong.o" {
		t.Errorf("defining a name that is mapped: %v", err)
	}
	wantStats(t, e, before)
	map_(t, e, "strong_only", 0)
	add(t, e, object(t, "strong.o"))
	wantCall(t, e, "strong_only", 3)
}

// TestMappingOverWeak: a mapping hides weak definitions and commons that come after it, and gives way to them when it is taken away.
func TestMappingOverWeak(t *testing.T) {
	one, _ := two(t)
	const weak = "__attribute__((weak)) int want(void) { return 9; } int use(void) { return want(); }"
	e := newEngine(t)
	map_(t, e, "want", one)
	m := add(t, e, compiled(t, "weak.o", weak))
	wantCall(t, e, "use", 1)
	remove(t, e, m...)
	add(t, e, compiled(t, "weak.o", weak))
	map_(t, e, "want", 0)
	wantCall(t, e, "use", 9)
	wantCall(t, e, "want", 9)

	const common = "int shared; int set(void) { return ++shared; }"
	for _, mapFirst := range []bool{true, false} {
		e := newEngine(t)
		before := e.Stats()
		if mapFirst {
			map_(t, e, "shared", one)
		}
		m := add(t, e, compiled(t, "common.o", common, "-fcommon"))
		map_(t, e, "shared", one)
		map_(t, e, "shared", 0)
		wantCall(t, e, "set", 1)
		remove(t, e, m...)
		wantStats(t, e, before)
	}
}

// TestMappingReplacedUnderLookups: whoever looks while a mapping is replaced finds one of the two addresses.
func TestMappingReplacedUnderLookups(t *testing.T) {
	e := newEngine(t)
	map_(t, e, "name", 0x1000)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !stop.Load() {
				a, err := e.SymbolAddress("name")
				if err != nil || a != 0x1000 && a != 0x2000 {
					t.Errorf("%v, %v", a, err)
					return
				}
			}
		})
	}
	for i := range 20_000 {
		map_(t, e, "name", executor.Addr(0x1000+i%2*0x1000))
	}
	stop.Store(true)
	wg.Wait()
}

// TestResolver is asked for everything at once, each name once a link, and only for what is not there.
func TestResolver(t *testing.T) {
	one, other := two(t)
	var asked [][]string
	known := map[string]executor.Addr{}
	e := newEngine(t, mcjit.WithoutUnwinding(), mcjit.WithSymbolResolver(resolverFunc(func(refs []runtimedyld.Reference) error {
		var names []string
		for i := range refs {
			names = append(names, fmt.Sprintf("%s weak=%v", refs[i].Name, refs[i].Weak))
			refs[i].Addr = known[refs[i].Name]
		}
		asked = append(asked, names)
		return nil
	})))
	libmath(t, e)
	add(t, e, compiled(t, "a.o", "int x(void), y(void), own(void); long square(long); int own(void) { return 4; } int use_a(void) { return x() + 10 * y() + own() * square(10); }"),
		compiled(t, "b.o", "int x(void); int z(void) __attribute__((weak)); int use_b(void) { return x() + (z ? z() : 70); }"))
	var undefined *runtimedyld.UndefinedError
	if err := e.FinalizeObject(); !errors.As(err, &undefined) || len(undefined.Symbols) != 2 {
		t.Errorf("error: %v", err)
	}
	known["x"], known["y"] = one, other
	wantCall(t, e, "use_a", 1+20+400)
	wantCall(t, e, "use_b", 71)
	all := []string{"x weak=false", "y weak=false", "z weak=true"}
	for i, names := range asked {
		if slices.Sort(names); !slices.Equal(names, all) {
			t.Errorf("link %d asked for %v", i, names)
		}
	}
	if len(asked) != 2 {
		t.Errorf("asked %d times for 2 links", len(asked))
	}
	if _, err := e.SymbolAddress("never"); !errors.Is(err, mcjit.ErrSymbolNotFound) || len(asked) != 2 {
		t.Errorf("a look-up: %v, and the resolver has been asked %d times", err, len(asked))
	}
}

func TestResolverError(t *testing.T) {
	mine := errors.New("mine")
	fail := true
	one, _ := two(t)
	e := newEngine(t, mcjit.WithSymbolResolver(resolverFunc(func(refs []runtimedyld.Reference) error {
		if fail {
			return mine
		}
		refs[0].Addr = one
		return nil
	})))
	add(t, e, compiled(t, "use.o", useWant))
	before := e.Stats()
	for range 2 {
		if _, err := e.FunctionAddress("use"); !errors.Is(err, mine) {
			t.Errorf("error: %v", err)
		}
		wantStats(t, e, before)
	}
	fail = false
	wantCall(t, e, "use", 1)
}

// TestResolverUsesEngine has a resolver add modules, whose needs are asked for in turn, and look names up, also of commons and archive members.
func TestResolverUsesEngine(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		var e *mcjit.ExecutionEngine
		sources := map[string]string{
			"first":  "int second(void); int first(void) { return 1 + second(); }",
			"second": "int third(void); int second(void) { return 10 + third(); }",
		}
		resolve := resolverFunc(func(refs []runtimedyld.Reference) error {
			for i := range refs {
				if source, ok := sources[refs[i].Name]; ok {
					if _, err := e.AddObject(compiled(t, refs[i].Name+".o", source)); err != nil {
						return err
					}
					a, err := e.SymbolAddress(refs[i].Name)
					if err != nil {
						return err
					}
					refs[i].Addr = a // harmless: the module defines it
				} else if refs[i].Name == "third" {
					refs[i].Addr, _ = e.FunctionAddress("final")
				}
			}
			_, err := e.SymbolAddress("variable")
			return errors.Join(err, e.AddGlobalMapping("unrelated", 0x1000))
		})
		e = newEngine(t, append(opts, mcjit.WithSymbolResolver(resolve))...)
		add(t, e, compiled(t, "final.o", "int final(void) { return 100; }"))
		wantCall(t, e, "final", 100)
		add(t, e, compiled(t, "use.o", "int variable; int first(void); int use(void) { return first() + variable; }", "-fcommon"))
		within(t, time.Minute, func() { wantCall(t, e, "use", 111) })
	})
}

// TestResolverRemoves has a resolver remove the module that is being linked, or another.
func TestResolverRemoves(t *testing.T) {
	var e *mcjit.ExecutionEngine
	var victim *mcjit.Module
	e = newEngine(t, mcjit.WithoutUnwinding(), mcjit.WithSymbolResolver(resolverFunc(func([]runtimedyld.Reference) error { return e.RemoveModule(victim) })))
	before := e.Stats()
	within(t, time.Minute, func() {
		victim = add(t, e, compiled(t, "use.o", useWant))[0]
		if err := e.FinalizeObject(); err != nil {
			t.Errorf("a link of what has been removed meanwhile: %v", err)
		}
		wantStats(t, e, before)
		victim = add(t, e, object(t, "strong.o"))[0]
		wantCall(t, e, "strong_only", 3)
		m := add(t, e, compiled(t, "use.o", useWant))
		var undefined *runtimedyld.UndefinedError
		if err := e.FinalizeObject(); !errors.As(err, &undefined) {
			t.Errorf("error: %v", err)
		}
		remove(t, e, m...)
		wantStats(t, e, before)
	})
}

func TestLazyFunctionCreator(t *testing.T) {
	one, _ := two(t)
	asked := map[string]int{}
	create := func(name string) executor.Addr {
		if asked[name]++; name == "want" {
			return one
		}
		return 0
	}
	e := newEngine(t)
	e.InstallLazyFunctionCreator(create)
	for name, look := range map[string]func(string) (executor.Addr, error){"SymbolAddress": e.SymbolAddress, "FunctionAddress": e.FunctionAddress} {
		if a, err := look("want"); err != nil || a != one {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
	add(t, e, object(t, "strong.o"), compiled(t, "use.o", useWant))
	wantCall(t, e, "use", 1)
	if _, err := e.FunctionAddress("nothing"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	wantCall(t, e, "strong_only", 3)
	if asked["strong_only"] != 0 || asked["nothing"] != 1 {
		t.Errorf("asked: %v", asked)
	}
	e.InstallLazyFunctionCreator(nil)
	if _, err := e.SymbolAddress("nothing"); !errors.Is(err, mcjit.ErrSymbolNotFound) || asked["nothing"] != 1 {
		t.Errorf("after it was taken away: %v, asked %v", err, asked)
	}
}

// TestSearchOrder: modules, then archives, then the lazy function creator, then the resolver.
func TestSearchOrder(t *testing.T) {
	one, other := two(t)
	resolver := resolverFunc(func(refs []runtimedyld.Reference) error {
		for i := range refs {
			refs[i].Addr = one
		}
		return nil
	})
	e := newEngine(t, mcjit.WithSymbolResolver(resolver))
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		if name == "resolved" {
			return 0
		}
		return other
	})
	libmath(t, e)
	add(t, e, compiled(t, "use.o", "int want(void), resolved(void); long square(long); int use(void) { return want() + 10 * resolved() + 100 * square(3); }"))
	wantCall(t, e, "use", 2+10+900)
}

func TestSectionAddressOfModule(t *testing.T) {
	e, stranger := newEngine(t), newEngine(t)
	m := add(t, e, compiled(t, "use.o", "int use(void) { return 5; }"))[0]
	text := 1
	for ; string(m.Object().Image().SectionName(text)) != ".text"; text++ {
	}
	if err := stranger.MapSectionAddress(m, text, 0x10000); !errors.Is(err, mcjit.ErrNotOwned) {
		t.Errorf("another engine's module: %v", err)
	}
	if err := e.MapSectionAddress(m, text, 0x10000); err != nil {
		t.Fatal(err)
	}
	if a, err := e.SymbolAddress("use"); err != nil || a != 0x10000 {
		t.Errorf("use is at %v, %v", a, err)
	}
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if err := e.MapSectionAddress(m, text, 0x20000); !errors.Is(err, runtimedyld.ErrState) {
		t.Errorf("a finalized module: %v", err)
	}
	remove(t, e, m)
	if err := e.MapSectionAddress(m, text, 0x20000); !errors.Is(err, mcjit.ErrNotOwned) {
		t.Errorf("a removed module: %v", err)
	}
}

// TestLookupWhileOthersComeAndGo: a name that stays is found at any time, also while the table of names is made smaller.
func TestLookupWhileOthersComeAndGo(t *testing.T) {
	e := newEngine(t)
	add(t, e, object(t, "strong.o"))
	want, err := e.FunctionAddress("strong_only")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for i := range 500 {
		fmt.Fprintf(&text, ".globl name%d\nname%d: ret\n", i, i)
	}
	names := assembled(t, "names.o", text.String()).Bytes()
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			if a, err := e.SymbolAddress("strong_only"); err != nil || a != want {
				t.Errorf("%v, %v; want %v", a, err, want)
				return
			}
		}
	})
	for range 300 {
		remove(t, e, add(t, e, objectOf("names.o", names))...)
	}
	stop.Store(true)
	wg.Wait()
}
