package mcjit

import "sync"

// lateErrors are those of a finalization that came when it could not fail any more: memory had its final protection. Whoever finalizes next is told,
// which mostly is whose finalization it was.
type lateErrors struct {
	mu   sync.Mutex
	list []error
}

func (l *lateErrors) add(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, err)
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
