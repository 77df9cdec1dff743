package mcjit

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// ErrNoImplementation is an indirect function whose resolver has found none: it returned 0.
var ErrNoImplementation = errors.New("the resolver of an indirect function found no implementation")

// An IFuncError says which indirect function (STT_GNU_IFUNC) has no implementation, and why. What calls it ends up at address 0.
type IFuncError struct {
	Module, Name string
	Err          error // ErrNoProcess, ErrNoImplementation, or the Process's
}

// Error names the module and the function.
func (e *IFuncError) Error() string {
	return fmt.Sprintf("%s: indirect function %q: %v", e.Module, e.Name, e.Err)
}

// Unwrap returns Err.
func (e *IFuncError) Unwrap() error { return e.Err }

// canResolve returns an error if resolvers of indirect functions would have to be run, and there is nowhere to run them. It is called before anything is
// protected, so that nothing has happened then.
func (e *ExecutionEngine) canResolve(objects []*runtimedyld.Object) error {
	var errs []error
	for _, o := range objects {
		if !o.HasIFuncs() || e.processOf(o) != nil {
			continue
		}
		for _, f := range o.IFuncs() {
			errs = append(errs, &IFuncError{Module: o.Name(), Name: f.Name, Err: ErrNoProcess})
		}
	}
	return joinErrors(errs)
}

// resolveIFuncs runs the resolvers, in the order in which modules were loaded, with the linker's turn. Errors are kept for whoever finalized.
func (e *ExecutionEngine) resolveIFuncs(objects []*runtimedyld.Object) {
	for _, o := range objects {
		if !o.HasIFuncs() {
			continue
		}
		p := e.processOf(o)
		var args []uint64
		if _, here := p.(inprocess.Process); here {
			args = inprocess.ResolverArguments()
		}
		for _, f := range o.IFuncs() {
			a, err := p.Call(f.Resolver, args...)
			if err == nil && a == 0 {
				err = ErrNoImplementation
			}
			if err != nil {
				e.late.add(&IFuncError{Module: o.Name(), Name: f.Name, Err: err})
				continue
			}
			f.Set(executor.Addr(a))
			if mm, ok := e.mm.(memmgr.Publisher); ok {
				if err := mm.Publish(f.Slot()); err != nil {
					e.late.add(&IFuncError{Module: o.Name(), Name: f.Name, Err: err})
				}
			}
		}
	}
}
