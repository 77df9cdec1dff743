//go:build linux && amd64

package gdbjit

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// The list that debuggers read, and the hook, are tested on other processors, too. GDB reads it on this one.
func TestOtherProcessors(t *testing.T) {
	crosstest.Run(t, crosstest.Others(), "-test.skip=^(TestBlocks|TestSoak.*|TestSymbols|TestEmptyLike|TestGDB.*)$")
}
