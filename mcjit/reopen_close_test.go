//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
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
