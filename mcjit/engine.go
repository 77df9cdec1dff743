package mcjit

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/gdbjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// An ExecutionEngine links modules and keeps them until they are removed. Make one with [New], and Close it.
type ExecutionEngine struct {
	mm       memmgr.JITMemoryManager
	own      *memmgr.SectionMemoryManager // mm, if the engine made it
	dyld     *runtimedyld.RuntimeDyld
	resolver runtimedyld.SymbolResolver // the client's
	patient  runtimedyld.SymbolResolver // of links that nobody gives up: most, and so it is made once
	gdb      *gdbjit.Listener           // nil if debuggers are not told
	gdbAll   bool
	threads  executor.ThreadStorage // nil if there is none
	log      *logrus.Entry
	process  executor.Process // where code is run, or nil
	onlyHere bool             // process is this one, because nothing else was said
	remapped atomic.Bool      // modules may have been mapped elsewhere

	noRuntime bool // the compiler runtime is off
	noVerify  bool // modules are not verified before they are compiled
	retention runtimedyld.Retention
	generator codegen.Generator
	strip     *stripping // nil if objects are loaded whole

	added      addedModules
	lastModule atomic.Uint64 // number of the last module
	cache      atomic.Pointer[ObjectCache]
	noSearch   atomic.Bool // the client's resolver is not asked
	mappings   globalMappings
	standIns   standIns

	creator   atomic.Pointer[LazyFunctionCreator]
	listeners atomic.Pointer[[]JITEventListener] // replaced, never changed

	unannounced announcements
	late        lateErrors
	inside      sync.WaitGroup // calls on their way that remove modules or run their code; see begin
	shutting    atomic.Bool    // Close gives everything back
	life        lifetimes
	unwind      unwinding
	functions   functionTables

	mu       sync.Mutex
	closed   atomic.Bool // read without mu by those who do nothing that Close has to know of
	modules  []*Module
	archives []*archive
	builtin  *archive  // the compiler runtime; nil until a link asks for it, or if it is off
	builtins []*Module // its members that were loaded, and stand-ins
}

// A LazyFunctionCreator makes a function that is needed and that nobody else defines: LLVM's InstallLazyFunctionCreator. It returns 0 for names
// that it does not know. The function has to stay until the engine is closed.
type LazyFunctionCreator func(name string) executor.Addr

// Errors of engines, for errors.Is. Those of linking are in package runtimedyld.
var (
	// ErrClosed is any use of an engine that was closed.
	ErrClosed = runtimedyld.ErrClosed
	// ErrSymbolNotFound is a look-up of a name that the engine does not have.
	ErrSymbolNotFound = errors.New("symbol not found")
	// ErrNotOwned is a module of another engine, or one that was removed.
	ErrNotOwned = errors.New("module is not in this engine")
)

// An Option changes how New makes an engine.
type Option func(*options)

type options struct {
	mm        memmgr.JITMemoryManager
	memory    []memmgr.Option
	resolver  runtimedyld.SymbolResolver
	listeners []JITEventListener
	gdb       GDBPolicy
	logger    *logrus.Logger
	process   executor.Process
	noUnwind  bool
	functions FunctionTables
	ownData   bool
	noRuntime bool
	noVerify  bool
	generator codegen.Generator
	cache     ObjectCache
	all       bool // sections
	strip     *stripping
	redefine  bool
	unrelaxed bool
	retention runtimedyld.Retention
	standIns  func(outside map[string]executor.Addr) []byte

	threads      executor.ThreadStorage
	threadsGiven bool
}

// WithMemoryManager makes the engine put sections where mm says. The manager stays the client's; it must outlive the engine.
func WithMemoryManager(mm memmgr.JITMemoryManager) Option {
	return func(o *options) { o.mm = mm }
}

// WithMemoryOptions are options of the SectionMemoryManager that the engine makes for itself if it is not given another manager.
func WithMemoryOptions(opts ...memmgr.Option) Option {
	return func(o *options) { o.memory = append(o.memory, opts...) }
}

// WithSymbolResolver makes the engine ask the resolver for symbols that neither its modules nor its archives define. Look-ups by name do not
// ask it; only links do. When the first module with an unwind table is finalized the resolver is also asked for the process's unwinder (__register_frame
// and its kin), as for weak symbols, whose errors are ignored: see WithoutUnwinding.
func WithSymbolResolver(r runtimedyld.SymbolResolver) Option {
	return func(o *options) { o.resolver = r }
}

// WithEventListener adds a listener from the start. nil is ignored.
func WithEventListener(l JITEventListener) Option {
	return func(o *options) {
		if l != nil {
			o.listeners = append(o.listeners, l)
		}
	}
}

// A GDBPolicy says which objects debuggers are told of.
type GDBPolicy int

// The policies.
const (
	GDBDebugInfo GDBPolicy = iota // objects with debug information; the default
	GDBAll                        // all objects, so that backtraces have names; costs a copy of each
	GDBOff                        // none
)

// WithGDB sets which objects are registered with GDB's JIT interface, which LLDB reads too.
func WithGDB(p GDBPolicy) Option { return func(o *options) { o.gdb = p } }

// WithLogger makes the engine log what it does, at debug level, and what listeners complain of, as warnings. Without one it is silent.
func WithLogger(l *logrus.Logger) Option { return func(o *options) { o.logger = l } }

// WithProcessAllSections makes the engine load all sections of objects, also those that a program does not have in memory, such as debug information: LLVM's setProcessAllSections. They are read-only
// data then, linked as a program's file would have them: see runtimedyld.SetProcessAllSections.
func WithProcessAllSections() Option { return func(o *options) { o.all = true } }

