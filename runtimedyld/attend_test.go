package runtimedyld

import (
	"debug/elf"
	"errors"
	"slices"
	"testing"
)

var errLeaving = errors.New("cannot leave")

// attending returns a linker that attends to whatever is finalized, and to whose client nobody leaves without an error.
func attending(t *testing.T) (b *bench, left func() []string) {
	b = newBench(t, nil)
	var names []string
	b.SetHooks(Hooks{
		Finalizing: func(objects []*Object, protect func() error) error {
			for _, o := range objects {
				b.Attend(o)
			}
			return protect()
		},
		Leaving: func(objects []*Object) error {
			for _, o := range objects {
				names = append(names, o.Name())
			}
			return errLeaving
		},
	})
	t.Cleanup(func() { b.Close() }) // before the bench looks whether it can be closed without an error
	return b, func() []string { return slices.Clone(names) }
}

// wantFreed checks that an error is about somebody who has left, and what else it is.
func wantFreed(t *testing.T, what string, err, other error) {
	t.Helper()
	free := new(FreeError)
	if !errors.As(err, &free) || !errors.Is(free, errLeaving) || other != nil && !errors.Is(err, other) {
		t.Errorf("%s: %v", what, err)
	}
	if _, alone := err.(*FreeError); alone != (other == nil) {
		t.Errorf("%s: the error is about nothing but who has left: %v", what, alone)
	}
}

// TestLeavingByLink: a link that leads the last user elsewhere says what went wrong when the object left, and links all the same; or says it besides why it fails.
func TestLeavingByLink(t *testing.T) {
	for _, fails := range []bool{false, true} {
		b, left := attending(t)
		first := b.load(defining("first.o", "x", elf.STB_GLOBAL))
		b.finalize()
		user := b.load(undefining("user.o", "x", false))
		b.resolve()
		b.remove(first)
		second := b.load(defining("second.o", "x", elf.STB_GLOBAL))
		if first.State() != Retired || len(left()) != 0 {
			t.Fatalf("%v, left are %v", first.State(), left())
		}
		other := error(nil)
		if fails {
			other = errInjected
			b.mm.fail = func(string) error { return errInjected }
		}
		done, err := b.Finalize()
		b.mm.fail = nil
		wantFreed(t, "Finalize", err, other)
		if finalized := slices.Equal(done, []*Object{user, second}); finalized == fails || first.State() != Removed || !slices.Equal(left(), []string{"first.o"}) {
			t.Errorf("finalized are %v, left are %v, and the first is %v", done, left(), first.State())
		}
	}
}

// TestLeavingByLoad: the same of a load that had dropped its group for that of an object which is removed meanwhile.
func TestLeavingByLoad(t *testing.T) {
	for _, fails := range []bool{false, true} {
		b, left := attending(t)
		first := b.load(grouped("first.o", grpCOMDAT))
		b.finalize()
		other := error(nil)
		if fails {
			other = errInjected
		}
		b.mm.fail = func(string) error {
			b.mm.fail = nil
			if err := b.Remove(first); err != nil {
				t.Error(err)
			}
			if len(left()) != 0 {
				t.Errorf("left are %v", left())
			}
			return other
		}
		o, err := b.LoadObject(grouped("second.o", grpCOMDAT).parse(t))
		wantFreed(t, "LoadObject", err, other)
		if (o == nil) != fails || !fails && !b.hasSection(o, groupedFunc) || !slices.Equal(left(), []string{"first.o"}) {
			t.Errorf("loaded is %v, left are %v", o, left())
		}
	}
}
