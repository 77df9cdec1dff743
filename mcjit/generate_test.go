//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// TestParallelCompilation: modules are compiled at the same time.
func TestParallelCompilation(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var inside atomic.Int32
	all := make(chan struct{})
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name == "use" {
			return nil
		}
		if inside.Add(1) == 4 {
			close(all)
		}
		select {
		case <-all:
			return nil
		case <-time.After(20 * time.Second):
			return errors.New("no other module is compiled at the same time")
		}
	}}
	e := newEngine(t)
	for i := range 4 {
		toy(t, e, &g, fmt.Sprint(i), fmt.Sprintf("func f%d = %d", i, i))
	}
	toy(t, e, &g, "use", "func use = f0 + 1; func use1 = f1 + 1; func use2 = f2 + 1; func use3 = f3 + 1")
	wantCall(t, e, "use", 1)
	wantCompiled(t, &g, "0", "1", "2", "3", "use")
}

// TestLookupWhileCompiling: a look-up is not held up by the compiler that another one waits for.
func TestLookupWhileCompiling(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name == "slow" {
			close(started)
			<-release
		}
		return nil
	}}
	e := newEngine(t)
	toy(t, e, &g, "slow", "func slow = 1")
	toy(t, e, &g, "needy", "func needy = slow + 1")
	toy(t, e, &g, "quick", "func quick = 2")
	toy(t, e, &g, "other", "func other = 3")
	var wg sync.WaitGroup
	for range 3 { // together, since one module is compiled once
		wg.Go(func() {
			if a, err := e.FunctionAddress("needy"); err != nil || a == 0 {
				t.Error(err)
			}
		})
	}
	<-started
	wantCall(t, e, "quick", 2)
	if _, err := e.FunctionAddress("nothing"); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	wantCall(t, e, "other", 3)
	close(release)
	wg.Wait()
	wantCall(t, e, "needy", 2)
	wantCompiled(t, &g, "needy", "other", "quick", "slow")
}

// TestLookupTogether: a module may be loaded between a look among the loaded modules and one among those that are not.
func TestLookupTogether(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var g toygen.Generator
	e := newEngine(t)
	for i := range 400 {
		name, user := fmt.Sprint("f", i), fmt.Sprint("use", i)
		toy(t, e, &g, name, "func "+name+" = 1")
		toy(t, e, &g, user, "func "+user+" = "+name+" + 1")
		var wg sync.WaitGroup
		start := make(chan struct{})
		for k := range 6 {
			wg.Go(func() {
				<-start
				find := [...]func(string) (executor.Addr, error){e.SymbolAddress, e.SymbolAddress, e.FunctionAddress}[k%3]
				if _, err := find([...]string{name, user}[k/3]); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		wg.Wait()
	}
}

// TestCancel: a call gives up with its context; another one that wants the same module does not.
func TestCancel(t *testing.T) {
	var times atomic.Int32
	started := make(chan struct{}, 2)
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if times.Add(1) > 1 {
			return nil
		}
		started <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}}
	e := newEngine(t)
	m := toy(t, e, &g, "m", "func f = 1")
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := e.FunctionAddressContext(ctx, "f")
		gaveUp <- err
	}()
	<-started
	patient := make(chan error, 1)
	go func() {
		_, err := e.FunctionAddress("f")
		patient <- err
	}()
	impatient, cancel2 := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel2()
	if _, err := e.SymbolAddressContext(impatient, "f"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that waits for another: %v", err)
	}
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-patient; err != nil {
		t.Error(err)
	}
	wantCall(t, e, "f", 1)
	wantStates(t, runtimedyld.Finalized, m)
	for name, call := range map[string]func(context.Context) error{
		"GenerateCode":   func(ctx context.Context) error { return e.GenerateCode(ctx) },
		"FinalizeObject": e.FinalizeObjectContext,
		"GlobalValueAddress": func(ctx context.Context) error {
			_, err := e.GlobalValueAddressContext(ctx, "g")
			return err
		},
	} {
		later := toy(t, e, &g, "later", "func g = 2")
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		remove(t, e, later)
	}
}

