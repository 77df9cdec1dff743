// Package mcjit is LLVM's MCJIT execution engine for Go: a module-oriented engine that links relocatable objects into memory and hands out
// the addresses of what they define.
//
//	engine, err := mcjit.New()
//	_, err = engine.AddObject(objimage.NewBuffer("add.o", bytes))
//	add, err := mcjit.Func[func(a, b int32) int32](engine, "add")
//	sum := add(1, 2)
//
// An [ExecutionEngine] owns modules. AddObject loads one at once: memory is allocated and names are known, nothing more. SymbolAddress says where a symbol
// is and never finalizes; FunctionAddress, GlobalValueAddress and FinalizeObject finalize everything that is loaded: undefined
// symbols are bound (in the engine first, then in archives, then by the client), relocations applied, memory protected, listeners told.
// Then code may run. RemoveModule takes a module out and gives back what it cost.
//
// The states of a module are those of [runtimedyld.State]; the drawing is in that package's state.go.
//
// # Concurrency
//
// Every method may be called from any goroutine. Clients' code (memory managers, resolvers, lazy function creators, listeners) is called
// without a lock held. A resolver may add modules and ask for symbol addresses; it must not finalize.
//
// # Security
//
// Objects are not trusted to be well formed: whatever is wrong with one is an error, and the engine is as before. Their code, once called, can do
// whatever the process can.
package mcjit
