package llvm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/codegen/objcache"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Engines whose modules libLLVM compiles: what programs of LLVM's own tests do.

func newEngine(t *testing.T, o codegen.Options, opts ...mcjit.Option) *mcjit.ExecutionEngine {
	t.Helper()
	installed(t)
	g, err := llvm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e, err := mcjit.New(append([]mcjit.Option{mcjit.WithCodeGenerator(g), mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(hostlib.Process().Lookup))}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func addIR(t *testing.T, e *mcjit.ExecutionEngine, name, text string) *mcjit.Module {
	t.Helper()
	m, err := e.AddSource(codegen.Source{Name: name, Kind: codegen.IR, Data: []byte(text)})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

func wantCall(t *testing.T, e *mcjit.ExecutionEngine, name string, want int32) {
	t.Helper()
	f, err := mcjit.Func[func() int32](e, name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got := f(); got != want {
		t.Errorf("%s() = %d, want %d", name, got, want)
	}
}

// models are the ways in which code may refer to what is elsewhere.
var models = map[string]codegen.Options{
	"default":      {},
	"pic":          {RelocModel: codegen.RelocPIC},
	staticSmall:    {RelocModel: codegen.RelocStatic, CodeModel: codegen.CodeModelSmall},
	"static large": {RelocModel: codegen.RelocStatic, CodeModel: codegen.CodeModelLarge},
	"pic large":    {RelocModel: codegen.RelocPIC, CodeModel: codegen.CodeModelLarge, OptLevel: codegen.O0},
	"optimised":    {OptLevel: codegen.O3},
}

// staticSmall is the model whose code has addresses of 32 bits.
const staticSmall = "static small"

// reaching returns what makes an engine serve a model.
func reaching(model string) []mcjit.Option {
	if model == staticSmall {
		return []mcjit.Option{mcjit.WithMemoryOptions(memmgr.WithLowAddresses())}
	}
	return nil
}

// TestEngineLinkage: common symbols, weak functions, aliases, indirect functions, hidden and internal ones, across modules, by look-up, and with everything compiled beforehand.
func TestEngineLinkage(t *testing.T) {
	modules := []struct{ name, text string }{
		{"use", `
@common_var = external global i32
@strong_var = external global i32
@absent = extern_weak global i32
declare i32 @weak_fn()
declare i32 @aliased()
declare i32 @indirect()
declare extern_weak i32 @missing()
define i32 @sum() {
  store i32 30, i32* @common_var
  %c = load i32, i32* @common_var
  %s = load i32, i32* @strong_var
  %w = call i32 @weak_fn()
  %a = call i32 @aliased()
  %i = call i32 @indirect()
  %1 = add i32 %c, %s
  %2 = add i32 %1, %w
  %3 = add i32 %2, %a
  %4 = add i32 %3, %i
  %n = icmp eq i32 ()* @missing, null
  %z = zext i1 %n to i32
  %5 = add i32 %4, %z
  %m = icmp eq i32* @absent, null
  %y = zext i1 %m to i32
  %6 = add i32 %5, %y
  ret i32 %6
}
`},
		{"commons", "@common_var = common global i32 0\n@other_common = common global [10 x i64] zeroinitializer, align 32\n"},
		{"commons2", "@common_var = common global i32 0\ndefine i32 @common_of_other() {\n  %c = load i32, i32* @common_var\n  ret i32 %c\n}\n"},
		{"weak", "define weak i32 @weak_fn() {\n  ret i32 1000000\n}\n@strong_var = weak global i32 5000000\n"},
		{"strong", "define i32 @weak_fn() {\n  ret i32 100\n}\n@strong_var = global i32 1000\n"},
		{"alias", "@aliased = alias i32 (), i32 ()* @original\ndefine internal i32 @original() {\n  ret i32 10000\n}\n"},
		{"ifunc", "@indirect = ifunc i32 (), i32 ()* ()* @resolver\ndefine internal i32 ()* @resolver() {\n  ret i32 ()* @chosen\n}\ndefine internal i32 @chosen() {\n  ret i32 100000\n}\n"},
	}
	for name, o := range models {
		for _, lazy := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " lazy ", lazy), func(t *testing.T) {
				e := newEngine(t, o, reaching(name)...)
				for _, m := range modules {
					addIR(t, e, m.name, m.text)
				}
				if !lazy {
					if err := e.FinalizeObject(); err != nil {
						t.Fatal(err)
					}
				}
				wantCall(t, e, "sum", 30+1000+100+10000+100000+1+1)
				wantCall(t, e, "common_of_other", 30)
				wantCall(t, e, "aliased", 10000)
				wantCall(t, e, "indirect", 100000)
				if _, err := e.FunctionAddress("original"); !errors.Is(err, mcjit.ErrSymbolNotFound) && err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// TestEngineExceptions: an exception is thrown in one module, goes through another one, and is caught in a third.
func TestEngineExceptions(t *testing.T) {
	libstdcxx, err := hostlib.OpenByName("stdc++")
	if err != nil {
		t.Skip("libstdc++ is not installed: apt-get install libstdc++6")
	}
	resolver := runtimedyld.ResolverFunc(func(name string) (a executor.Addr, ok bool) {
		if a, ok = libstdcxx.Lookup(name); !ok {
			a, ok = hostlib.Process().Lookup(name)
		}
		return a, ok
	})
	const thrower = `
declare i8* @__cxa_allocate_exception(i64)
declare void @__cxa_throw(i8*, i8*, i8*)
@_ZTIi = external constant i8*
define i32 @throw_it(i32 %n) uwtable {
  %e = call i8* @__cxa_allocate_exception(i64 4)
  %p = bitcast i8* %e to i32*
  store i32 %n, i32* %p
  call void @__cxa_throw(i8* %e, i8* bitcast (i8** @_ZTIi to i8*), i8* null)
  unreachable
}
`
	const between = `
declare i32 @throw_it(i32)
define i32 @between(i32 %n) uwtable {
  %r = call i32 @throw_it(i32 %n)
  %s = add i32 %r, 1
  ret i32 %s
}
`
	const catcher = `
declare i32 @between(i32)
declare i32 @__gxx_personality_v0(...)
declare i8* @__cxa_begin_catch(i8*)
declare void @__cxa_end_catch()
@_ZTIi = external constant i8*
define i32 @catch_it() uwtable personality i8* bitcast (i32 (...)* @__gxx_personality_v0 to i8*) {
  %r = invoke i32 @between(i32 41) to label %normal unwind label %pad
normal:
  ret i32 -1
pad:
  %l = landingpad { i8*, i32 } catch i8* bitcast (i8** @_ZTIi to i8*)
  %x = extractvalue { i8*, i32 } %l, 0
  %c = call i8* @__cxa_begin_catch(i8* %x)
  %p = bitcast i8* %c to i32*
  %v = load i32, i32* %p
  call void @__cxa_end_catch()
  %s = add i32 %v, 1
  ret i32 %s
}
`
	for name, o := range models {
		if name == staticSmall {
			continue // the C++ runtime is not within 32 bits
		}
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, o, mcjit.WithSymbolResolver(resolver))
			addIR(t, e, "thrower", thrower)
			addIR(t, e, "between", between)
			addIR(t, e, "catcher", catcher)
			wantCall(t, e, "catch_it", 42)
		})
	}
}

// TestEngineConstructors: by priority, across modules; destructors backwards.
func TestEngineConstructors(t *testing.T) {
	note := func(name string, digit int) string {
		return fmt.Sprintf("define internal void @%s() {\n  %%v = load i32, i32* @order\n  %%m = mul i32 %%v, 10\n  %%a = add i32 %%m, %d\n  store i32 %%a, i32* @order\n  ret void\n}\n", name, digit)
	}
	list := func(which string, entries ...string) string {
		return fmt.Sprintf("@llvm.global_%s = appending global [%d x { i32, void ()*, i8* }] [%s]\n", which, len(entries), strings.Join(entries, ", "))
	}
	entry := func(priority int, name string) string {
		return fmt.Sprintf("{ i32, void ()*, i8* } { i32 %d, void ()* @%s, i8* null }", priority, name)
	}
	e := newEngine(t, codegen.Options{})
	addIR(t, e, "a", "@order = global i32 0\n"+note("late", 3)+note("early", 1)+list("ctors", entry(200, "late"), entry(100, "early")))
	addIR(t, e, "b", "@order = external global i32\n"+note("middle", 2)+note("last", 4)+note("end", 5)+list("ctors", entry(65535, "last"), entry(150, "middle"))+list("dtors", entry(65535, "end")))
	addIR(t, e, "get", "@order = external global i32\ndefine i32 @get() {\n  %v = load i32, i32* @order\n  ret i32 %v\n}\n")
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	wantCall(t, e, "get", 1234)
	if err := e.Deinitialize(); err != nil {
		t.Fatal(err)
	}
	wantCall(t, e, "get", 12345)
}

// TestEngineThreadLocals: a module's thread-local variables, in every way in which LLVM finds them.
func TestEngineThreadLocals(t *testing.T) {
	storage, err := hostlib.NewThreadStorage()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]codegen.Options{"pic": {RelocModel: codegen.RelocPIC}, "static": {RelocModel: codegen.RelocStatic}} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, o, mcjit.WithThreadStorage(storage))
			addIR(t, e, "m", "@counter = thread_local global i32 40\ndefine i32 @next() {\n  %v = load i32, i32* @counter\n  %n = add i32 %v, 1\n  store i32 %n, i32* @counter\n  ret i32 %n\n}\n")
			wantCall(t, e, "next", 41)
			if _, err := e.GlobalValueAddress("counter"); !errors.Is(err, mcjit.ErrThreadLocal) {
				t.Errorf("the address of a thread-local variable: %v", err)
			}
		})
	}
}

