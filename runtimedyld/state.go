package runtimedyld

// The states of an object. Only the arrows exist; every public method says which state it needs and which it leaves.
//
//	LoadObject
//	    │        ┌──────────────── failed, or only resolved ───────────────┐
//	    ▼        ▼                                                         │
//	 ┌──────────────┐  ResolveRelocations, Finalize  ┌─────────┐  Finalize │  ┌───────────┐
//	 │    Loaded    │ ─────────────────────────────► │ Linking │ ──────────┴► │ Finalized │
//	 └──────────────┘                                └─────────┘              └───────────┘
//	    │   ▲    ▲ MapSectionAddress                            Reopen       │   │ Remove
//	    │   │    └─┘                                                         │   │
//	    │   └────────────────────────────────────────────────────────────────┘   │
//	    │ Remove                                   in use by others   ┌─────────┐│
//	    │                                         ┌─────────────────► │ Retired ││
//	    ▼                                         │                   └─────────┘▼
//	 ┌──────────────┐    last user removed        │                        │  not in use
//	 │   Removed    │ ◄───────────────────────────┴────────────────────────┴─────┘
//	 └──────────────┘
//
// Loaded: memory is allocated, names are in the table, addresses may be asked and changed. Linking: one goroutine is applying
// relocations; others wait. Finalized: memory has its final protection; code may run. Retired: the names are gone, but the code of other objects
// refers to the memory, which stays until they are removed too (as dlclose does it). Removed: everything was given back.
//
// Of an object that was reopened the memory stays as it was Finalized, and its code may run, until it is Finalized again; it is linked in a copy. Remove makes it Finalized as it was before.

// A State is where an object is between loading and removal.
type State uint32

// The states.
const (
	Added State = iota // not an object of a linker yet: a module of package mcjit that has not been compiled, or not been loaded
	Loaded
	Linking
	Finalized
	Retired
	Removed
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Added:
		return "added"
	case Loaded:
		return "loaded"
	case Linking:
		return "linking"
	case Finalized:
		return "finalized"
	case Retired:
		return "retired"
	case Removed:
		return "removed"
	}
	return "unknown"
}

// State returns the object's state. It may have changed when the caller looks at it.
func (o *Object) State() State {
	if o == nil {
		return Removed
	}
	return State(o.state.Load())
}

// setState is called with RuntimeDyld.mu held, but for objects that nobody else knows yet.
func (o *Object) setState(s State) { o.state.Store(uint32(s)) }
