//go:build linux && amd64

package guide_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/command"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/codegen/objcache"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// The snippets are functions; what the guide shows of one is its body, or a part of it. check ends the program, or here the test.

var check func(err error)

const addIR = `
define i32 @add(i32 %a, i32 %b) {
  %sum = add i32 %a, %b
  ret i32 %sum
}
`

// newEngine is chapter 1.
func newEngine() *mcjit.ExecutionEngine {
	generator, err := llvm.New(codegen.Options{OptLevel: codegen.O2})
	check(err)
	engine, err := mcjit.New(
		mcjit.WithCodeGenerator(generator),
		mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(hostlib.Process().Lookup)),
	)
	check(err)
	return engine
}

// addIRModule adds IR as text.
func addIRModule(engine *mcjit.ExecutionEngine, name, text string) *mcjit.Module {
	module, err := engine.AddSource(codegen.Source{Name: name, Kind: codegen.IR, Data: []byte(text)})
	check(err)
	return module
}

func TestGuide(t *testing.T) {
	if _, err := llvm.Default(); err != nil {
		testenv.NeedsFile(t, "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "llvm-14")
	}
	for name, chapter := range map[string]func(t *testing.T){
		"first": first, "sources": sources, "addresses": addresses, "states": states, "names": names, "mappings": mappings, "by name": byName, "main": mainProgram, "constructors": constructors,
		"removal": removal, "problems": problems, "caches": caches, "together": together, "listeners": listeners, "elsewhere": elsewhere, "another process": anotherProcess,
	} {
		t.Run(name, func(t *testing.T) {
			check = func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			chapter(t)
		})
	}
}

func first(t *testing.T) {
	engine := newEngine()
	defer engine.Close()

	_, err := engine.AddSource(codegen.Source{Name: "add.ll", Kind: codegen.IR, Data: []byte(addIR)})
	check(err)
	add, err := mcjit.Func[func(a, b int32) int32](engine, "add")
	check(err)
	sum := add(40, 2)

	if sum != 42 {
		t.Error(sum)
	}
}

func sources(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	dir := t.TempDir()
	path := filepath.Join(dir, "add.ll")
	check(os.WriteFile(path, []byte(addIR), 0o600))
	object := testenv.CompileBytes(t, "gcc", testenv.C, "int five(void) { return 5; }", "-fPIC")
	library := filepath.Join("..", "..", "testdata", "libmath.a")

	// IR, bitcode: what the engine's generator compiles.
	source, err := codegen.Open(path)
	check(err)
	_, err = engine.AddSource(source)
	check(err)

	// C, C++, assembly: another generator's module.
	compilers, err := command.New(codegen.Options{OptLevel: codegen.O1})
	check(err)
	c, err := compilers.NewModule(codegen.Source{Name: "six.c", Kind: codegen.C, Data: []byte("int six(void) { return 6; }")})
	check(err)
	_, err = engine.AddModule(c)
	check(err)

	// An object, and a static library.
	_, err = engine.AddObject(objimage.NewBuffer("five.o", object))
	check(err)
	archive, err := objimage.OpenBuffer(library)
	check(err)
	check(engine.AddArchive(archive))

	for name, want := range map[string]int32{"five": 5, "six": 6} {
		f, err := mcjit.Func[func() int32](engine, name)
		check(err)
		if got := f(); got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
	square, err := mcjit.Func[func(int64) int64](engine, "square")
	check(err)
	if got := square(3); got != 9 {
		t.Error(got)
	}
}

func addresses(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "m.ll", "@counter = global i32 7\ndefine i32 @next() {\n  %v = load i32, i32* @counter\n  %n = add i32 %v, 1\n  store i32 %n, i32* @counter\n  ret i32 %n\n}\n")

	before, err := engine.SymbolAddress("next") // compiled and loaded; must not be called yet
	check(err)
	after, err := engine.FunctionAddress("next") // finalized; may be called
	check(err)
	data, err := engine.GlobalValueAddress("counter")
	check(err)

	next, err := inprocess.Bind[func() int32](after)
	check(err)
	if before != after || data == 0 || next() != 8 || next() != 9 {
		t.Error(before, after, data)
	}
}

func states(t *testing.T) {
	engine := newEngine()
	defer engine.Close()

	a := addIRModule(engine, "a.ll", "define i32 @a() {\n  ret i32 1\n}\n")
	b := addIRModule(engine, "b.ll", "declare i32 @a()\ndefine i32 @b() {\n  %r = call i32 @a()\n  ret i32 %r\n}\n")
	c := addIRModule(engine, "c.ll", "define i32 @c() {\n  ret i32 3\n}\n")
	fmt.Println(a.State(), b.State(), c.State()) // added added added

	_, err := engine.SymbolAddress("b")
	check(err)
	fmt.Println(a.State(), b.State(), c.State()) // added loaded added

	_, err = engine.FunctionAddress("b") // b needs a
	check(err)
	fmt.Println(a.State(), b.State(), c.State()) // finalized finalized added

	check(engine.FinalizeModule(c))              // or FinalizeObject for all of them
	fmt.Println(a.State(), b.State(), c.State()) // finalized finalized finalized

	if c.State() != runtimedyld.Finalized || a.State() != runtimedyld.Finalized || b.State() != runtimedyld.Finalized {
		t.Error(a.State(), b.State(), c.State())
	}
}

func names(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "m.ll", "declare i32 @made(i32)\ndeclare i64 @strlen(i8*)\n@s = constant [4 x i8] c\"abc\\00\"\ndefine i32 @use() {\n  %r = call i32 @made(i32 40)\n  %p = getelementptr [4 x i8], [4 x i8]* @s, i64 0, i64 0\n  %n = call i64 @strlen(i8* %p)\n  %t = trunc i64 %n to i32\n  %u = add i32 %r, %t\n  ret i32 %u\n}\n")

	increment, err := inprocess.NewCallback(func(x int32) int32 { return x + 1 })
	check(err)
	defer increment.Release()
	engine.InstallLazyFunctionCreator(func(name string) executor.Addr {
		if name == "made" {
			return increment.Addr()
		}
		return 0 // somebody else's
	})

	use, err := mcjit.Func[func() int32](engine, "use")
	check(err)
	if got := use(); got != 44 {
		t.Error(got)
	}
}

