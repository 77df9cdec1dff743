//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestRunStaticDestructors: they run before exit handlers, in the order in which modules list them, and once.
func TestRunStaticDestructors(t *testing.T) {
	e, n := noted(t)
	parts := []part{
		{"gcc", testenv.C, prelude + "static void last(void) { note(9); } __attribute__((constructor)) static void first(void) { atexit(last); } DTOR(1) DTOR(2) DTOR_AT(3, 200)", ""},
		{"gcc", testenv.C, prelude + "DTOR(4) DTOR_AT(5, 300)", ""},
	}
	for i := range parts {
		add(t, e, objimage.NewBuffer("part.o", parts[i].bytes(t)))
	}
	initialize(t, e)
	if err := e.RunStaticDestructors(); err != nil {
		t.Fatal(err)
	}
	n.want(t, "RunStaticDestructors", "-1 -2 -4 -5 -3")
	if err := e.Deinitialize(); err != nil {
		t.Fatal(err)
	}
	n.want(t, "Deinitialize", "9")
}
