package mcjit

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// ErrNoProcess says that code has to be run and that the engine does not know where: see WithProcess.
var ErrNoProcess = errors.New("no process is known to run code in; give the engine one with WithProcess")

// WithProcess sets the process in which the engine runs what has to run: constructors, destructors, the registration of unwind tables. The default is
// this process, where package inprocess can make calls (inprocess.Supported), for engines whose memory is in this process for sure: that have no memory
// manager of the client's, or a *memmgr.SectionMemoryManager, and for modules of theirs that MapSectionAddress has not moved. Otherwise there is
// none, and what has to run is ErrNoProcess. The process has to outlive the engine.
func WithProcess(p executor.Process) Option { return func(o *options) { o.process = p } }

// setProcess chooses where code runs.
func (e *ExecutionEngine) setProcess(chosen executor.Process) {
	if e.process = chosen; chosen != nil || !inprocess.Supported {
		return
	}
	if _, ok := e.mm.(*memmgr.SectionMemoryManager); ok {
		e.process, e.onlyHere = inprocess.Process{}, true
	}
}

// checkHost returns an error if code that is to run in this process is for another processor.
func (e *ExecutionEngine) checkHost(objects []*runtimedyld.Object) error {
	if _, here := e.process.(inprocess.Process); !here {
		return nil
	}
	arch := e.dyld.Arch()
	if arch == inprocess.Arch {
		return nil
	}
	var errs []error
	for _, o := range objects {
		if o.Image() != nil && e.processOf(o) != nil {
			errs = append(errs, &runtimedyld.ObjectError{Object: o.Name(), Err: runtimedyld.ErrUnsupportedArch, Msg: fmt.Sprintf(
				"it is for %s, and this process is %s; map its sections to where they will run (MapSectionAddress), or give the engine that process (WithProcess)", arch, inprocess.Arch)})
		}
	}
	return joinErrors(errs)
}

// processOf returns where an object's code runs, or nil.
func (e *ExecutionEngine) processOf(o *runtimedyld.Object) executor.Process {
	if e.onlyHere && o.Remapped() {
		return nil
	}
	return e.process
}

// processAt returns where the code at an address of the engine runs, or nil.
func (e *ExecutionEngine) processAt(addr executor.Addr) executor.Process {
	if e.onlyHere && e.remapped.Load() {
		if m := e.moduleAt(addr); m != nil {
			return e.processOf(m.Object())
		}
	}
	return e.process
}
