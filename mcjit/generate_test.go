//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// toy adds a module that is to be compiled; its text has ; for line ends.
func toy(t testing.TB, e *mcjit.ExecutionEngine, g *toygen.Generator, name, text string) *mcjit.Module {
	t.Helper()
	m, err := e.AddModule(g.Module(name, strings.ReplaceAll(text, ";", "\n")))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

// wantCompiled says which modules have been compiled since it was last asked.
func wantCompiled(t testing.TB, g *toygen.Generator, want ...string) {
	t.Helper()
	got := g.Compiled()
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("compiled %v, want %v", got, want)
	}
}

func wantStates(t testing.TB, want runtimedyld.State, modules ...*mcjit.Module) {
	t.Helper()
	for _, m := range modules {
		if got := m.State(); got != want {
			t.Errorf("%s is %v, want %v", m.Name(), got, want)
		}
	}
}

// TestLazyCompilation: exactly those modules are compiled that a search needs.
func TestLazyCompilation(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	a := toy(t, e, &g, "a", "func fa = 1")
	b := toy(t, e, &g, "b", "func fb = fc + 1; func other = 9")
	c := toy(t, e, &g, "c", "func fc = 2")
	d := toy(t, e, &g, "d", "func fd = 3; var vd = 4; internal func hidden = 5")
	wantStates(t, runtimedyld.Added, a, b, c, d)
	if a.Object() != nil || a.Source().Name() != "a" {
		t.Errorf("an added module has object %v and source %v", a.Object(), a.Source())
	}
	wantCompiled(t, &g)

	if _, err := e.SymbolAddress("fb"); err != nil { // loads, links nothing, needs nothing else
		t.Fatal(err)
	}
	wantCompiled(t, &g, "b")
	wantStates(t, runtimedyld.Loaded, b)
	wantStates(t, runtimedyld.Added, a, c, d)
	wantCall(t, e, "other", 9) // links b, which needs c
	wantCompiled(t, &g, "c")
	wantStates(t, runtimedyld.Finalized, b, c)
	wantCall(t, e, "fb", 3)
	for _, name := range []string{"nothing", "hidden"} {
		if _, err := e.FunctionAddress(name); !errors.Is(err, mcjit.ErrSymbolNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.FunctionAddress("vd"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Errorf("a variable is not a function: %v", err)
	}
	wantCompiled(t, &g)
	if _, err := e.GlobalValueAddress("vd"); err != nil {
		t.Error(err)
	}
	wantCompiled(t, &g, "d")
	if err := e.FinalizeLoadedModules(); err != nil {
		t.Error(err)
	}
	wantStates(t, runtimedyld.Added, a)
	for range 3 {
		if err := e.FinalizeObject(); err != nil {
			t.Error(err)
		}
	}
	wantCompiled(t, &g, "a")
	wantStates(t, runtimedyld.Finalized, a, b, c, d)
	wantCall(t, e, "fa", 1)
}

// TestLazyAliasesAndWeak: an alias is a name of its module; a strong definition is compiled rather than a weak one that was added before.
func TestLazyAliasesAndWeak(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	toy(t, e, &g, "weak", "weak func f = 1")
	toy(t, e, &g, "strong", "func f = 2; alias also = f")
	toy(t, e, &g, "lonely", "weak func g = 3")
	wantCall(t, e, "also", 2)
	wantCall(t, e, "f", 2)
	wantCall(t, e, "\x01f", 2)
	wantCompiled(t, &g, "strong")
	wantCall(t, e, "g", 3)
	wantCompiled(t, &g, "lonely")
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	wantCall(t, e, "f", 2)
}

// TestOpaqueModules: those that do not tell their names are compiled one by one, when a name is found nowhere else.
func TestOpaqueModules(t *testing.T) {
	g := toygen.Generator{Opaque: true}
	e := newEngine(t)
	toy(t, e, &g, "a", "func fa = 1")
	toy(t, e, &g, "b", "func fb = fc + 1")
	toy(t, e, &g, "c", "func fc = 2")
	var told toygen.Generator
	toy(t, e, &told, "told", "func f = 5")
	wantCall(t, e, "f", 5)
	wantCompiled(t, &g)
	wantCall(t, e, "fa", 1)
	wantCompiled(t, &g, "a")
	wantCall(t, e, "fb", 3)
	wantCompiled(t, &g, "b", "c")
}

// TestSearchOrderOfModules: mapping, loaded, archives, added modules, lazy creator, client's resolver.
func TestSearchOrderOfModules(t *testing.T) {
	one, other := two(t)
	var g toygen.Generator
	asked := map[string]int{}
	resolver := resolverFunc(func(refs []runtimedyld.Reference) error {
		for i := range refs {
			asked[refs[i].Name]++
			if refs[i].Name == "resolved" {
				refs[i].Addr = one
			}
		}
		return nil
	})
	e := newEngine(t, mcjit.WithSymbolResolver(resolver))
	e.InstallLazyFunctionCreator(func(name string) executor.Addr {
		asked[name]++
		if name == "created" {
			return other
		}
		return 0
	})
	libmath(t, e)
	map_(t, e, "mapped", other)
	toy(t, e, &g, "shadowed", "func mapped = 50; func square = 51")
	toy(t, e, &g, "added", "func added = 7; func created2 = 8")
	toy(t, e, &g, "use", "func m = mapped + 10; func s = square + 0; func a = added + 10; func c = created + 20; func r = resolved + 30")
	for name, want := range map[string]int32{"m": 12, "a": 17, "c": 22, "r": 31} {
		wantCall(t, e, name, want)
	}
	wantCompiled(t, &g, "added", "use")
	if asked["added"]+asked["square"]+asked["mapped"] != 0 || asked["created"] != 1 || asked["resolved"] != 2 {
		t.Errorf("asked: %v", asked)
	}
	e.DisableSymbolSearching(true)
	toy(t, e, &g, "more", "func more = resolved2 + 1")
	var undefined *runtimedyld.UndefinedError
	if _, err := e.FunctionAddress("more"); !errors.As(err, &undefined) || asked["resolved2"] != 1 {
		t.Errorf("without the resolver: %v, asked %v", err, asked)
	}
	if _, err := e.NamedFunctionAddress("resolved"); !errors.Is(err, mcjit.ErrSymbolNotFound) || !strings.Contains(err.Error(), `"resolved" which could not be resolved`) {
		t.Error(err)
	}
	e.DisableSymbolSearching(false)
	for name, want := range map[string]executor.Addr{"resolved": one, "created": other} {
		if a, err := e.NamedFunctionAddress(name); a != want || err != nil {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
}

// TestCompileError: what cannot be compiled is an error with its place, and the engine is as before.
func TestCompileError(t *testing.T) {
	broken := errors.New("broken")
	fail := true
	g := toygen.Generator{Compile: func(_ context.Context, name string) error {
		if name == "bad" && fail {
			return broken
		}
		return nil
	}}
	e := newEngine(t)
	if _, err := e.AddModule(g.Module("syntax", "func\n")); err == nil || err.Error() != `syntax:1:1: error: not a statement: ["func"]` {
		t.Error(err)
	}
	good := toy(t, e, &g, "good", "func use = bad + 1; func alone = 3")
	bad := toy(t, e, &g, "bad", "func bad = 4")
	calls := map[string]func() error{
		"FunctionAddress":  func() error { _, err := e.FunctionAddress("bad"); return err },
		"of what needs it": func() error { _, err := e.FunctionAddress("use"); return err },
		"FinalizeObject":   e.FinalizeObject,
		"FinalizeModule":   func() error { return e.FinalizeModule(good) },
		"GenerateCode":     func() error { return e.GenerateCode(context.Background()) },
		"Initialize":       func() error { return e.Initialize() },
	}
	for name, call := range calls {
		if err := call(); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		wantStates(t, runtimedyld.Added, good, bad)
	}
	wantCompiled(t, &g, "good") // once
	// What is loaded without what it needs is never linked.
	if _, err := e.SymbolAddress("use"); err != nil {
		t.Fatal(err)
	}
	wantStates(t, runtimedyld.Loaded, good)
	if _, err := e.FunctionAddress("alone"); !errors.Is(err, broken) {
		t.Error(err)
	}
	wantStates(t, runtimedyld.Loaded, good)
	fail = false
	wantCall(t, e, "use", 5)
	wantStates(t, runtimedyld.Finalized, good, bad)
}

// TestBadObject: a code generator that writes something else than an object.
func TestBadObject(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "text": "this is no object"} {
		e := newEngine(t)
		m, err := e.AddModule(&textModule{text: text})
		if err != nil {
			t.Fatal(err)
		}
		var format *objimage.FormatError
		if _, err := e.FunctionAddress("f"); !errors.As(err, &format) || format.Object != "text module" {
			t.Errorf("%s: %v", name, err)
		}
		wantStates(t, runtimedyld.Added, m)
	}
}

// A textModule writes a text instead of an object.
type textModule struct {
	codegen.Module
	text string
}

func (m *textModule) Name() string { return "text module" }
func (m *textModule) Close() error { return nil }
func (m *textModule) Symbols(context.Context) ([]codegen.Symbol, error) {
	return []codegen.Symbol{{Name: "f", Defined: true, Function: true}}, nil
}
func (m *textModule) Generate(_ context.Context, w *objimage.BufferStream) error {
	_, err := w.Write([]byte(m.text))
	return err
}

func TestVerifyModules(t *testing.T) {
	malformed := errors.New("malformed")
	for _, verify := range []bool{true, false} {
		verified := 0
		g := toygen.Generator{Verify: func(string) error { verified++; return malformed }}
		e := newEngine(t, mcjit.WithVerifyModules(verify))
		toy(t, e, &g, "m", "func f = 1")
		_, err := e.FunctionAddress("f")
		if errors.Is(err, malformed) != verify || (verified != 0) != verify {
			t.Errorf("verify %v: %v, %d times", verify, err, verified)
		}
	}
}

func TestAddSource(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t, mcjit.WithCodeGenerator(&g))
	if _, err := e.AddSource(codegen.Source{Name: "m", Data: []byte("func f = 6")}); err != nil {
		t.Fatal(err)
	}
	wantCall(t, e, "f", 6)
	if _, err := e.AddSource(codegen.Source{Name: "bad", Data: []byte("?")}); err == nil || !slices.Equal(g.Closed(), []string{"bad"}) {
		t.Errorf("a source that cannot be read: %v", err)
	}
	if _, err := newEngine(t).AddSource(codegen.Source{}); !errors.Is(err, mcjit.ErrNoCodeGenerator) {
		t.Error(err)
	}
}

// TestRemoveAddedModule: modules go in every state, and their sources with them.
func TestRemoveAddedModule(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	before := e.Stats()
	added := toy(t, e, &g, "added", "func f = 1")
	loaded := toy(t, e, &g, "loaded", "func g = 2")
	final := toy(t, e, &g, "final", "func h = 3")
	wantCall(t, e, "h", 3)
	if _, err := e.SymbolAddress("g"); err != nil {
		t.Fatal(err)
	}
	remove(t, e, added, loaded, final)
	wantStates(t, runtimedyld.Removed, added, loaded, final)
	wantStats(t, e, before)
	closed := g.Closed()
	if slices.Sort(closed); !slices.Equal(closed, []string{"added", "final", "loaded"}) {
		t.Errorf("closed: %v", closed)
	}
	for _, name := range []string{"f", "g", "h"} {
		if _, err := e.FunctionAddress(name); !errors.Is(err, mcjit.ErrSymbolNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, call := range map[string]func() error{
		"GenerateCode":   func() error { return e.GenerateCode(context.Background(), added) },
		"FinalizeModule": func() error { return e.FinalizeModule(added) },
		"RemoveModule":   func() error { return e.RemoveModule(added) },
	} {
		if err := call(); !errors.Is(err, mcjit.ErrNotOwned) {
			t.Errorf("%s: %v", name, err)
		}
	}
	toy(t, e, &g, "again", "func f = 4")
	wantCall(t, e, "f", 4)
}

// TestGeneratorPanics: a client that recovers can go on.
func TestGeneratorPanics(t *testing.T) {
	panics := true
	g := toygen.Generator{Compile: func(context.Context, string) error {
		if panics {
			panic("in the compiler")
		}
		return nil
	}}
	e := newEngine(t)
	toy(t, e, &g, "a", "func f = 1")
	toy(t, e, &g, "b", "func g = 2")
	for name, call := range map[string]func() error{
		"a look-up": func() error { _, err := e.FunctionAddress("f"); return err },
		"several":   e.FinalizeObject,
	} {
		func() {
			defer func() {
				if p := recover(); p != "in the compiler" {
					t.Errorf("%s: %v", name, p)
				}
			}()
			t.Errorf("%s returned %v", name, call())
		}()
	}
	panics = false
	wantCall(t, e, "f", 1)
	wantCall(t, e, "g", 2)
}

// TestModulesComeAndGo: many goroutines add, look up, call and remove.
func TestModulesComeAndGo(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	before := e.Stats()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for k := range 30 {
				base := toy(t, e, &g, "base", fmt.Sprintf("func base%d_%d = %d", i, k, k))
				use := toy(t, e, &g, "use", fmt.Sprintf("func use%d_%d = base%d_%d + 1; weak func shared = 7", i, k, i, k))
				wantCall(t, e, fmt.Sprintf("use%d_%d", i, k), int32(k+1))
				if k%7 == 0 {
					if err := e.FinalizeObject(); err != nil {
						t.Error(err)
					}
				}
				remove(t, e, use, base)
			}
		})
	}
	wg.Wait()
	wantStats(t, e, before)
}

// An otherProcess runs code in this process for an engine that thinks it is another one.
type otherProcess struct{ inprocess.Process }

type retyped struct {
	*toygen.Module
	sig *inprocess.Signature
}

func (m *retyped) Symbols(context.Context) ([]codegen.Symbol, error) {
	return []codegen.Symbol{{Name: "main", Defined: true, Function: true, Signature: m.sig}}, nil
}

func TestSymbolsOfModules(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	m := toy(t, e, &g, "m", "func f = 1; internal var v = 2; extern x")
	o := add(t, e, object(t, "strong.o"))[0]
	names := func(m *mcjit.Module) (list []string) {
		for _, s := range m.Symbols() {
			if s.Defined && !s.Internal {
				list = append(list, s.Name)
			}
		}
		return list
	}
	if got := names(m); !reflect.DeepEqual(got, []string{"f"}) {
		t.Error(got)
	}
	if got := names(o); !slices.Contains(got, "strong_only") {
		t.Error(got)
	}
	remove(t, e, o, m)
	if m.Symbols() != nil || o.Symbols() != nil {
		t.Error("removed modules have symbols")
	}
}
