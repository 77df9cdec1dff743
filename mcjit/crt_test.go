//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/testdata/crt"
)

// withRuntime returns an engine whose only archive is the compiler runtime, and objects that need it.
func withRuntime(t testing.TB, buffers ...*objimage.Buffer) *mcjit.ExecutionEngine {
	t.Helper()
	e := newEngine(t)
	if err := e.AddArchive(objimage.NewBuffer("libcrt.a", crt.Archive())); err != nil {
		t.Fatal(err)
	}
	add(t, e, buffers...)
	return e
}

// runtimeNames returns what each member of the compiler runtime defines.
func runtimeNames(t testing.TB) map[string][]string {
	t.Helper()
	a, err := objimage.ParseArchive(objimage.NewBuffer("libcrt.a", crt.Archive()))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	names := map[objimage.MemberID][]string{}
	for name, id := range a.Symbols() {
		names[id] = append(names[id], name)
	}
	members := map[string][]string{}
	for m, err := range a.Members() {
		if err != nil {
			t.Fatal(err)
		}
		members[m.Name] = names[m.ID]
	}
	return members
}

// TestRuntimeIsSmall keeps it from growing into every program that uses the engine.
func TestRuntimeIsSmall(t *testing.T) {
	if n := len(crt.Archive()); n > 150_000 {
		t.Errorf("libcrt.a has %d bytes", n)
	}
}

// TestRuntimeIsClosed links every member, alone with what it needs, to nothing but the archive.
func TestRuntimeIsClosed(t *testing.T) {
	members := runtimeNames(t)
	owner := map[string]string{}
	for member, names := range members {
		if len(names) == 0 {
			t.Fatalf("%s defines nothing", member)
		}
		for _, name := range names {
			if owner[name] != "" {
				t.Errorf("%s is in %s and in %s", name, owner[name], member)
			}
			owner[name] = member
		}
		e := withRuntime(t)
		if _, err := e.GlobalValueAddress(names[0]); err != nil {
			t.Errorf("%s: %v", member, err)
		}
	}
	for _, name := range crt.First() {
		if members[name] == nil {
			t.Errorf("First names %s, which is no member", name)
		}
	}
}
