// Package runtimedyld is the linker: LLVM's RuntimeDyld with errors in place of aborts, relocations that can be applied again, and objects that can
// be removed.
//
//	d := runtimedyld.New(mm, resolver)      // a memory manager; who knows what no object defines
//	o, err := d.LoadObject(img)             // memory and names; Loaded
//	err = d.MapSectionAddress(o, 1, there)  // if it is to run elsewhere
//	objects, err := d.Finalize()            // bound, fixed up, protected; Finalized
//	addr, ok := d.FinalizedAddress("main")
//	err = d.Reopen(o)                       // Loaded again, to be moved, while others run
//	err = d.Remove(o)
//
// It puts sections where a memmgr.JITMemoryManager says, and nothing is ever executed by loading or linking. It is not an engine: archives, global
// mappings by the client's choice, listeners and calls are package mcjit's.
//
// # States
//
// An object is Loaded, Linking, Finalized, and in the end Retired or Removed; state.go has the drawing. Every method says which states it needs and
// leaves.
//
// # Symbols
//
// Names are those of the object files. Objects see each other's global symbols whatever the order in which they were loaded. Strong definitions
// beat commons, commons beat weak ones, of weak ones the first wins; two strong ones are a *DuplicateError. Objects of one
// linker are one component in the sense of the gABI ("Symbol Table", STV_HIDDEN), so that they see each other's hidden symbols; look-ups by name find
// these too, as LLVM's do. _GLOBAL_OFFSET_TABLE_ and __dso_handle are each object's own, and made by the linker.
//
// # Relocations
//
// A relocation type is a row of its architecture's table, which says everything about it; [Relocations] lists the rows, docs/relocations.md
// prints them. GOT entries and stubs are made by object, one for each symbol that needs one, so that calls reach any address. Relocations
// stay in the object's file and are read anew each time they are applied: what is written is a function of the file and of the addresses. So sections may move any number of times (MapSectionAddress), after Finalize
// by way of Reopen, and so may what no object defines (MoveExternal); [Retention] says what of that is kept.
//
// # Concurrency
//
// Every method may be called from any goroutine. Look-ups take no lock. Loads run in parallel; links and removals take turns. Memory manager,
// resolver and hooks are called without a lock held.
//
// # Security
//
// Object files are hostile input: whatever is wrong with one is an error that names object, section, offset and symbol, and the linker is as it was.
// Memory is in proportion to the file and to what its sections ask for.
package runtimedyld
