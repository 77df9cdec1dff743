package runtimedyld

import "testing"

// TestStandInsOfProvidedNames: what the linker defines itself is that, also in objects that say it is something else.
func TestStandInsOfProvidedNames(t *testing.T) {
	for name, source := range map[string]string{
		"a weak external":   ".data\n.quad _fltused\n.weak _fltused\n_fltused = g\n.globl g\ng: .quad 1\n",
		"an alternate name": directive("/alternatename:__ImageBase=g") + ".quad __ImageBase\n.globl g\ng: .quad 1\n",
	} {
		b := newBench(t, nil)
		b.loadImage(assembleCOFF(t, "a.o", windows, source))
		if _, err := b.Finalize(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newBench(t, nil)
	b.loadImage(assembleMachO(t, "a.o", ".globl ___dso_handle\n___dso_handle = _g\n.data\n.quad ___dso_handle\n.globl _g\n_g: .quad 1\n"))
	b.loadImage(assembleMachO(t, "b.o", ".globl ___dso_handle\n___dso_handle = _g\n.data\n.quad ___dso_handle\n"))
	if _, err := b.Finalize(); err != nil {
		t.Error(err)
	}
}