// TestCancelInLink: a link that needs a module gives up, too, and nothing is linked.
func TestCancelInLink(t *testing.T) {
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		if name != "slow" {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}}
	e := newEngine(t)
	toy(t, e, &g, "slow", "func slow = 1")
	m := toy(t, e, &g, "m", "func f = slow + 1")
	if _, err := e.SymbolAddress("f"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := e.FunctionAddressContext(ctx, "f"); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	wantStates(t, runtimedyld.Loaded, m)
}

// TestRemoveAndCloseWhileCompiling: they cancel, and wait.
func TestRemoveAndCloseWhileCompiling(t *testing.T) {
	for _, name := range []string{"RemoveModule", "Close"} {
		started := make(chan struct{})
		g := toygen.Generator{Compile: func(ctx context.Context, _ string) error {
			close(started)
			<-ctx.Done()
			return ctx.Err()
		}}
		e, err := mcjit.New()
		if err != nil {
			t.Fatal(err)
		}
		m := toy(t, e, &g, "m", "func f = 1")
		result := make(chan error, 1)
		go func() {
			_, err := e.FunctionAddress("f")
			result <- err
		}()
		<-started
		want := mcjit.ErrClosed
		if name == "RemoveModule" {
			want = mcjit.ErrSymbolNotFound
			remove(t, e, m)
		} else if err := e.Close(); err != nil {
			t.Error(err)
		}
		if !slices.Equal(g.Closed(), []string{"m"}) {
			t.Errorf("%s: the source is not closed", name)
		}
		if err := <-result; !errors.Is(err, want) {
			t.Errorf("%s: the look-up ended with %v", name, err)
		}
		wantStates(t, runtimedyld.Removed, m)
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
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

// TestRunFunction: a function is called by its name, with the type that its module's source tells.
func TestRunFunction(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t)
	toy(t, e, &g, "m", "func add = arguments; func five = 5")
	i32 := func(n int64) inprocess.Value { return inprocess.IntValue(inprocess.Int32, n) }
	if v, err := e.RunFunction("add", nil, i32(40), i32(2)); err != nil || v.Int() != 42 {
		t.Errorf("%v, %v", v, err)
	}
	var argument *inprocess.ArgumentError
	if _, err := e.RunFunction("add", nil, i32(40)); !errors.As(err, &argument) {
		t.Error(err)
	}
	if _, err := e.RunFunction("nothing", nil); !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	add(t, e, compiled(t, "half.o", "double half(double x, float y) { return x / 2 + y; }"))
	if _, err := e.RunFunction("half", nil); !errors.Is(err, mcjit.ErrNoSignature) {
		t.Error(err)
	}
	sig, err := inprocess.NewSignature(inprocess.Float64, inprocess.Float64, inprocess.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := e.RunFunction("half", sig, inprocess.FloatValue(inprocess.Float64, 5), inprocess.FloatValue(inprocess.Float32, 0.25)); err != nil || v.Float() != 2.75 {
		t.Errorf("%v, %v", v, err)
	}
}

// An otherProcess runs code in this process for an engine that thinks it is another one.
type otherProcess struct{ inprocess.Process }

func TestRunFunctionOfOtherProcess(t *testing.T) {
	var g toygen.Generator
	e := newEngine(t, mcjit.WithProcess(otherProcess{}))
	toy(t, e, &g, "m", "func add = arguments; func main = 3")
	i32 := func(n int64) inprocess.Value { return inprocess.IntValue(inprocess.Int32, n) }
	if v, err := e.RunFunction("add", nil, i32(-40), i32(2)); err != nil || v.Int() != -38 || v.Type() != inprocess.Int32 {
		t.Errorf("%v, %v", v, err)
	}
	sig, err := inprocess.NewSignature(inprocess.Float64, inprocess.Int32)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.RunFunction("add", sig, i32(1)); !errors.Is(err, mcjit.ErrArguments) {
		t.Error(err)
	}
	var argument *inprocess.ArgumentError
	for _, args := range [][]inprocess.Value{{i32(1)}, {i32(1), inprocess.BoolValue(true)}} {
		if _, err := e.RunFunction("add", nil, args...); !errors.As(err, &argument) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := e.RunFunctionAsMain("main", nil, nil); !errors.Is(err, mcjit.ErrNoProcess) {
		t.Error(err)
	}
}

func TestRunFunctionAsMain(t *testing.T) {
	e := newEngine(t)
	add(t, e, compiled(t, "main.o", "int main(int argc, char **argv, char **envp) { return argc * 100 + (argv[1][0] - '0') * 10 + (envp[0][0] - 'a') + (argv[2] != 0); }"))
	if n, err := e.RunFunctionAsMain("main", []string{"program", "5"}, []string{"d=1"}); n != 253 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	var main *mcjit.MainError
	for want, params := range map[string][]*inprocess.Type{
		"Invalid number of arguments of main() supplied":      {inprocess.Int32, inprocess.Pointer, inprocess.Pointer, inprocess.Int32},
		"Invalid type for third argument of main() supplied":  {inprocess.Int32, inprocess.Pointer, inprocess.Int32},
		"Invalid type for second argument of main() supplied": {inprocess.Int32, inprocess.Int64},
		"Invalid type for first argument of main() supplied":  {inprocess.Int64},
	} {
		e := newEngine(t)
		if _, err := e.AddModule(typedModule(t, inprocess.Int32, params)); err != nil {
			t.Fatal(err)
		}
		if _, err := e.RunFunctionAsMain("main", []string{"x"}, nil); !errors.As(err, &main) || err.Error() != want || main.Function != "main" {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for result, want := range map[*inprocess.Type]string{inprocess.Float64: "Invalid return type of main() supplied", inprocess.Pointer: "Invalid return type of main() supplied", inprocess.Void: ""} {
		e := newEngine(t)
		if _, err := e.AddModule(typedModule(t, result, nil)); err != nil {
			t.Fatal(err)
		}
		if n, err := e.RunFunctionAsMain("main", []string{"x"}, nil); want == "" && (err != nil || n != 0) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%v: %d, %v", result, n, err)
		}
	}
}

// typedModule is a module whose main has a type of the test's.
func typedModule(t testing.TB, result *inprocess.Type, params []*inprocess.Type) codegen.Module {
	sig, err := inprocess.NewSignature(result, params...)
	if err != nil {
		t.Fatal(err)
	}
	return &retyped{new(toygen.Generator).Module("m", "func main = 3"), sig}
}

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

// TestHammerCompilation: look-ups that give up, modules that are removed while they are compiled, and everything finalized meanwhile: what is asked for patiently works.
func TestHammerCompilation(t *testing.T) {
	g := toygen.Generator{Compile: func(ctx context.Context, name string) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(len(name)%3) * 100 * time.Microsecond):
			return nil
		}
	}}
	e := newEngine(t)
	before := e.Stats()
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for k := range 25 {
				name := fmt.Sprintf("f%d_%d", i, k)
				m := toy(t, e, &g, strings.Repeat("x", k%5+1), fmt.Sprintf("func %s = g%d_%d + 1; weak func common = 1", name, i, k))
				n := toy(t, e, &g, strings.Repeat("y", k%4+1), fmt.Sprintf("func g%d_%d = %d; weak func common = 1", i, k, k))
				var inner sync.WaitGroup
				for j := range 4 {
					inner.Go(func() {
						ctx, cancel := context.WithTimeout(context.Background(), time.Duration(j)*50*time.Microsecond)
						defer cancel()
						if _, err := e.FunctionAddressContext(ctx, name); err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, mcjit.ErrSymbolNotFound) {
							t.Errorf("%s: %v", name, err)
						}
					})
				}
				if k%3 == 0 { // while it is compiled, or not
					remove(t, e, m, n)
					inner.Wait()
					continue
				}
				if f, err := mcjit.Func[intFunc](e, name); err != nil {
					t.Errorf("%s: %v", name, err)
				} else if got := f(); got != int32(k+1) {
					t.Errorf("%s: %d", name, got)
				}
				inner.Wait()
				remove(t, e, n, m)
			}
		})
	}
	wg.Wait()
	wantStats(t, e, before)
}
