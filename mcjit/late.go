package mcjit

import (
	"errors"
	"sync"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// lateErrors are those of a finalization that came when it could not fail any more: memory had its final protection; and those of destructors of modules that were
// removed before, and of which the memory was not needed any more. Whoever finalizes next is told, which mostly is whose finalization it was, or else
// whoever closes the engine.
type lateErrors struct {
	mu   sync.Mutex
	list []error
}

func (l *lateErrors) add(errs ...error) {
	if len(errs) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, errs...)
}

// addFreed adds the *runtimedyld.FreeError in an error, if there is one.
func (l *lateErrors) addFreed(err error) {
	var free *runtimedyld.FreeError
	if errors.As(err, &free) {
		l.add(free.Err)
	}
}

// setAside adds an error that is nothing but a *runtimedyld.FreeError, and returns nil then; it returns any other.
func (l *lateErrors) setAside(err error) error {
	if free, ok := err.(*runtimedyld.FreeError); ok {
		l.add(free.Err)
		return nil
	}
	return err
}

// take returns the errors as a ListenerError: the objects are finalized all the same.
func (l *lateErrors) take() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) == 0 {
		return nil
	}
	err := joinErrors(l.list)
	l.list = nil
	return &ListenerError{Err: err}
}