// WithRedefinition makes the engine take objects and modules that define strongly what others define strongly already, as LLVM's MCJIT does without a word; by default they are a
// *runtimedyld.DuplicateError. The definition that was loaded last is in force then: see runtimedyld.AllowRedefinition.
func WithRedefinition() Option { return func(o *options) { o.redefine = true } }

// New returns an engine without modules. It reserves address space for what will be loaded. Errors are those of the memory manager, for instance
// on a host that does not allow executable memory.
func New(opts ...Option) (*ExecutionEngine, error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	e := &ExecutionEngine{mm: o.mm, resolver: o.resolver, log: logEntry(o.logger), gdbAll: o.gdb == GDBAll, threads: o.threadStorage()}
	if e.mm == nil {
		mm, err := memmgr.New(o.memory...)
		if err != nil {
			return nil, err
		}
		e.mm, e.own = mm, mm
	}
	if o.gdb != GDBOff {
		e.gdb = &gdbjit.Listener{All: e.gdbAll}
	}
	e.setProcess(o.process)
	_, here := e.process.(inprocess.Process)
	e.unwind.off, e.noRuntime = o.noUnwind, o.noRuntime || here && inprocess.MicrosoftABI
	e.setFunctionTables(o.functions)
	e.noVerify, e.generator, e.strip = o.noVerify, o.generator, o.strip
	e.SetObjectCache(o.cache)
	e.listeners.Store(&o.listeners)
	e.unannounced.changed.L = &e.unannounced.mu
	e.standIns.make, e.standIns.turn = o.standIns, make(chan struct{}, 1)
	e.patient = resolver{e, context.Background()}
	e.dyld = runtimedyld.New(e.mm, e.patient)
	if here && !o.ownData {
		e.dyld.BindHostData(true)
	}
	e.dyld.SetProcessAllSections(o.all)
	e.dyld.AllowRedefinition(o.redefine)
	e.dyld.SetRelaxation(!o.unrelaxed)
	e.retention = o.retention
	e.dyld.SetRetention(o.retention)
	if e.threads != nil {
		e.dyld.SetThreadStorage(e.threads)
	}
	e.dyld.SetHooks(runtimedyld.Hooks{Finalizing: e.finalizing, Finalized: e.finalized, Leaving: e.leaving, Freeing: e.freeing})
	return e, nil
}

// logEntry returns the engine's logger: one field names the component.
func logEntry(l *logrus.Logger) *logrus.Entry {
	if l == nil {
		l = logrus.New()
		l.SetOutput(io.Discard)
		l.SetLevel(logrus.PanicLevel)
	}
	return l.WithField("jit", "mcjit")
}

// debug logs what has happened to a module. A silent engine pays nothing for it.
func (e *ExecutionEngine) debug(module, what string) {
	if e.log.Logger.IsLevelEnabled(logrus.DebugLevel) {
		e.log.WithField("module", module).Debug(what)
	}
}

// InstallLazyFunctionCreator sets the function that is asked last for a name, by links and by look-ups. nil takes it away.
func (e *ExecutionEngine) InstallLazyFunctionCreator(f LazyFunctionCreator) {
	if f == nil {
		e.creator.Store(nil)
		return
	}
	e.creator.Store(&f)
}

// Stats is what an engine holds.
type Stats struct {
	Modules  int                        // that are in the engine, whether they are compiled or not
	Symbols  int                        // names: defined, mapped, and referred to
	Retained runtimedyld.RetentionStats // what is kept so that modules can be linked again
	Memory   memmgr.Stats               // of the engine's own memory manager; zero if the client gave one
}

// Stats returns what the engine holds now. It is equal before and after an operation that failed, and before and after a module was added and removed;
// but what a link that failed has found on its way stays for the next one: archive members, and the storage of commons.
func (e *ExecutionEngine) Stats() Stats {
	e.mu.Lock()
	s := Stats{Modules: len(e.modules)}
	e.mu.Unlock()
	s.Symbols, s.Retained = e.dyld.NumSymbols(), e.dyld.RetentionStats()
	if e.own != nil {
		s.Memory = e.own.Stats()
	}
	return s
}

func (e *ExecutionEngine) isClosed() bool { return e.closed.Load() }

// Close runs the destructors of what was initialized, in reverse order of initialization, removes all modules and archives, gives all memory back,
// and tells the listeners. What is being compiled is cancelled. No code of the engine may be running. Calls of other methods that are on their way are waited for, or end with ErrClosed;
// so clients' code that the engine calls, and that of its modules, must not close it. Closing again is no error; every other use of the engine is
// ErrClosed from then on. Errors are those of listeners, *RoutineError, *UnwinderError, what FinalizeObject has not been there to tell, and those of the memory manager and of
// buffers; everything is gone all the same.
func (e *ExecutionEngine) Close() (err error) {
	e.mu.Lock()
	modules, archives, closed := append(e.modules, e.builtins...), e.archives, e.closed.Swap(true)
	e.modules, e.archives, e.builtins = nil, nil, nil
	e.mu.Unlock()
	if closed {
		return nil
	}
	e.abandon(modules)
	e.inside.Wait()
	e.shutting.Store(true)
	defer func() { // also when a listener panics
		errs := []error{err, e.late.take()}
		if e.own != nil {
			errs = append(errs, e.own.Close())
		}
		for _, m := range modules {
			if err := m.close(); err != nil {
				errs = append(errs, err)
			}
		}
		for _, a := range archives {
			errs = append(errs, a.close())
		}
		err = joinErrors(errs)
	}()
	if e.own != nil {
		return e.dyld.Abandon() // its memory goes as a whole
	}
	return e.dyld.Close()
}
