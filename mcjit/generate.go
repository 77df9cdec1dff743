package mcjit

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// ErrNoModule is nil where a module, an object or an archive is to be added.
var ErrNoModule = errors.New("there is no module, object or archive to be added: it is nil")

// ErrNoCodeGenerator is a source that is given to an engine which has nothing to compile it with.
var ErrNoCodeGenerator = errors.New("the engine has no code generator; give it one with WithCodeGenerator, or add a module of one with AddModule")

// WithCodeGenerator sets what compiles the sources that AddSource takes: see codegen/llvm and codegen/command. Target, optimisation, code and relocation
// model are the generator's options.
func WithCodeGenerator(g codegen.Generator) Option { return func(o *options) { o.generator = g } }

// WithVerifyModules says whether modules that can be verified (codegen.Verifier) are before they are compiled: LLVM's setVerifyModules. They are by default.
func WithVerifyModules(on bool) Option { return func(o *options) { o.noVerify = !on } }

// AddModule adds a module that is to be compiled: LLVM's addModule. It is Added, and nothing is compiled yet. A search that finds its name nowhere else
// compiles the module that defines it, and no other; FinalizeObject, FinalizeModule and GenerateCode compile what they are asked to. From then on the engine owns the module, and
// closes it when it is removed; on error it stays the caller's and the engine is as before.
//
// The module is asked for its symbols, unless the object cache has its object. One that cannot tell them (codegen.ErrSymbolsUnknown) is compiled when a
// search has found a name nowhere else. Errors are ErrClosed, ErrNoModule and those of Symbols, such as *codegen.Error.
func (e *ExecutionEngine) AddModule(source codegen.Module) (*Module, error) {
	if e.isClosed() {
		return nil, ErrClosed
	}
	if source == nil {
		return nil, ErrNoModule
	}
	m, u := newModule(source)
	m.number = e.lastModule.Add(1)
	cached := e.cachedObject(context.Background(), m)
	if cached != nil {
		u.cached, u.ready, u.stage = true, cached, stageReady
	} else {
		var err error
		u.symbols, err = source.Symbols(context.Background())
		if u.opaque = errors.Is(err, codegen.ErrSymbolsUnknown); err != nil && !u.opaque {
			return nil, err
		}
		u.raw = true
		e.added.raw.Add(1)
	}
	if !e.enter(m) {
		u.endRaw(&e.added)
		if u.ready != nil {
			u.ready.Buffer().Close()
		}
		return nil, ErrClosed
	}
	e.added.add(m, cached)
	return m, nil
}

// AddSource adds what the engine's code generator makes of a source: see AddModule. Errors are also ErrNoCodeGenerator and those of the generator, such as
// *codegen.UnsupportedError.
func (e *ExecutionEngine) AddSource(src codegen.Source) (*Module, error) {
	if e.generator == nil {
		return nil, ErrNoCodeGenerator
	}
	source, err := e.generator.NewModule(src)
	if err != nil {
		return nil, err
	}
	m, err := e.AddModule(source)
	if err != nil {
		return nil, joinErrors([]error{err, source.Close()})
	}
	return m, nil
}

// GenerateCode compiles modules that are Added, all if none are named, as many at a time as there are processors, and loads their objects in the order in which the modules were
// added: LLVM's generateCodeForModule. They are Loaded afterwards, and nothing is linked; those that are already stay as they are. A goroutine that wants a module which another one is compiling
// waits for that one.
//
// When ctx is done, what this call compiles is cancelled, and its modules stay Added. Errors are those of the code generator, for each module that has one: then none is loaded, and those that
// could be compiled are not compiled again. They are also those of runtimedyld.LoadObject; the other modules are loaded then.
func (e *ExecutionEngine) GenerateCode(ctx context.Context, modules ...*Module) error {
	if err := e.begin(); err != nil {
		return err
	}
	defer e.inside.Done()
	if len(modules) == 0 {
		return e.generate(ctx, e.added.all())
	}
	list, err := e.unitsOf(modules)
	if err != nil {
		return err
	}
	return e.generate(ctx, list)
}

