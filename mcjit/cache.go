package mcjit

import (
	"context"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// An ObjectCache keeps compiled objects: LLVM's class of that name. Package codegen/objcache has two on disk. An engine asks it before it compiles, and tells it of what
// it has compiled. Methods are called from any goroutine, several at a time, without a lock held, for one module by one goroutine at a time.
//
// A cache never stops an engine: its errors are logged, and what is not an object is compiled anew.
type ObjectCache interface {
	// NotifyObjectCompiled is called with the object of a module that has just been compiled. The buffer is the engine's: who keeps it beyond the call
	// retains it.
	NotifyObjectCompiled(ctx context.Context, m codegen.Module, object *objimage.Buffer) error
	// Object returns the object of a module, LLVM's getObject, or nil if the cache has none. The buffer is the caller's.
	Object(ctx context.Context, m codegen.Module) (*objimage.Buffer, error)
}

// WithObjectCache sets the cache of compiled objects from the start: see SetObjectCache.
func WithObjectCache(c ObjectCache) Option { return func(o *options) { o.cache = c } }

// SetObjectCache sets the cache of compiled objects. It is asked for modules that are added or compiled from now on. nil takes it away.
func (e *ExecutionEngine) SetObjectCache(c ObjectCache) {
	if c == nil {
		e.cache.Store(nil)
		return
	}
	e.cache.Store(&c)
}

// cachedObject returns what the cache has for a module, or nil.
func (e *ExecutionEngine) cachedObject(ctx context.Context, m *Module) *objimage.Object {
	cache := e.cache.Load()
	if cache == nil {
		return nil
	}
	buffer, err := (*cache).Object(ctx, m.unit.source)
	var img *objimage.Object
	if err == nil && buffer != nil {
		if img, err = objimage.Parse(buffer); err != nil {
			buffer.Close()
		}
	}
	if err != nil {
		e.log.WithError(err).WithField("module", m.Name()).Warn("object cache")
		return nil
	}
	return img
}

// fillCache tells the cache of an object.
func (e *ExecutionEngine) fillCache(ctx context.Context, source codegen.Module, object *objimage.Buffer) {
	if cache := e.cache.Load(); cache != nil {
		if err := (*cache).NotifyObjectCompiled(ctx, source, object); err != nil {
			e.log.WithError(err).WithField("module", source.Name()).Warn("object cache")
		}
	}
}
