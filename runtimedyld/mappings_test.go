package runtimedyld

import (
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestMappingsComeAndGo: names that were mapped once cost nothing.
func TestMappingsComeAndGo(t *testing.T) {
	b := newBench(t, nil)
	for i := range 100_000 {
		for _, a := range []executor.Addr{1, 0} {
			if err := b.DefineAbsolute(fmt.Sprint("mapping", i), a); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n := len(b.table.cur.Load().chunks); n > 8 {
		t.Errorf("%d chunks for %d symbols", n, b.NumSymbols())
	}
}
