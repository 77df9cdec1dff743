package mcjit

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/threads"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// WithThreadStorage gives the engine's modules thread-local variables. In a process with a C library (cgo, or package hostlib) that is
// hostlib.NewThreadStorage. Otherwise, and always on Windows, an engine has threads.Storage if it is not given any, unless the client places its sections, and may run them in
// another process. nil refuses modules with thread-local variables.
func WithThreadStorage(s executor.ThreadStorage) Option {
	return func(o *options) { o.threads, o.threadsGiven = s, true }
}

// threadStorage returns the storage that the options lead to, nil if there is none.
func (o *options) threadStorage() executor.ThreadStorage {
	if o.threadsGiven || o.mm != nil {
		return o.threads
	}
	s, err := threads.Storage()
	if err != nil {
		return nil // objects that need it say so
	}
	return s
}

// noteThreadCode attends to objects that may register destructors of thread-local objects. It is called by the linker's Finalizing.
func (e *ExecutionEngine) noteThreadCode(objects []*runtimedyld.Object) {
	if e.dyld.HasThreadCode() {
		for _, o := range objects {
			e.dyld.Attend(o)
		}
	}
}

// endThreadObjects runs the destructors of thread-local objects that objects have registered, and that have not run yet because the threads go on. As at a
// thread's end, they come before those of static objects.
func (e *ExecutionEngine) endThreadObjects(objects []*runtimedyld.Object) error {
	if e.threads == nil || !e.dyld.HasThreadCode() {
		return nil
	}
	var code []executor.AddrRange
	for _, o := range objects {
		code = append(code, o.AddrRanges()...)
	}
	return e.threads.EndThreadObjects(code)
}

// ErrThreadLocal is a look-up of a thread-local variable: it has no address but one in each thread.
var ErrThreadLocal = runtimedyld.ErrThreadLocal
