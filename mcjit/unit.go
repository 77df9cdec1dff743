package mcjit

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A unit is what a module is compiled from, and how far that has come.
//
//	AddModule          a search, FinalizeObject, GenerateCode
//	    │     ┌───── failed, cancelled ─────┐
//	    ▼     ▼                             │
//	 ┌─────────┐  compile, or ask the cache │ ┌─────────┐  give to the linker  ┌────────┐
//	 │   raw   │ ──────────────────────────┴► │  ready  │ ───────────────────► │ loaded │
//	 └─────────┘                              └─────────┘                      └────────┘
//	      └────────────────────────────────────────┴── RemoveModule, Close ─────────┴─► gone: what is under way is cancelled, and waited for
//
// A module whose unit is raw or ready is Added. Ready ones have an object, which the linker does not know yet.
type unit struct {
	source  codegen.Module
	names   *objimage.Object // that has the names of a unit which is not loaded, or nil: symbols has them; under ExecutionEngine.added.mu, as the next one
	defines []definition     // what is in the table

	mu       sync.Mutex
	symbols  []codegen.Symbol // what the source says of itself, or its object; of one that is cached, nil until somebody asks
	opaque   bool             // the source cannot say
	untyped  bool             // symbols are an object's, which has no signatures
	cached   bool             // the object was there when the module was added
	raw      bool             // counted in addedModules.raw
	gone     bool
	stage    stage
	searches uint8              // that have looked through the names; under ExecutionEngine.added.mu
	working  bool               // somebody brings it to a stage
	cancel   context.CancelFunc // of that, if it compiles, or nil
	outcome  *outcome           // of that, or nil if nobody waits for it
	ready    *objimage.Object   // of a unit that is ready; its buffer belongs to the unit

	stripped *objimage.Object // what is to be loaded of ready; nil while that is not decided; under stripping.mu
	chosen   bool             // that is being loaded, or was; likewise
}

// newModule returns a module that is compiled from something. They are one piece of memory.
func newModule(source codegen.Module) (*Module, *unit) {
	var both struct {
		Module
		unit
	}
	both.Module.unit, both.source = &both.unit, source
	return &both.Module, &both.unit
}

// A stage says how far a unit has come.
type stage uint8

const (
	stageRaw stage = iota
	stageReady
	stageLoaded
)

// An outcome is what work on a unit comes to. One goroutine does it at a time, others who want it wait for this.
type outcome struct {
	done   chan struct{} // closed when the work is
	err    error
	gaveUp bool // nobody waited for it any more, or its module was removed
}

// awaited returns the outcome of the work that is under way. The caller holds unit.mu.
func (u *unit) awaited() *outcome {
	if u.outcome == nil {
		u.outcome = &outcome{done: make(chan struct{})}
	}
	return u.outcome
}

var errGeneratorPanics = errors.New("the code generator panicked")

// advance brings a module to a stage, unless it is there. The error is that of the work, or of ctx; a module that is removed is ErrNotOwned.
func (e *ExecutionEngine) advance(ctx context.Context, m *Module, to stage) error {
	for {
		work, other, err := m.unit.claim(ctx, to)
		switch {
		case err != nil:
			return e.goneError(m)
		case work != nil:
			if err := e.work(work, m, to); err == nil || !m.unit.isGone() {
				return err
			}
			return e.goneError(m)
		case other == nil:
			return nil
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if other.err != nil && !other.gaveUp { // else this one tries
			return other.err
		}
	}
}

func (e *ExecutionEngine) goneError(m *Module) error {
	if e.isClosed() {
		return ErrClosed
	}
	return notOwned(m)
}

// claim says who brings a unit to a stage: the caller, with a context for it that can be cancelled if it compiles, or somebody else, for whose outcome the caller waits; or nobody, if it has come so far already.
func (u *unit) claim(ctx context.Context, to stage) (work context.Context, other *outcome, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.gone:
		return nil, nil, ErrNotOwned
	case u.stage >= to:
		return nil, nil, nil
	case u.working:
		return nil, u.awaited(), nil
	}
	u.working = true
	if u.stage == stageRaw {
		ctx, u.cancel = context.WithCancel(ctx)
	}
	return ctx, nil, nil
}

// isAdded says whether a unit is neither loaded nor gone.
func (u *unit) isAdded() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return !u.gone && u.stage < stageLoaded
}