// TestEngineRunFunction: IR tells the types of functions.
func TestEngineRunFunction(t *testing.T) {
	e := newEngine(t, codegen.Options{})
	addIR(t, e, "m", `
define double @mix(i8 signext %a, float %b, i64 %c, double %d) {
  %1 = sitofp i8 %a to double
  %2 = fpext float %b to double
  %3 = sitofp i64 %c to double
  %4 = fadd double %1, %2
  %5 = fadd double %3, %d
  %6 = fadd double %4, %5
  ret double %6
}
define i32 @main(i32 %argc, i8** %argv, i8** %envp) {
  %p = getelementptr i8*, i8** %argv, i64 1
  %s = load i8*, i8** %p
  %c = load i8, i8* %s
  %x = zext i8 %c to i32
  %y = add i32 %x, %argc
  ret i32 %y
}
define void @quiet() {
  ret void
}
define float @odd() {
  ret float 1.0
}
define i32 @wrong(i64 %n) {
  ret i32 1
}
`)
	v, err := e.RunFunction("mix", nil, inprocess.IntValue(inprocess.Int8, -3), inprocess.FloatValue(inprocess.Float32, 0.5), inprocess.IntValue(inprocess.Int64, 1<<40), inprocess.FloatValue(inprocess.Float64, 0.25))
	if err != nil || v.Float() != -3+0.5+1<<40+0.25 {
		t.Errorf("%v, %v", v, err)
	}
	if n, err := e.RunFunctionAsMain("main", []string{"p", "A"}, nil); n != 'A'+2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := e.RunFunctionAsMain("quiet", []string{"p"}, nil); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for name, want := range map[string]string{"odd": "Invalid return type of main() supplied", "wrong": "Invalid type for first argument of main() supplied"} {
		if _, err := e.RunFunctionAsMain(name, []string{"p"}, nil); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestEngineCache: what is in the cache needs no compiler, another source and other options do.
func TestEngineCache(t *testing.T) {
	dir := t.TempDir()
	const text = "define i32 @f() {\n  ret i32 7\n}\ndefine i32 @main() {\n  ret i32 8\n}\n"
	count := func() int {
		folders, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(folders)
	}
	for i, c := range []struct {
		o     codegen.Options
		text  string
		value int32
		files int
	}{{codegen.Options{}, text, 7, 1}, {codegen.Options{}, text, 7, 1}, {codegen.Options{OptLevel: codegen.O3}, text, 7, 2}, {codegen.Options{}, strings.Replace(text, "7", "9", 1), 9, 3}} {
		cache, err := objcache.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		e := newEngine(t, c.o, mcjit.WithObjectCache(cache))
		addIR(t, e, "m.ll", c.text)
		wantCall(t, e, "f", c.value)
		if n, err := e.RunFunctionAsMain("main", []string{"p"}, nil); n != 8 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if v, err := e.RunFunction("f", nil); err != nil || int32(v.Int()) != c.value { // the type is asked of the source
			t.Errorf("%v, %v", v, err)
		}
		if count() != c.files {
			t.Errorf("step %d: %d objects, want %d", i, count(), c.files)
		}
	}
}

// TestEngineInParallel: many goroutines with modules of their own, which need each other's.
func TestEngineInParallel(t *testing.T) {
	e := newEngine(t, codegen.Options{})
	const n = 24
	for i := range n {
		addIR(t, e, fmt.Sprint(i), fmt.Sprintf("declare i32 @f%d()\ndefine i32 @f%d() {\n  %%r = call i32 @f%d()\n  %%s = add i32 %%r, 1\n  ret i32 %%s\n}\n", i+1, i, i+1))
	}
	addIR(t, e, "last", fmt.Sprintf("define i32 @f%d() {\n  ret i32 0\n}\n", n))
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			f, err := mcjit.Func[func() int32](e, fmt.Sprintf("f%d", i))
			if err != nil {
				t.Error(err)
				return
			}
			if got := f(); got != int32(n-i) {
				t.Errorf("f%d: %d", i, got)
			}
		})
	}
	wg.Wait()
}