func mappings(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "m.ll", "declare i32 @host(i32)\ndefine i32 @use() {\n  %r = call i32 @host(i32 40)\n  ret i32 %r\n}\n")
	double, err := inprocess.NewCallback(func(x int32) int32 { return 2 * x })
	check(err)
	defer double.Release()

	check(engine.AddGlobalMapping("host", double.Addr()))
	address, mapped := engine.AddressToGlobalIfAvailable("host") // double.Addr(), true
	value, found := engine.GlobalValueAtAddress(double.Addr())   // "host" of m.ll

	use, err := mcjit.Func[func() int32](engine, "use")
	check(err)
	if use() != 80 || address != double.Addr() || !mapped || !found || value.Name != "host" || value.Module.Name() != "m.ll" {
		t.Error(address, mapped, value, found)
	}

	triple, err := inprocess.NewCallback(func(x int32) int32 { return 3 * x })
	check(err)
	defer triple.Release()
	old, err := engine.UpdateGlobalMapping("host", triple.Addr()) // use is finalized, and calls triple from now on
	check(err)

	if got := use(); got != 120 || old != double.Addr() {
		t.Error(got, old)
	}
	old, err = engine.UpdateGlobalMapping("host", 0) // taken away; what is linked stays
	check(err)
	if got := use(); got != 120 || old != triple.Addr() {
		t.Error(got, old)
	}
}

func byName(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "add.ll", addIR)

	f, found := engine.FindFunctionNamed("add")
	fmt.Println(f.Name, f.Module.Name(), f.Signature, found) // add add.ll int32_t(int32_t, int32_t) true
	result, err := engine.RunFunction("add", nil, inprocess.IntValue(inprocess.Int32, 40), inprocess.IntValue(inprocess.Int32, 2))
	check(err)
	fmt.Println(result.Int()) // 42

	if !found || f.Signature == nil || result.Int() != 42 {
		t.Error(f, found, result)
	}
}

