// Package mcjit is LLVM's MCJIT execution engine for Go: a module-oriented engine that links relocatable objects into memory and hands out
// the addresses of what they define.
//
//	engine, err := mcjit.New()
//	_, err = engine.AddObject(objimage.NewBuffer("add.o", bytes))
//	add, err := mcjit.Func[func(a, b int32) int32](engine, "add")
//	sum := add(1, 2)
//
// An [ExecutionEngine] owns modules. AddModule adds one that is to be compiled, by package codegen/llvm, codegen/command, or whatever else is a codegen.Module; it is compiled when a search needs it, or
// when everything is finalized. AddObject loads an object at once: memory is allocated and names are known, nothing more. SymbolAddress says where a
// symbol is and never finalizes; FunctionAddress, GlobalValueAddress and FinalizeObject finalize everything that is loaded: undefined symbols are
// bound, relocations applied, memory protected, listeners told. Then code may run. Initialize runs constructors, which nothing else does.
// RemoveModule takes a module out, runs its destructors, and gives back what it cost.
//
// Names are looked for in this order: global mappings and modules that are loaded; archives, in the order in which they were added; modules that are added; the exit handlers of the built-in
// runtime; the lazy function creator; the client's resolver; the rest of the runtime.
//
// The states of a module are those of [runtimedyld.State]; the drawing is in that package's state.go, and that of compilation in unit.go.
//
// # Concurrency
//
// Every method may be called from any goroutine. Modules are compiled in parallel, and a look-up waits for those that it needs and for no others. Methods that compile have a variant with a context.Context,
// which ends them. Clients' code (code generators, caches, memory managers, resolvers, lazy function creators, listeners) is called without a
// lock held, and so is the code of modules. A resolver may add modules and ask for symbol addresses; it must not finalize. Constructors and
// destructors may call anything but Close, and constructors not Initialize.
//
// # Security
//
// Objects are not trusted to be well formed: whatever is wrong with one is an error, and the engine is as before. Their code, once called, can do
// whatever the process can.
package mcjit