// TestEngineErrors: bad modules are errors with places, and what was there before goes on.
func TestEngineErrors(t *testing.T) {
	e := newEngine(t, codegen.Options{})
	addIR(t, e, "good", "define i32 @good() {\n  ret i32 1\n}\n")
	var bad *codegen.Error
	for name, text := range map[string]string{
		"syntax":   "define i32 @f() {\n  ret i33 x\n}\n",
		"types":    "define i32 @f() {\n  ret i64 0\n}\n",
		"no value": "define i32 @f() {\n  ret i32 %nothing\n}\n",
	} {
		_, err := e.AddSource(codegen.Source{Name: name + ".ll", Kind: codegen.IR, Data: []byte(text)})
		if !errors.As(err, &bad) || len(bad.Diagnostics) == 0 || bad.Diagnostics[0].Line != 2 || bad.Diagnostics[0].File != name+".ll" {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := addIR(t, e, "broken.ll", "define i32 @broken(i32 %n) {\nentry:\n  br i1 true, label %a, label %b\na:\n  %x = add i32 %n, 1\n  br label %b\nb:\n  ret i32 %x\n}\n")
	if _, err := e.FunctionAddress("broken"); !errors.As(err, &bad) {
		t.Errorf("a module that the verifier refuses: %v", err)
	}
	wantCall(t, e, "good", 1)
	if err := e.FinalizeObject(); !errors.As(err, &bad) {
		t.Error(err)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Error(err)
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	addIR(t, e, "later", "define i32 @later() {\n  ret i32 2\n}\n")
	if _, err := e.FunctionAddressContext(ctx, "later"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	wantCall(t, e, "later", 2)
}

// TestBits: what is above the bit of an i1 that a function returns, or gives to a callback, may be anything. It must not get into Go's bool.
func TestBits(t *testing.T) {
	e := newEngine(t, codegen.Options{})
	addIR(t, e, "bits", `
define i1 @low(i32 %x) {
 %b = trunc i32 %x to i1
 ret i1 %b
}
declare i32 @back(i1)
define i32 @forward(i32 %x) {
 %b = trunc i32 %x to i1
 %r = call i32 @back(i1 %b)
 ret i32 %r
}
`)
	back, err := inprocess.NewCallback(func(b bool) int32 {
		if b == true { // compares the byte
			return 1
		}
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	if err := e.AddGlobalMapping("back", back.Addr()); err != nil {
		t.Fatal(err)
	}
	low, err := mcjit.Func[func(int32) bool](e, "low")
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := mcjit.Func[func(int32) bool](e, "low", inprocess.Leaf())
	if err != nil {
		t.Fatal(err)
	}
	forward, err := mcjit.Func[func(int32) int32](e, "forward")
	if err != nil {
		t.Fatal(err)
	}
	for x := int32(0); x < 6; x++ {
		want := x%2 != 0
		v, err := e.RunFunction("low", nil, inprocess.IntValue(inprocess.Int32, int64(x)))
		if err != nil || v.Bool() != want || low(x) != want || leaf(x) != want || (forward(x) != 0) != want {
			t.Errorf("of %d: %v, %v; %v, %v, %v", x, v, err, low(x), leaf(x), forward(x))
		}
	}
}

// TestVariadicSignature: the type that a source tells of a variadic function is that of a call without further arguments.
func TestVariadicSignature(t *testing.T) {
	e := newEngine(t, codegen.Options{})
	addIR(t, e, "variadic", "define i32 @f(i32 %n, ...) {\n ret i32 %n\n}")
	if v, err := e.RunFunction("f", nil, inprocess.IntValue(inprocess.Int32, 4)); err != nil || v.Int() != 4 {
		t.Error(v, err)
	}
	if f, ok := e.FindFunctionNamed("f"); !ok || f.Signature.String() != "int32_t(int32_t, ...)" {
		t.Error(f.Signature, ok)
	}
}

// TestSameModuleTwice: a module that was added several times is compiled as often, by one goroutine at a time.
func TestSameModuleTwice(t *testing.T) {
	e := newEngine(t, codegen.Options{}, mcjit.WithRedefinition())
	g, err := llvm.New(codegen.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := g.NewModule(codegen.Source{Name: "same", Kind: codegen.IR, Data: []byte("define i32 @f() {\n ret i32 3\n}")})
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if _, err := e.AddModule(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	wantCall(t, e, "f", 3)
}
