package runtimedyld

import (
	"debug/elf"
	"errors"
	"slices"
	"testing"
)

// TestNoObject: what is called with no object, or with one of another linker, says so and does nothing.
func TestNoObject(t *testing.T) {
	b, other := newBench(t, nil), newBench(t, nil)
	o := b.loadImage(defining("a.o", "x", elf.STB_GLOBAL).parse(t))
	foreign := other.loadImage(defining("b.o", "y", elf.STB_GLOBAL).parse(t))
	index := 0
	for foreign.sectionIndex(index) < 0 {
		index++
	}
	for _, wrong := range []*Object{nil, foreign} {
		for name, err := range map[string]error{
			"Remove":               b.Remove(wrong),
			"Remove after another": b.Remove(o, wrong),
			"MapSectionAddress":    b.MapSectionAddress(wrong, index, 0x1000),
			"SectionContent":       func() error { _, err := b.SectionContent(wrong, index); return err }(),
		} {
			var oe *ObjectError
			if !errors.As(err, &oe) || !errors.Is(err, ErrState) {
				t.Errorf("%s of %v: %v", name, wrong, err)
			}
		}
	}
	if _, err := b.Finalize(); err != nil {
		t.Error(err)
	}
	if err := b.Remove(o); err != nil {
		t.Error(err)
	}
}

// TestFreeingPanics: a hook that panics is not called again, the others are called, and everything is given back; by Remove and by Close.
func TestFreeingPanics(t *testing.T) {
	for _, how := range []string{"Remove", "Close"} {
		t.Run(how, func(t *testing.T) {
			b := newBench(t, nil)
			var told []string
			b.SetHooks(Hooks{Freeing: func(o *Object) error {
				told = append(told, o.Name())
				if o.Name() == "a.o" {
					panic(errInjected)
				}
				return nil
			}})
			objects := []*Object{
				b.loadImage(defining("a.o", "x", elf.STB_GLOBAL).parse(t)),
				b.loadImage(defining("b.o", "y", elf.STB_GLOBAL).parse(t)),
			}
			if _, err := b.Finalize(); err != nil {
				t.Fatal(err)
			}
			func() {
				defer func() {
					if recover() != errInjected {
						t.Error("the panic did not get through")
					}
				}()
				if how == "Remove" {
					b.Remove(objects...)
				} else {
					b.Close()
				}
			}()
			if !slices.Equal(told, []string{"a.o", "b.o"}) {
				t.Errorf("told of %v", told)
			}
			if n := b.mm.count(); n != 0 {
				t.Errorf("%d allocations are left", n)
			}
			if how == "Remove" {
				b.loadImage(defining("a.o", "x", elf.STB_GLOBAL).parse(t))
			}
		})
	}
}
