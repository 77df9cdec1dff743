//go:build linux && amd64

package hostlib_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/hostlib"
)

// TestExecutionEngine_LookupWithMangledAndDemangledSymbol is LLVM's unit test of that name: names are as in the object file, which has no underscore before C's on ELF.
func TestExecutionEngine_LookupWithMangledAndDemangledSymbol(t *testing.T) {
	process := hostlib.Process()
	for name, want := range map[string]bool{"getpid": true, "_getpid": false, "_exit": true, "__exit": false} {
		if a, ok := process.Lookup(name); ok != want || (a != 0) != want {
			t.Errorf("%s: %v, %v; want %v", name, a, ok, want)
		}
	}
}
