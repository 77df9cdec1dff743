package mcjit

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A JITEventListener is told of modules: LLVM's class of that name. Its methods are called from whatever goroutine finalizes or removes, several at a
// time, without a lock held. They may use the engine, but must neither close it nor remove or reopen the module that they are told of.
type JITEventListener interface {
	// NotifyObjectLoaded is called when a module has been finalized, before the call that finalized it returns. For one that was reopened, and finalized again, NotifyFreeingObject is called before. The key is the engine's number of the
	// module. The image is valid until NotifyFreeingObject of the same key returns.
	NotifyObjectLoaded(key uint64, image *objimage.Image) error
	// NotifyFreeingObject is called before the memory of a module that was finalized is given back, and when it is finalized again.
	NotifyFreeingObject(key uint64) error
}

// A ListenerError is what listeners complained of, or what else has gone wrong beside a finalization: an *IFuncError, an *UnwinderError, a *RoutineError of a module that was removed
// before and could go only now. The modules are finalized, or removed, all the same.
type ListenerError struct{ Err error }

// Error passes on what the listeners said.
func (e *ListenerError) Error() string { return fmt.Sprintf("event listener: %v", e.Err) }

// Unwrap returns what the listeners said.
func (e *ListenerError) Unwrap() error { return e.Err }

func isListenerError(err error) bool {
	var listeners *ListenerError
	return errors.As(err, &listeners)
}

// RegisterJITEventListener adds a listener. It is told of modules that are finalized from now on. nil is ignored.
func (e *ExecutionEngine) RegisterJITEventListener(l JITEventListener) {
	if l != nil {
		e.changeListeners(func(list []JITEventListener) []JITEventListener { return append(slices.Clip(list), l) })
	}
}

// UnregisterJITEventListener takes a listener away; a listener that was not registered, or that cannot be compared (a function), is ignored.
func (e *ExecutionEngine) UnregisterJITEventListener(l JITEventListener) {
	e.changeListeners(func(list []JITEventListener) []JITEventListener {
		i := slices.IndexFunc(list, func(m JITEventListener) bool { return isSame(l, m) })
		if i < 0 {
			return list
		}
		return append(slices.Clone(list[:i]), list[i+1:]...)
	})
}

// isSame is ==, but false where that panics: for values, such as functions, that cannot be compared.
func isSame(l, m JITEventListener) bool {
	return reflect.TypeOf(l) == reflect.TypeOf(m) && reflect.ValueOf(l).Comparable() && l == m
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

// isDebugged says whether debuggers are told of an object.
func (e *ExecutionEngine) isDebugged(o *runtimedyld.Object) bool {
	return e.gdb != nil && (e.gdbAll || o.HasDebugInfo())
}

// finalized is called by the linker as objects become finalized.
func (e *ExecutionEngine) finalized(objects []*runtimedyld.Object) {
	e.life.expect(objects)
	e.expectAnnouncement(objects)
}

// expectAnnouncement notes who is to be told of.
func (e *ExecutionEngine) expectAnnouncement(objects []*runtimedyld.Object) {
	if e.gdb == nil && len(*e.listeners.Load()) == 0 {
		return
	}
	for _, o := range objects {
		if o.Image() != nil && (e.isDebugged(o) || len(*e.listeners.Load()) > 0) {
			e.unannounced.add(o, o.Reopened())
		}
	}
}

// notifyLoaded tells the debuggers and the listeners of objects that have been finalized, but for those that are gone already.
func (e *ExecutionEngine) notifyLoaded(objects []*runtimedyld.Object) error {
	var errs []error
	for _, o := range objects {
		for ok, again := e.unannounced.begin(o); ok; ok, again = e.unannounced.begin(o) {
			errs = append(errs, e.notifyObjectLoaded(o, again)...)
		}
	}
	return e.listenerError(errors.Join(errs...))
}

// notifyObjectLoaded tells of an object; again says that it was told of before, at other addresses.
func (e *ExecutionEngine) notifyObjectLoaded(o *runtimedyld.Object, again bool) (errs []error) {
	defer e.unannounced.end(o) // also when a listener panics
	if again {
		errs = append(errs, e.notifyObjectFreeing(o))
	}
	image := o.DebugImage()
	if e.isDebugged(o) {
		errs = append(errs, objimage.Guard(func() error { return e.gdb.NotifyObjectLoaded(o.ID(), image) }))
	}
	for _, l := range *e.listeners.Load() {
		errs = append(errs, objimage.Guard(func() error { return l.NotifyObjectLoaded(o.ID(), image) }))
	}
	return errs
}

// freeing is called by the linker with an object that is about to go. It tells those who have been told of its loading.
func (e *ExecutionEngine) freeing(o *runtimedyld.Object) error {
	e.life.forget(o)
	if !e.unannounced.drop(o) {
		return nil
	}
	return e.listenerError(e.notifyObjectFreeing(o))
}

// notifyObjectFreeing takes back what was told of an object.
func (e *ExecutionEngine) notifyObjectFreeing(o *runtimedyld.Object) error {
	var err error
	if e.isDebugged(o) {
		err = e.gdb.NotifyFreeingObject(o.ID())
	}
	return errors.Join(err, notifyFreeing(*e.listeners.Load(), o.ID()))
}

// notifyFreeing tells each listener, also after one has panicked: they all have been told of the object, and keep it until then.
func notifyFreeing(listeners []JITEventListener, key uint64) (err error) {
	if len(listeners) == 0 {
		return nil
	}
	defer func() { err = errors.Join(err, notifyFreeing(listeners[1:], key)) }()
	return listeners[0].NotifyFreeingObject(key)
}

func (e *ExecutionEngine) listenerError(err error) error {
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
