package mcjit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A JITEventListener is told of modules: LLVM's class of that name. Its methods are called from whatever goroutine finalizes or removes, several at a
// time, without a lock held.
type JITEventListener interface {
	// NotifyObjectLoaded is called when a module has been finalized. The key is the engine's number of the module. The image is valid until
	// NotifyFreeingObject of the same key returns.
	NotifyObjectLoaded(key uint64, image *objimage.Image) error
	// NotifyFreeingObject is called before the memory of a module that was finalized is given back.
	NotifyFreeingObject(key uint64) error
}

// A ListenerError is what listeners complained of. The modules are finalized, or removed, all the same.
type ListenerError struct{ Err error }

// Error passes on what the listeners said.
func (e *ListenerError) Error() string { return fmt.Sprintf("event listener: %v", e.Err) }

// Unwrap returns what the listeners said.
func (e *ListenerError) Unwrap() error { return e.Err }

// RegisterJITEventListener adds a listener. It is told of modules that are finalized from now on. nil is ignored.
func (e *ExecutionEngine) RegisterJITEventListener(l JITEventListener) {
	if l != nil {
		e.changeListeners(func(list []JITEventListener) []JITEventListener { return append(slices.Clip(list), l) })
	}
}

// UnregisterJITEventListener takes a listener away; a listener that was not registered is ignored.
func (e *ExecutionEngine) UnregisterJITEventListener(l JITEventListener) {
	e.changeListeners(func(list []JITEventListener) []JITEventListener {
		i := slices.Index(list, l)
		if i < 0 {
			return list
		}
		return append(slices.Clone(list[:i]), list[i+1:]...)
	})
}

func (e *ExecutionEngine) changeListeners(change func([]JITEventListener) []JITEventListener) {
	for {
		old := e.listeners.Load()
		changed := change(*old)
		if e.listeners.CompareAndSwap(old, &changed) {
			return
		}
	}
}

// notifyLoaded tells the debuggers and the listeners of objects that have been finalized.
func (e *ExecutionEngine) notifyLoaded(objects []*runtimedyld.Object) error {
	listeners := *e.listeners.Load()
	var errs []error
	for _, o := range objects {
		if o.Image() == nil {
			continue
		}
		debugged := e.gdb != nil && (e.gdbAll || o.HasDebugInfo())
		if !debugged && len(listeners) == 0 {
			continue
		}
		image := o.DebugImage()
		if debugged {
			errs = append(errs, e.gdb.NotifyObjectLoaded(o.ID(), image))
		}
		for _, l := range listeners {
			errs = append(errs, l.NotifyObjectLoaded(o.ID(), image))
		}
	}
	return e.listenerError(errs)
}

// notifyFreeing tells them of an object that is about to go.
func (e *ExecutionEngine) notifyFreeing(o *runtimedyld.Object) error {
	var errs []error
	if e.gdb != nil && (e.gdbAll || o.HasDebugInfo()) {
		errs = append(errs, e.gdb.NotifyFreeingObject(o.ID()))
	}
	for _, l := range *e.listeners.Load() {
		errs = append(errs, l.NotifyFreeingObject(o.ID()))
	}
	return e.listenerError(errs)
}

func (e *ExecutionEngine) listenerError(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	e.log.WithError(err).Warn("event listener")
	return &ListenerError{Err: err}
}

// joinErrors is errors.Join that does not wrap a single error.
func joinErrors(errs []error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
