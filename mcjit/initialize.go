package mcjit

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// lifetimes are what is known of objects that have constructors, destructors, or exit handlers.
//
//	finalized, uninitialized ──Initialize──► initialized ──Deinitialize──► uninitialized
//	          │                                   │
//	          └──────── RemoveModule, Close ──────┴─► destructors run, memory goes
//
// An object that is removed while its constructors run, or while others refer to it, is seen off later: see runtimedyld.Hooks.Leaving.
type lifetimes struct {
	turn     sync.Mutex // of the goroutine that initializes
	handlers atomic.Pointer[exitHandlers]

	mu          sync.Mutex
	fresh       map[*runtimedyld.Object]struct{}  // finalized, not initialized, and with something to run
	initialized map[*runtimedyld.Object]*lifetime // and with something to run
	registrants map[*runtimedyld.Object]struct{}  // their code may have registered exit handlers
	last        uint64                            // number of the last initialization
}

// A lifetime is what was found in an object when it was initialized.
type lifetime struct {
	number      uint64    // of the initialization
	destructors []routine // in the order of the object
}

// hasRoutines says whether there is something to run when an object begins or ends to be used.
func hasRoutines(o *runtimedyld.Object) bool {
	const all = 1<<runtimedyld.RolePreinit | 1<<runtimedyld.RoleInit | 1<<runtimedyld.RoleFini | 1<<runtimedyld.RoleCtors | 1<<runtimedyld.RoleDtors |
		1<<runtimedyld.RoleInitCode | 1<<runtimedyld.RoleFiniCode | 1<<runtimedyld.RoleCRTInit | 1<<runtimedyld.RoleCRTTerm | 1<<runtimedyld.RoleTLSCallbacks
	return o.Roles()&all != 0
}

// expect notes objects that are finalized, for the first time.
func (l *lifetimes) expect(objects []*runtimedyld.Object) {
	for _, o := range objects {
		if hasRoutines(o) && !o.Reopened() {
			l.mu.Lock()
			l.add(o)
			l.mu.Unlock()
		}
	}
}

func (l *lifetimes) add(o *runtimedyld.Object) {
	if l.fresh == nil {
		l.fresh = map[*runtimedyld.Object]struct{}{}
	}
	l.fresh[o] = struct{}{}
}

// forget is for an object that is removed: it is not initialized any more.
func (l *lifetimes) forget(o *runtimedyld.Object) {
	if hasRoutines(o) {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.fresh, o)
	}
}

// takeFresh returns the objects that are to be initialized, in the order in which they were loaded.
func (l *lifetimes) takeFresh() []*runtimedyld.Object {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := sortedByID(l.fresh)
	l.fresh = nil
	return list
}

func sortedByID(set map[*runtimedyld.Object]struct{}) []*runtimedyld.Object {
	list := make([]*runtimedyld.Object, 0, len(set))
	for o := range set {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *runtimedyld.Object) int { return cmp.Compare(a.ID(), b.ID()) })
	return list
}

// putBack makes objects uninitialized again, but for those that have been removed.
func (l *lifetimes) putBack(objects []*runtimedyld.Object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range objects {
		if o.State() < runtimedyld.Retired { // it may be reopened
			l.add(o)
		}
	}
}

// begin keeps Close waiting until e.inside.Done.
func (e *ExecutionEngine) begin() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return ErrClosed
	}
	e.inside.Add(1)
	return nil
}

// Initialize finalizes everything that is loaded and runs the constructors that have not been run yet, in the order in which a program linked of the
// same objects would: .preinit_array, then .init_array.N and .ctors.N by priority across all modules, then .init_array and .ctors in the order in
// which modules were loaded. Of COFF, TLS callbacks (.CRT$XL*) are told of the process first (DLL_PROCESS_ATTACH), then .CRT$XI* and .CRT$XC* run. LLVM's runStaticConstructorsDestructors(false). Nothing else runs constructors; FunctionAddress and Func do not. Without
// constructors it is FinalizeObject. The arguments are passed to every constructor, as the C library passes argc, argv and envp.
//
// One goroutine initializes at a time, others wait; so constructors must not call Initialize or Close back. They may do anything else. A module that
// is removed meanwhile is, once its constructors are done.
//
// Errors are those of FinalizeObject, and a *RoutineError that names the module whose constructor could not be run. Then the destructors of what
// had been built by this call have run: exit handlers, and the .fini_array and .dtors of modules of which all constructors had run; and the modules are
// finalized and not initialized. If there is no process to run them in, nothing has been run.
func (e *ExecutionEngine) Initialize(args ...uint64) (err error) {
	if err := e.begin(); err != nil {
		return err
	}
	defer e.inside.Done()
	told := e.FinalizeObject()
	var listeners *ListenerError
	if told != nil && !errors.As(told, &listeners) {
		return told
	}
	e.life.turn.Lock()
	defer e.life.turn.Unlock()
	fresh := e.life.takeFresh()
	if len(fresh) == 0 {
		return told
	}
	held := e.dyld.Hold(fresh)
	defer func() { err = joinErrors([]error{told, err, e.dyld.Unhold(held)}) }() // also when the process panics
	return e.construct(held, args)
}

