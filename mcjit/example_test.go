//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"log"
	"path/filepath"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// file opens an object or an archive of this repository's testdata.
func file(name string) *objimage.Buffer {
	b, err := objimage.OpenBuffer(filepath.Join("..", "testdata", name))
	if err != nil {
		log.Fatal(err)
	}
	return b
}

// start returns an engine.
func start(opts ...mcjit.Option) *mcjit.ExecutionEngine {
	engine, err := mcjit.New(opts...)
	if err != nil {
		log.Fatal(err)
	}
	return engine
}

// An object is linked, a function of it called, and the module removed.
func Example() {
	engine, err := mcjit.New()
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	module, err := engine.AddObject(file("add.o"))
	if err != nil {
		log.Fatal(err)
	}
	add, err := mcjit.Func[func(a, b int32) int32](engine, "add")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(add(40, 2))
	if err := engine.RemoveModule(module); err != nil {
		log.Fatal(err)
	}
	_, err = engine.FunctionAddress("add")
	fmt.Println(err)
	// Output:
	// 42
	// symbol not found: "add"
}

// Structs go by value as in C. A short function is called faster as a leaf.
func ExampleFunc() {
	engine := start()
	defer engine.Close()
	if _, err := engine.AddObject(file("add.o")); err != nil {
		log.Fatal(err)
	}
	type point struct{ X, Y float64 }
	middle, err := mcjit.Func[func(p, q point) point](engine, "middle", inprocess.Leaf())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(middle(point{0, 0}, point{3, 4}))
	// Output: {1.5 2}
}

// Members of an archive are loaded when something needs them: polynomial.o, and square.o and cube.o because that needs them.
func ExampleExecutionEngine_AddArchive() {
	engine := start()
	defer engine.Close()
	if err := engine.AddArchive(file("libmath.a")); err != nil {
		log.Fatal(err)
	}
	polynomial, err := mcjit.Func[func(int64) int64](engine, "polynomial")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(polynomial(10), engine.Stats().Modules)
	// Output: 4321 3
}

// SymbolAddress only loads. What is undefined is noticed when somebody wants to run it, all of it at once.
func ExampleExecutionEngine_FinalizeObject() {
	engine := start()
	defer engine.Close()
	if err := engine.AddArchive(file("libmath.a")); err != nil {
		log.Fatal(err)
	}
	_, err := engine.SymbolAddress("broken")
	fmt.Println(err)
	var undefined *runtimedyld.UndefinedError
	if errors.As(engine.FinalizeObject(), &undefined) {
		for _, u := range undefined.Symbols {
			fmt.Println("missing:", u.Name)
		}
	}
	// Output:
	// <nil>
	// missing: missing_function
}

// C calls back into Go: the address of a callback is given a name that objects refer to.
func ExampleExecutionEngine_AddGlobalMapping() {
	engine := start()
	defer engine.Close()
	missing, err := inprocess.NewCallback(func(x int64) int64 { return 2 * x })
	if err != nil {
		log.Fatal(err)
	}
	defer missing.Release()
	if err := engine.AddGlobalMapping("missing_function", missing.Addr()); err != nil {
		log.Fatal(err)
	}
	if err := engine.AddArchive(file("libmath.a")); err != nil {
		log.Fatal(err)
	}
	broken, err := mcjit.Func[func(int64) int64](engine, "broken")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(broken(21))
	// Output: 42
}

// What C calls is replaced under code that is finalized, and may be running.
func ExampleExecutionEngine_UpdateGlobalMapping() {
	engine := start(mcjit.WithoutRelaxation())
	defer engine.Close()
	double, err := inprocess.NewCallback(func(x int64) int64 { return 2 * x })
	if err != nil {
		log.Fatal(err)
	}
	defer double.Release()
	triple, err := inprocess.NewCallback(func(x int64) int64 { return 3 * x })
	if err != nil {
		log.Fatal(err)
	}
	defer triple.Release()
	if err := engine.AddGlobalMapping("missing_function", double.Addr()); err != nil {
		log.Fatal(err)
	}
	if err := engine.AddArchive(file("libmath.a")); err != nil {
		log.Fatal(err)
	}
	broken, err := mcjit.Func[func(int64) int64](engine, "broken")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(broken(14))
	if _, err := engine.UpdateGlobalMapping("missing_function", triple.Addr()); err != nil {
		log.Fatal(err)
	}
	fmt.Println(broken(14))
	// Output:
	// 28
	// 42
}

// A module that is finalized gets other addresses, for a copy of it in another process.
func ExampleExecutionEngine_Reopen() {
	engine := start()
	defer engine.Close()
	module, err := engine.AddObject(file("add.o"))
	if err != nil {
		log.Fatal(err)
	}
	if err := engine.FinalizeObject(); err != nil {
		log.Fatal(err)
	}
	if err := engine.Reopen(module); err != nil {
		log.Fatal(err)
	}
	there, image := executor.Addr(0x10000), module.Object().Image()
	for i := 1; i < image.NumSections(); i++ {
		if _, loaded := module.Object().SectionLoadAddress(i); loaded {
			if err := engine.MapSectionAddress(module, i, there); err != nil {
				log.Fatal(err)
			}
			there += executor.Addr(image.Section(i).Size+15) &^ 15
		}
	}
	add, err := engine.FunctionAddress("add") // finalizes it again
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(add, module.State())
	// Output: 0x10000 finalized
}

// A resolver is asked for what nothing else defines.
func ExampleWithSymbolResolver() {
	table := map[string]executor.Addr{}
	engine := start(mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		fmt.Println("asked for", name)
		a, ok := table[name]
		return a, ok
	})))
	defer engine.Close()
	if err := engine.AddArchive(file("libmath.a")); err != nil {
		log.Fatal(err)
	}
	_, err := engine.FunctionAddress("broken")
	fmt.Println(errors.Is(err, runtimedyld.ErrUndefinedSymbol))
	// Output:
	// asked for missing_function
	// true
}

// A printer is an event listener.
type printer struct{}

func (printer) NotifyObjectLoaded(_ uint64, image *objimage.Image) error {
	fmt.Println("loaded", filepath.Base(image.Object().Name()))
	return nil
}

func (printer) NotifyFreeingObject(uint64) error {
	fmt.Println("freeing it")
	return nil
}

// Listeners hear of modules when they are finalized, not when they are added.
func ExampleExecutionEngine_RegisterJITEventListener() {
	engine := start()
	defer engine.Close()
	engine.RegisterJITEventListener(printer{})
	if _, err := engine.AddObject(file("add.o")); err != nil {
		log.Fatal(err)
	}
	fmt.Println("added")
	if err := engine.FinalizeObject(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// added
	// loaded add.o
	// freeing it
}

// What is removed can be replaced by another definition of the same names.
func ExampleExecutionEngine_RemoveModule() {
	engine := start()
	defer engine.Close()
	call := func() int32 {
		f, err := mcjit.Func[func() int32](engine, "weak_function")
		if err != nil {
			log.Fatal(err)
		}
		return f()
	}
	for _, name := range []string{"weak.o", "strong.o"} {
		module, err := engine.AddObject(file(name))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, call())
		if err := engine.RemoveModule(module); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// weak.o 1
	// strong.o 2
}
