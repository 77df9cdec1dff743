//go:build linux && amd64

package mcjit_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// A nameCache is LLVM's TestObjectCache: in memory, by modules' names.
type nameCache struct {
	mu                 sync.Mutex
	objects            map[string]*objimage.Buffer
	lookedUp, notified []string
}

func (c *nameCache) NotifyObjectCompiled(_ context.Context, m codegen.Module, object *objimage.Buffer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.objects == nil {
		c.objects = map[string]*objimage.Buffer{}
	}
	c.notified = append(c.notified, m.Name())
	c.objects[m.Name()] = objimage.NewBuffer(m.Name(), slices.Clone(object.Bytes()))
	return nil
}

func (c *nameCache) Object(_ context.Context, m codegen.Module) (*objimage.Buffer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookedUp = append(c.lookedUp, m.Name())
	if b := c.objects[m.Name()]; b != nil {
		return b.Retain(), nil
	}
	return nil, nil
}

// wantEvents checks whether the cache was asked and how often it was told, and forgets it.
func (c *nameCache) wantEvents(t testing.TB, lookedUp bool, notified int) {
	t.Helper()
	if (len(c.lookedUp) > 0) != lookedUp || len(c.notified) != notified {
		t.Errorf("the cache was asked for %v and told of %v", c.lookedUp, c.notified)
	}
	c.lookedUp, c.notified = nil, nil
}

func TestMCJITObjectCache_SetNullObjectCache(t *testing.T) {
	e := newEngine(t)
	toy(t, e, new(toygen.Generator), "m", "func main = 6")
	e.SetObjectCache(nil)
	wantCall(t, e, "main", 6)
}

func TestMCJITObjectCache_VerifyBasicObjectCaching(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	e := newEngine(t)
	toy(t, e, &g, "id", "func main = 6")
	e.SetObjectCache(&cache)
	if cache.objects["id"] != nil {
		t.Error("it is there already")
	}
	wantCall(t, e, "main", 6)
	cache.wantEvents(t, true, 1)
	if cache.objects["id"] == nil {
		t.Error("it is not there")
	}
	wantFinalize(t, e)
	wantCall(t, e, "main", 6)
	cache.wantEvents(t, false, 0)
}

func TestMCJITObjectCache_VerifyLoadFromCache(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	first := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, first, &g, "id", "func main = 6")
	wantCall(t, first, "main", 6)
	cache.wantEvents(t, true, 1)
	wantCompiled(t, &g, "id")
	for name, set := range map[string]func(*mcjit.ExecutionEngine, func()){
		"before the module": func(e *mcjit.ExecutionEngine, add func()) { e.SetObjectCache(&cache); add() },
		"after the module":  func(e *mcjit.ExecutionEngine, add func()) { add(); e.SetObjectCache(&cache) },
	} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t)
			set(e, func() { toy(t, e, &g, "id", "func main = 7") })
			wantCall(t, e, "main", 6) // the old one
			cache.wantEvents(t, true, 0)
			wantCompiled(t, &g)
		})
	}
}

func TestMCJITObjectCache_VerifyNonLoadFromCache(t *testing.T) {
	var g toygen.Generator
	var cache nameCache
	first := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, first, &g, "id", "func main = 6")
	wantCall(t, first, "main", 6)
	cache.wantEvents(t, true, 1)
	second := newEngine(t, mcjit.WithObjectCache(&cache))
	toy(t, second, &g, "other id", "func main = 7")
	wantCall(t, second, "main", 7)
	cache.wantEvents(t, true, 1)
	wantFinalize(t, second)
	cache.wantEvents(t, false, 0)
}
