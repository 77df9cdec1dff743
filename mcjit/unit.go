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
	defines []definition // under ExecutionEngine.added.mu

	mu      sync.Mutex
	symbols []codegen.Symbol // what the source says of itself, or its object
	opaque  bool             // the source cannot say
	untyped bool             // symbols are an object's, which has no signatures
	stage   stage
	job     *job             // that is under way, or nil
	ready   *objimage.Object // of a unit that is ready; its buffer belongs to the unit
	needs   []string         // what that leaves undefined
	gone    bool
}

// A stage says how far a unit has come.
type stage uint8

const (
	stageRaw stage = iota
	stageReady
	stageLoaded
)

// A job is work on a unit. One goroutine does it at a time, others who want it wait.
type job struct {
	ctx    context.Context    // of the goroutine; of its own if it compiles
	cancel context.CancelFunc // of that one, or nil
	done   chan struct{}
	err    error // once it is done
	gaveUp bool  // once it is done: nobody waited for it any more, or its module was removed
}

var errGeneratorPanics = errors.New("the code generator panicked")

// advance brings a module to a stage, unless it is there. The error is that of the work, or of ctx; a module that is removed is ErrNotOwned.
func (e *ExecutionEngine) advance(ctx context.Context, m *Module, to stage) error {
	for {
		j, lead, err := m.unit.claim(ctx, to)
		switch {
		case err != nil:
			return e.goneError(m)
		case j == nil:
			return nil
		case lead:
			if err := e.work(j, m, to); !m.unit.isGone() || err == nil {
				return err
			}
			return e.goneError(m)
		}
		select {
		case <-j.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if j.err != nil && !j.gaveUp { // else this one tries
			return j.err
		}
	}
}

func (e *ExecutionEngine) goneError(m *Module) error {
	if e.isClosed() {
		return ErrClosed
	}
	return notOwned(m)
}

// claim returns the work that is under way; lead says that the caller has to do it. There is none for a unit that has come so far already.
func (u *unit) claim(ctx context.Context, to stage) (j *job, lead bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.gone:
		return nil, false, ErrNotOwned
	case u.stage >= to:
		return nil, false, nil
	case u.job != nil:
		return u.job, false, nil
	}
	u.job = &job{ctx: ctx, done: make(chan struct{}), err: errGeneratorPanics}
	if u.stage == stageRaw {
		u.job.ctx, u.job.cancel = context.WithCancel(ctx)
	}
	return u.job, true, nil
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

// work does a job.
func (e *ExecutionEngine) work(j *job, m *Module, to stage) error {
	u := m.unit
	defer func() { // also when the code generator panics
		u.mu.Lock()
		u.job = nil
		u.mu.Unlock()
		j.gaveUp = j.ctx.Err() != nil
		close(j.done)
		if j.cancel != nil {
			j.cancel()
		}
	}()
	if j.err = e.makeReady(j.ctx, m); j.err == nil && to == stageLoaded {
		j.err = e.loadReady(j.ctx, m)
	}
	return j.err
}

// makeReady compiles a unit that is raw, or takes its object from the cache.
func (e *ExecutionEngine) makeReady(ctx context.Context, m *Module) error {
	u := m.unit
	if u.stage != stageRaw { // only jobs change it
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
	return nil
}

func (u *unit) setReady(img *objimage.Object) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ready, u.needs, u.stage = img, undefinedNames(img), stageReady
}

// undefined returns the names that a unit leaves undefined that is ready; none of another one.
func (u *unit) undefined() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.needs
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
	o, err := e.loadObject(u.ready)
	if err != nil {
		return err
	}
	m.object.Store(o)
	u.mu.Lock()
	m.buffer, u.stage, u.ready, u.needs = u.ready.Buffer(), stageLoaded, nil, nil
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
	j := u.job
	u.mu.Unlock()
	e.added.remove(m)
	if j == nil {
		return
	}
	if j.cancel != nil {
		j.cancel()
	}
	<-j.done
}

// close gives back what a unit holds that was abandoned.
func (u *unit) close() error {
	var errs []error
	if u.ready != nil {
		errs = append(errs, u.ready.Buffer().Close())
	}
	return joinErrors(append(errs, u.source.Close()))
}
