package runtimedyld

import "testing"

// TestUnloadedDefinition: a global symbol in a section that is not loaded is nobody's need, whatever else the link has to look for.
func TestUnloadedDefinition(t *testing.T) {
	w := undefining("a.o", "maybe", true)
	w.global("note", w.section(".note", 0, make([]byte, 8)), 0)
	b := newBench(t, nil)
	b.load(w)
	b.finalize()
}

// TestNeedGoes: a name is weak for the resolver again when the object with the strong reference is gone.
func TestNeedGoes(t *testing.T) {
	var asked []Reference
	b := newBenchResolving(t, nil, resolverOf(func(refs []Reference) { asked = append(asked, refs...) }))
	strong := b.load(undefining("strong.o", "x", false))
	b.load(undefining("weak.o", "x", true))
	b.remove(strong)
	b.finalize()
	if len(asked) != 1 || !asked[0].Weak {
		t.Errorf("the resolver was asked for %+v", asked)
	}
}

type resolverOf func([]Reference)

func (f resolverOf) ResolveSymbols(refs []Reference) error { f(refs); return nil }
