package mcjit

import (
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// FunctionTables is told of the functions of COFF objects that have unwind information, as Windows needs it to let exceptions pass through their code: it calls
// RtlAddGrowableFunctionTable in the process that runs the code. Its methods may be called from any goroutine, while the linker has its turn: they must not call the engine.
type FunctionTables interface {
	// AddFunctionTable is called with the table of an object, whose memory has its final protection and whose code nobody can run yet. The table stays where it is until remove has
	// returned, which is called once, after the object's destructors and before its memory goes. An error is returned by what finalized the object, which stays finalized: exceptions
	// cannot pass through its code.
	AddFunctionTable(t runtimedyld.FunctionTable) (remove func() error, err error)
}

// WithFunctionTables sets who is told of the functions of COFF objects. Without it, this process's Windows is, of what runs here (but see WithoutUnwinding), and elsewhere nobody. Windows takes the code
// from a table's base to its end for one object's: the engine's own memory manager keeps it so. Of an object that a client's puts otherwise, so that another's is between, Windows is not told, and
// what finalizes the object returns an UnwinderError with inprocess.ErrFunctionRange.
func WithFunctionTables(f FunctionTables) Option { return func(o *options) { o.functions = f } }

// functionTables is what FunctionTables was told.
type functionTables struct {
	client FunctionTables // nil if there is none
	here   bool           // it is this process's Windows

	mu      sync.Mutex
	removes map[*runtimedyld.Object]func() error
}

// setFunctionTables chooses who is told: the client's choice, or Windows.
func (e *ExecutionEngine) setFunctionTables(chosen FunctionTables) {
	_, runsHere := e.process.(inprocess.Process)
	if chosen == nil && inprocess.HasFunctionTables && runsHere && !e.unwind.off {
		e.functions.client, e.functions.here = hostTables{}, true
		return
	}
	e.functions.client = chosen
}

// hostTables are Windows's.
type hostTables struct{}

func (hostTables) AddFunctionTable(t runtimedyld.FunctionTable) (func() error, error) {
	return inprocess.AddFunctionTable(t.Addr, t.Entries, t.Base, t.End)
}

// add tells of objects that are about to be finalized, and have the linker see them off.
func (e *ExecutionEngine) addFunctionTables(objects []*runtimedyld.Object) {
	f := &e.functions
	if f.client == nil {
		return
	}
	for _, o := range objects {
		t, ok := o.FunctionTable()
		if !ok || f.knows(o) || f.here && e.processOf(o) == nil {
			continue
		}
		e.dyld.Attend(o)
		remove, err := f.client.AddFunctionTable(t)
		if err != nil {
			e.late.add(&UnwinderError{Module: o.Name(), Function: "AddFunctionTable", Err: err})
			continue
		}
		f.mu.Lock()
		if f.removes == nil {
			f.removes = map[*runtimedyld.Object]func() error{}
		}
		f.removes[o] = remove
		f.mu.Unlock()
	}
}

func (f *functionTables) knows(o *runtimedyld.Object) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.removes[o] != nil
}

// remove takes the tables of objects back that are about to go.
func (f *functionTables) remove(objects []*runtimedyld.Object) error {
	var errs []error
	for _, o := range slices.Backward(objects) {
		f.mu.Lock()
		remove := f.removes[o]
		delete(f.removes, o)
		f.mu.Unlock()
		if remove == nil {
			continue
		}
		if err := remove(); err != nil {
			errs = append(errs, &UnwinderError{Module: o.Name(), Function: "AddFunctionTable's remove", Err: err})
		}
	}
	return joinErrors(errs)
}