func (u *unit) isGone() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.gone
}

// work does what was claimed.
func (e *ExecutionEngine) work(ctx context.Context, m *Module, to stage) (err error) {
	err = errGeneratorPanics
	defer func() { m.unit.endWork(err, ctx.Err() != nil) }() // also when it does
	if err = e.makeReady(ctx, m); err == nil && to == stageLoaded {
		err = e.loadReady(ctx, m)
	}
	return err
}

// endWork tells those who wait.
func (u *unit) endWork(err error, gaveUp bool) {
	u.mu.Lock()
	cancel, o := u.cancel, u.outcome
	u.working, u.cancel, u.outcome = false, nil, nil
	u.mu.Unlock()
	if o != nil {
		o.err, o.gaveUp = err, gaveUp
		close(o.done)
	}
	if cancel != nil {
		cancel()
	}
}

// makeReady compiles a unit that is raw, or takes its object from the cache.
func (e *ExecutionEngine) makeReady(ctx context.Context, m *Module) error {
	u := m.unit
	if u.stage != stageRaw { // only such work changes it
		return nil
	}
	img := e.cachedObject(ctx, m)
	if img == nil {
		var err error
		if img, err = e.compile(ctx, m); err != nil {
			return err
		}
	}
	u.setReady(img)
	u.endRaw(&e.added)
	return nil
}

func (u *unit) setReady(img *objimage.Object) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ready, u.stage = img, stageReady
}

// endRaw takes a unit out of the count of those that are raw.
func (u *unit) endRaw(a *addedModules) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.raw {
		u.raw = false
		a.raw.Add(-1)
	}
}

// retainReady returns the object of a unit that is ready, whose buffer the caller has to close; nil of another one.
func (u *unit) retainReady() *objimage.Object {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ready == nil || u.gone {
		return nil
	}
	u.ready.Buffer().Retain()
	return u.ready
}

// compile runs the code generator, and tells the cache.
func (e *ExecutionEngine) compile(ctx context.Context, m *Module) (*objimage.Object, error) {
	source := m.unit.source
	if v, ok := source.(codegen.Verifier); ok && !e.noVerify {
		if err := v.Verify(ctx); err != nil {
			return nil, err
		}
	}
	stream := objimage.NewBufferStream(source.Name())
	if err := source.Generate(ctx, stream); err != nil {
		return nil, err
	}
	buffer, err := stream.Seal()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source.Name(), err)
	}
	img, err := objimage.Parse(buffer)
	if err != nil {
		buffer.Close()
		return nil, err
	}
	e.debug(source.Name(), "compiled")
	e.fillCache(ctx, source, buffer)
	return img, nil
}

// loadReady loads a unit's object, which is the linker's from then on.
func (e *ExecutionEngine) loadReady(ctx context.Context, m *Module) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	u := m.unit
	if u.isGone() {
		return ErrNotOwned
	}
	img := u.ready
	if e.strip != nil {
		var err error
		if img, err = e.strippedUnit(m); err != nil {
			return err
		}
	}
	o, err := e.loadObject(img)
	if err != nil {
		return err
	}
	m.object.Store(o)
	u.mu.Lock()
	m.buffer, u.stage, u.ready = u.ready.Buffer(), stageLoaded, nil
	u.mu.Unlock()
	e.added.remove(m) // after that: see AddModule
	return nil
}

// loadObject gives an object to the linker.
func (e *ExecutionEngine) loadObject(img *objimage.Object) (*runtimedyld.Object, error) {
	o, err := e.dyld.LoadObject(img)
	return o, e.late.setAside(err)
}

// abandonUnit ends what is done with a module's unit, and keeps everybody from beginning something. It returns once nothing is done any more.
func (e *ExecutionEngine) abandonUnit(m *Module) {
	u := m.unit
	u.mu.Lock()
	u.gone = true
	cancel := u.cancel
	var o *outcome
	if u.working {
		o = u.awaited()
	}
	u.mu.Unlock()
	u.endRaw(&e.added)
	e.added.remove(m)
	if cancel != nil {
		cancel()
	}
	if o != nil {
		<-o.done
	}
}

// close gives back what a unit holds that was abandoned.
func (u *unit) close() error {
	var err error
	if u.ready != nil {
		err = u.ready.Buffer().Close()
	}
	return joinErrors([]error{err, u.source.Close()})
}