func mainProgram(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "main.ll", "define i32 @main(i32 %argc, i8** %argv) {\n  ret i32 %argc\n}\n")

	check(engine.Initialize()) // constructors of all modules
	status, err := engine.RunFunctionAsMain("main", []string{"program", "argument"}, os.Environ())
	check(err)
	check(engine.Deinitialize()) // exit handlers and destructors

	if status != 2 {
		t.Error(status)
	}
}

func constructors(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	addIRModule(engine, "m.ll", `@order = global i32 0
@llvm.global_ctors = appending global [2 x { i32, void ()*, i8* }] [{ i32, void ()*, i8* } { i32 200, void ()* @late, i8* null }, { i32, void ()*, i8* } { i32 100, void ()* @early, i8* null }]
define void @early() {
  %v = load i32, i32* @order
  %w = mul i32 %v, 10
  %x = add i32 %w, 1
  store i32 %x, i32* @order
  ret void
}
define void @late() {
  %v = load i32, i32* @order
  %w = mul i32 %v, 10
  %x = add i32 %w, 2
  store i32 %x, i32* @order
  ret void
}
define i32 @get() {
  %v = load i32, i32* @order
  ret i32 %v
}
`)

	get, err := mcjit.Func[func() int32](engine, "get")
	check(err)
	before := get() // 0: nobody has run them
	check(engine.Initialize())
	after := get() // 12: by priority

	if before != 0 || after != 12 {
		t.Error(before, after)
	}
}

func removal(t *testing.T) {
	engine := newEngine()
	defer engine.Close()

	one := addIRModule(engine, "f.ll", "define i32 @f() {\n  ret i32 1\n}\n")
	f, err := mcjit.Func[func() int32](engine, "f")
	check(err)
	first := f()
	check(engine.RemoveModule(one)) // f must not be called any more

	addIRModule(engine, "f.ll", "define i32 @f() {\n  ret i32 2\n}\n")
	f, err = mcjit.Func[func() int32](engine, "f")
	check(err)
	second := f()

	if first != 1 || second != 2 {
		t.Error(first, second)
	}
}

func problems(t *testing.T) {
	engine := newEngine()
	defer engine.Close()

	_, err := engine.AddSource(codegen.Source{Name: "bad.ll", Kind: codegen.IR, Data: []byte("define i32 @f( {\n")})
	var bad *codegen.Error
	if errors.As(err, &bad) {
		d := bad.Diagnostics[0]
		fmt.Println(d.File, d.Line, d.Column, d.Message)
	}

	addIRModule(engine, "needy.ll", "declare i32 @nowhere()\ndefine i32 @needy() {\n  %r = call i32 @nowhere()\n  ret i32 %r\n}\n")
	_, err = engine.FunctionAddress("needy")
	var undefined *runtimedyld.UndefinedError
	if errors.As(err, &undefined) {
		fmt.Println(undefined.Symbols[0].Name) // nowhere; nothing was finalized, and nothing can be called
	}

	_, err = engine.FunctionAddress("unheard")
	fmt.Println(errors.Is(err, mcjit.ErrSymbolNotFound)) // true

	if bad == nil || bad.Diagnostics[0].Line != 2 || undefined == nil || !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(bad, undefined, err)
	}
}

func caches(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		engine := newEngine()

		cache, err := objcache.Open(dir, objcache.WithSize(256<<20))
		check(err)
		engine.SetObjectCache(cache)
		_, err = engine.AddSource(codegen.Source{Name: "add.ll", Kind: codegen.IR, Data: []byte(addIR)})
		check(err)
		add, err := mcjit.Func[func(a, b int32) int32](engine, "add") // compiled the first time only
		check(err)

		if add(1, 2) != 3 {
			t.Error("add")
		}
		check(engine.Close())
	}
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.o"))
	check(err)
	if len(files) != 1 {
		t.Error(files)
	}
}

