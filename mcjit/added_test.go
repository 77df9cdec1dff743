//go:build linux && amd64

package mcjit_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// someCache has the objects of modules whose names begin with "cached".
type someCache struct{}

func (someCache) NotifyObjectCompiled(context.Context, codegen.Module, *objimage.Buffer) error {
	return nil
}

func (someCache) Object(ctx context.Context, m codegen.Module) (*objimage.Buffer, error) {
	if !strings.HasPrefix(m.Name(), "cached") {
		return nil, nil
	}
	stream := objimage.NewBufferStream(m.Name())
	if err := m.Generate(ctx, stream); err != nil {
		return nil, err
	}
	return stream.Seal()
}

// A addedModel is what searches have to find: modules in the order of their addition, each with the names that it defines, and whether weakly.
type addedModel struct {
	modules []*mcjit.Module
	defines []map[string]bool
}

// choose returns the module whose definition of a name is to be loaded, or -1.
func (a *addedModel) choose(name string) int {
	strong := slices.IndexFunc(a.defines, func(d map[string]bool) bool { weak, ok := d[name]; return ok && !weak })
	if strong >= 0 {
		return strong
	}
	return slices.IndexFunc(a.defines, func(d map[string]bool) bool { _, ok := d[name]; return ok })
}

func (a *addedModel) remove(i int) {
	a.modules, a.defines = slices.Delete(a.modules, i, i+1), slices.Delete(a.defines, i, i+1)
}

// TestSearchesOfAddedModules: whatever was added, searched and removed before, a search loads the first strong definition of a name, or else the first weak one, and nothing else.
func TestSearchesOfAddedModules(t *testing.T) {
	const names, steps = 40, 400
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		var g toygen.Generator
		e := newEngine(t, mcjit.WithObjectCache(someCache{}))
		var model addedModel
		strong, defined := map[string]bool{}, map[string]bool{}
		for step := range steps {
			name := fmt.Sprint("f", r.IntN(names))
			switch n := r.IntN(20); {
			case n < 12:
				model.add(t, e, &g, r, fmt.Sprint([]string{"cached", "source"}[r.IntN(2)], step), strong, names)
			case n < 14 && len(model.modules) > 0:
				i := r.IntN(len(model.modules))
				if err := e.RemoveModule(model.modules[i]); err != nil {
					t.Fatal(err)
				}
				for name, weak := range model.defines[i] {
					strong[name] = strong[name] && weak
				}
				model.remove(i)
			case n == 14:
				if _, err := e.SymbolAddress("nobody"); err == nil {
					t.Fatal("a name that nobody defines is found")
				}
			default:
				want := -1
				if !defined[name] {
					want = model.choose(name)
				}
				_, err := e.SymbolAddress(name)
				if found := defined[name] || want >= 0; found != (err == nil) {
					t.Fatalf("round %d, step %d: %s: %v, want it to be found: %v", round, step, name, err, found)
				}
				if want >= 0 {
					wantStates(t, runtimedyld.Loaded, model.modules[want])
					for name := range model.defines[want] {
						defined[name] = true
					}
					model.remove(want)
				}
			}
			wantStates(t, runtimedyld.Added, model.modules...)
			if t.Failed() {
				t.Fatalf("round %d, step %d", round, step)
			}
		}
	}
}

// add adds a module that defines some names, each of them strongly in one module at most.
func (a *addedModel) add(t *testing.T, e *mcjit.ExecutionEngine, g *toygen.Generator, r *rand.Rand, module string, strong map[string]bool, names int) {
	defines := map[string]bool{}
	text := fmt.Sprintf("internal func hidden = 1; func %s = 2", module)
	for range r.IntN(4) {
		name := fmt.Sprint("f", r.IntN(names))
		if _, twice := defines[name]; twice {
			continue
		}
		defines[name] = strong[name] || r.IntN(3) > 0
		if defines[name] {
			text += "; weak func " + name + " = 3"
		} else {
			strong[name] = true
			text += "; func " + name + " = 4"
		}
	}
	a.modules, a.defines = append(a.modules, toy(t, e, g, module, text)), append(a.defines, defines)
}