// unitsOf returns those modules that are compiled from something, in the order of their addition.
func (e *ExecutionEngine) unitsOf(modules []*Module) (list []*Module, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, m := range modules {
		if !e.has(m) {
			return nil, notOwned(m)
		}
		if m.unit != nil && !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	return inOrderOfAddition(list), nil
}

// generate compiles modules, which are in the order of their addition, and loads their objects once all are compiled.
func (e *ExecutionEngine) generate(ctx context.Context, modules []*Module) error {
	if err := e.makeAllReady(ctx, modules); err != nil {
		return err
	}
	return e.loadAll(ctx, modules)
}

// loadAll loads the objects of modules.
func (e *ExecutionEngine) loadAll(ctx context.Context, modules []*Module) error {
	var errs []error
	for _, m := range modules {
		if err := e.unlessRemoved(ctx, m, stageLoaded); err != nil {
			errs = append(errs, err)
		}
	}
	return joinErrors(errs)
}

// unlessRemoved is advance for one of several modules, of which it is no matter if it is removed meanwhile.
func (e *ExecutionEngine) unlessRemoved(ctx context.Context, m *Module, to stage) error {
	if err := e.advance(ctx, m, to); !errors.Is(err, ErrNotOwned) {
		return err
	}
	return nil
}

// makeAllReady compiles modules, some at a time.
func (e *ExecutionEngine) makeAllReady(ctx context.Context, modules []*Module) error {
	switch len(modules) {
	case 0:
		return nil
	case 1:
		return e.unlessRemoved(ctx, modules[0], stageReady)
	}
	errs := make([]error, len(modules))
	var panicked any
	var once sync.Once
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, m := range modules {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() {
				if p := recover(); p != nil { // goes on where the client can recover from it
					once.Do(func() { panicked = p })
				}
				<-slots
			}()
			errs[i] = e.unlessRemoved(ctx, m, stageReady)
		})
	}
	wg.Wait()
	if panicked != nil {
		panic(panicked)
	}
	return joinErrors(errs)
}

// generateFor compiles the module that a search has come to, and those that it needs in turn, and loads them together: so that nothing is loaded
// whose link would have to wait for a compiler, and so hold up the links of others.
func (e *ExecutionEngine) generateFor(ctx context.Context, m *Module) error {
	if e.added.raw.Load() > 0 {
		if err := e.unlessRemoved(ctx, m, stageReady); err != nil {
			return err
		}
	}
	if e.added.raw.Load() == 0 { // no link has to wait for a compiler
		return e.unlessRemoved(ctx, m, stageLoaded)
	}
	all := []*Module{m}
	chosen := map[*Module]bool{m: true}
	for fresh := all; len(fresh) > 0; {
		if err := e.makeAllReady(ctx, fresh); err != nil {
			return err
		}
		fresh = e.neededBy(fresh, chosen)
		all = append(all, fresh...)
	}
	return e.loadAll(ctx, inOrderOfAddition(all))
}

// neededBy returns the modules that are added and that define what the objects of others, which are ready, leave undefined. It chooses none twice.
func (e *ExecutionEngine) neededBy(modules []*Module, chosen map[*Module]bool) (needed []*Module) {
	for _, m := range modules {
		img := m.unit.retainReady()
		if img == nil {
			continue
		}
		forGlobals(img, func(y objimage.Symbol) {
			if y.Place != objimage.PlaceUndefined {
				return
			}
			name := string(img.SymbolName(&y))
			n := e.added.find(name, false)
			if n == nil || chosen[n] {
				return
			}
			if _, loaded := e.dyld.SymbolLoadAddress(name); !loaded && !e.inArchive(name) {
				chosen[n] = true
				needed = append(needed, n)
			}
		})
		if err := img.Buffer().Close(); err != nil { // its module was removed meanwhile
			e.late.add(err)
		}
	}
	return inOrderOfAddition(needed)
}

// inArchive says whether an archive defines a name: archives are searched before modules that are added.
func (e *ExecutionEngine) inArchive(name string) bool {
	e.mu.Lock()
	archives := e.archives
	e.mu.Unlock()
	return slices.ContainsFunc(archives, func(a *archive) bool { _, ok := a.archive.Lookup(name); return ok })
}