// construct runs the constructors of objects that are held. On error they are uninitialized.
func (e *ExecutionEngine) construct(objects []*runtimedyld.Object, args []uint64) error {
	start, err := e.constructors(objects)
	if err == nil {
		err = e.noteLifetimes(objects)
	}
	if err == nil {
		err = e.checkProcess(objects)
	}
	left := map[*runtimedyld.Object]int{}
	for i := range start {
		left[start[i].object]++
	}
	for i := 0; err == nil && i < len(start); i++ {
		if err = e.run(&start[i], args); err == nil {
			left[start[i].object]--
		}
	}
	if err == nil {
		e.log.WithField("modules", len(objects)).Debug("initialized")
		return nil
	}
	e.life.dropLifetimes(objects, left)
	undone := e.destroy(objects, false)
	e.life.putBack(objects)
	return joinErrors([]error{err, undone})
}

// noteLifetimes notes what is to be run when objects that are initialized together go.
func (e *ExecutionEngine) noteLifetimes(objects []*runtimedyld.Object) error {
	l := &e.life
	list, err := e.destructors(objects)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.initialized == nil {
		l.initialized = map[*runtimedyld.Object]*lifetime{}
	}
	l.last++
	for _, o := range objects {
		l.initialized[o] = &lifetime{number: l.last}
	}
	for _, r := range list {
		t := l.initialized[r.object]
		t.destructors = append(t.destructors, r)
	}
	return nil
}

// dropLifetimes forgets the destructors of those objects of which not all constructors have run: left says how many have not.
func (l *lifetimes) dropLifetimes(objects []*runtimedyld.Object, left map[*runtimedyld.Object]int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, o := range objects {
		if left[o] > 0 {
			delete(l.initialized, o)
		}
	}
}

// checkProcess returns an error if something is to be run and there is nowhere to.
func (e *ExecutionEngine) checkProcess(objects []*runtimedyld.Object) error {
	for _, o := range objects {
		if e.processOf(o) == nil {
			return &RoutineError{Module: o.Name(), Section: "constructors", Err: ErrNoProcess}
		}
	}
	return nil
}

// Deinitialize runs the destructors of everything that is initialized, as the end of a program does: the exit handlers of all modules, last
// registered first, then .fini_array and .dtors in reverse order of initialization. Of COFF, .CRT$XP* and .CRT$XT* run, then TLS callbacks are told (DLL_PROCESS_DETACH); they are not told of
// threads that begin or end. The modules stay, uninitialized. LLVM's
// runStaticConstructorsDestructors(true). RemoveModule and Close do it for what they remove, so that it is needed only where the process ends without
// Close.
//
// It waits for nobody, so that it may be called by whatever runs in the process, constructors that call C's exit included: then what they have built
// so far is destroyed, and .fini_array runs as it does in a program. Each destructor runs once, whoever gets to it. Errors are *RoutineError, several
// joined; the other destructors have run all the same.
func (e *ExecutionEngine) Deinitialize() error {
	return e.deinitialize(func(held []*runtimedyld.Object, destructors []routine) error {
		return e.runLast(held, destructors, true)
	})
}

// RunStaticDestructors runs the destructors of everything that is initialized, and no exit handlers, as LLVM's runStaticConstructorsDestructors(true) does, behind which its tools call C's exit: those of
// the highest priority first and, of one priority, in the order in which modules were loaded and in which they list them. Deinitialize runs what is left. Errors, and who may call it, are as there.
func (e *ExecutionEngine) RunStaticDestructors() error {
	return e.deinitialize(func(_ []*runtimedyld.Object, destructors []routine) error {
		return e.runLast(nil, forward(destructors), false)
	})
}

// deinitialize makes everything that is initialized uninitialized, while run runs destructors, which it gets in the order of a program's end.
func (e *ExecutionEngine) deinitialize(run func(held []*runtimedyld.Object, destructors []routine) error) (err error) {
	if err := e.begin(); err != nil {
		return err
	}
	defer e.inside.Done()
	held := e.dyld.Hold(e.life.alive())
	were, destructors := e.life.end(held) // by this call: what another one ends is that one's to put back
	defer func() {                        // also when the process panics
		e.life.putBack(were)
		err = joinErrors([]error{err, e.dyld.Unhold(held)})
	}()
	return run(held, destructors)
}

// alive returns the objects that have something to be run when they go.
func (l *lifetimes) alive() []*runtimedyld.Object {
	l.mu.Lock()
	defer l.mu.Unlock()
	set := map[*runtimedyld.Object]struct{}{}
	for o := range l.initialized {
		set[o] = struct{}{}
	}
	for o := range l.registrants {
		set[o] = struct{}{}
	}
	return sortedByID(set)
}
