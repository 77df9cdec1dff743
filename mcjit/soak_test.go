//go:build linux && amd64

package mcjit_test

import (
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestSoak loads, calls and removes again and again (GOMCJIT_SOAK times): nothing may grow. What the second half leaves is compared with what
// the first half left.
func TestSoak(t *testing.T) {
	rounds := testenv.SoakRounds(t, 2000)
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		e := newEngine(t, opts...)
		base := compiled(t, "base.o", "int base(int n) { return n + 1; }")
		user := compiled(t, "user.o", "int base(int); static int calls; int common; int use(int n) { return base(n) + ++calls + ++common; }", "-fcommon").Bytes()
		add(t, e, base)
		libmath(t, e)
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		before := e.Stats()
		soak := func(n int) usage {
			for i := range n {
				soakOnce(t, e, user, int32(i))
			}
			wantStats(t, e, before)
			return measure(t)
		}
		first := soak(rounds / 2)
		wantFlat(t, first, soak(rounds-rounds/2))
	})
}

// soakOnce is a round: a module with debug information from a mapped file, one that uses another, and members of an archive.
func soakOnce(t *testing.T, e *mcjit.ExecutionEngine, user []byte, n int32) {
	debug, err := objimage.OpenBuffer(filepath.Join("..", "testdata", "debug.o"))
	if err != nil {
		t.Fatal(err)
	}
	modules := add(t, e, debug, objectOf("user.o", user))
	if got := function[func(int32) int32](t, e, "use")(n); got != n+1+1+1 {
		t.Fatalf("use(%d) = %d", n, got)
	}
	if got := function[func(int32) int32](t, e, "debug_entry")(1); got != 11 {
		t.Fatalf("debug_entry(1) = %d", got)
	}
	if n%4 == 0 {
		if got := function[func(int64) int64](t, e, "cube")(2); got != 8 {
			t.Fatalf("cube(2) = %d", got)
		}
		for _, m := range e.Modules() {
			if name := m.Name(); name == "libmath.a(cube.o)" || name == "libmath.a(square.o)" {
				modules = append(modules, m)
			}
		}
	}
	if n%2 == 0 {
		remove(t, e, modules...)
		return
	}
	for _, m := range modules {
		remove(t, e, m)
	}
}