func together(t *testing.T) {
	engine := newEngine()
	defer engine.Close()
	for i := range 4 {
		addIRModule(engine, fmt.Sprint(i), fmt.Sprintf("define i32 @f%d() {\n  ret i32 %d\n}\n", i, i))
	}

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	check(engine.GenerateCode(ctx)) // all that are added, in parallel

	var wg sync.WaitGroup
	for i := range 4 { // look-ups from any goroutine
		wg.Go(func() {
			_, err := engine.FunctionAddressContext(ctx, fmt.Sprintf("f%d", i))
			check(err)
		})
	}
	wg.Wait()
}

// A printer is told of modules.
type printer struct{ seen *[]string }

func (p printer) NotifyObjectLoaded(key uint64, image *objimage.Image) error {
	*p.seen = append(*p.seen, "loaded "+image.Object().Name())
	return nil
}

func (p printer) NotifyFreeingObject(key uint64) error {
	*p.seen = append(*p.seen, "freed")
	return nil
}

func listeners(t *testing.T) {
	var seen []string
	engine := newEngine()
	defer engine.Close()

	engine.RegisterJITEventListener(printer{&seen})
	module := addIRModule(engine, "add.ll", addIR)
	check(engine.FinalizeObject())     // loaded add.ll
	check(engine.RemoveModule(module)) // freed

	if got := strings.Join(seen, ", "); got != "loaded add.ll, freed" {
		t.Error(got)
	}
}

func elsewhere(t *testing.T) {
	memory, err := memmgr.New()
	check(err)
	defer memory.Close()
	generator, err := llvm.New(codegen.Options{RelocModel: codegen.RelocPIC})
	check(err)

	engine, err := mcjit.New(mcjit.WithMemoryManager(memory), mcjit.WithCodeGenerator(generator))
	check(err)
	defer engine.Close()
	module := addIRModule(engine, "add.ll", addIR)
	check(engine.GenerateCode(context.Background(), module)) // now it has sections
	object := module.Object()
	for i := 1; i < object.Image().NumSections(); i++ {
		if _, loaded := object.SectionLoadAddress(i); loaded {
			check(engine.MapSectionAddress(module, i, 0x7000_0000+executor.Addr(i)<<12)) // where it will run
		}
	}
	address, err := engine.SymbolAddress("add")
	check(err)

	if address>>20 != 0x700 {
		t.Error(address)
	}

	check(engine.FinalizeObject())
	check(engine.Reopen(module)) // Loaded again, and linked in a copy
	for i := 1; i < object.Image().NumSections(); i++ {
		if at, loaded := object.SectionLoadAddress(i); loaded {
			check(engine.MapSectionAddress(module, i, at+0x0100_0000))
		}
	}
	moved, err := engine.FunctionAddress("add") // finalizes again

	check(err)
	if moved != address+0x0100_0000 {
		t.Error(moved, address)
	}
}

func anotherProcess(t *testing.T) {
	ctx := context.Background()
	program := testenv.NeedsTool(t, "llvm-jitlink-executor-14", "llvm-14")
	generator, err := llvm.New(codegen.Options{RelocModel: codegen.RelocPIC})
	check(err)

	process, err := epc.Start(ctx, exec.Command(program), epc.Filedescs) // mcjit executor, llvm-jitlink-executor
	check(err)
	defer process.Close()
	engine, err := mcjit.New(
		mcjit.WithProcess(process),
		mcjit.WithMemoryManager(memmgr.NewRemote(process, 0)),
		mcjit.WithSymbolResolver(runtimedyld.ResolveIn(process)),
		mcjit.WithCodeGenerator(generator),
	)
	check(err)
	defer engine.Close()
	addIRModule(engine, "add.ll", addIR)
	add, err := engine.FunctionAddress("add") // an address over there
	check(err)
	sum, err := process.Call(add, 40, 2)
	check(err)

	if uint32(sum) != 42 {
		t.Error(sum)
	}

	place, found := engine.Locate(add) // add (add.c:1), with debug information

	if !found || place.Symbol != "add" {
		t.Error(place)
	}
}
