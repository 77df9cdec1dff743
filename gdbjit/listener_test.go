//go:build unix

package gdbjit

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// load parses an object and says that its sections are at multiples of 64 KiB.
func load(t *testing.T, object []byte) *objimage.Image {
	t.Helper()
	o, err := objimage.Parse(objimage.NewBuffer("source.o", object))
	if err != nil {
		t.Fatal(err)
	}
	return objimage.NewImage(o, func(section int) (uint64, bool) { return uint64(section) << 16, true })
}

func TestListenerRegistersByPolicy(t *testing.T) {
	const source = "int f(void) { return 1; }"
	plain := load(t, testenv.CompileBytes(t, "gcc", testenv.C, source))
	debug := load(t, testenv.CompileBytes(t, "gcc", testenv.C, source, "-g"))
	for _, c := range []struct {
		name     string
		listener *Listener
		image    *objimage.Image
		want     int
	}{
		{"without debug information", &Listener{}, plain, 0},
		{"without debug information, all", &Listener{All: true}, plain, 1},
		{"with debug information", &Listener{}, debug, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			const key = 7
			if err := c.listener.NotifyObjectLoaded(key, c.image); err != nil {
				t.Fatal(err)
			}
			objects := walk(t)
			if len(objects) != c.want {
				t.Errorf("%d objects registered, want %d", len(objects), c.want)
			}
			for _, object := range objects {
				checkAddresses(t, object)
			}
			if err := c.listener.NotifyFreeingObject(key + 1); err != nil {
				t.Errorf("freeing an unknown key: %v", err)
			}
			for range 2 {
				if err := c.listener.NotifyFreeingObject(key); err != nil {
					t.Error(err)
				}
			}
			if n := len(walk(t)); n != 0 {
				t.Errorf("%d objects are still registered", n)
			}
		})
	}
}

// checkAddresses looks for the addresses of load in what a debugger is given.
func checkAddresses(t *testing.T, object string) {
	t.Helper()
	o, err := objimage.Parse(objimage.NewBuffer("registered", []byte(object)))
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < o.NumSections(); i++ {
		if s := o.Section(i); s.Addr != uint64(i)<<16 {
			t.Errorf("section %d is at %#x, want %#x", i, s.Addr, i<<16)
		}
	}
}
