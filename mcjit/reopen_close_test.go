//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestCloseReopened: listeners and debuggers who know a module forget it when the engine is closed, also if the module was reopened and is not finalized again.
func TestCloseReopened(t *testing.T) {
	l := &recorder{}
	e, err := mcjit.New(mcjit.WithGDB(mcjit.GDBAll), mcjit.WithEventListener(l))
	if err != nil {
		t.Fatal(err)
	}
	modules := add(t, e, compiled(t, "a.o", "int f(void) { return 1; }"), compiled(t, "b.o", "int g(void) { return 1; }"))
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	if err := e.Reopen(modules[0]); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if n := debuggerEntries(t); len(l.names) != 0 || n != 0 {
		t.Errorf("listeners still know %v, debuggers %d modules", l.names, n)
	}
}

// TestInitializeReopened: a module that is reopened before its constructors run is initialized all the same, by what it was finalized to; and its destructors run.
func TestInitializeReopened(t *testing.T) {
	e, n := noted(t)
	modules := add(t, e, counted(t, 1), counted(t, 2))
	e.RegisterJITEventListener(&recorder{onLoaded: func(_ uint64, image *objimage.Image) {
		if image.Object() == modules[0].Object().Image() {
			if err := e.Reopen(modules[1]); err != nil {
				t.Error(err)
			}
		}
	}})
	if err := e.Initialize(); err != nil {
		t.Fatal(err)
	}
	n.want(t, "initialized", "1 2")
	remove(t, e, modules[1], modules[0])
	n.want(t, "removed", "-2 -1")
}
