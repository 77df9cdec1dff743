//go:build linux && amd64

package inprocess

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// All tests of this package are run on every processor that it has a bridge for.
func TestOtherProcessors(t *testing.T) {
	crosstest.Run(t, crosstest.Others(), "-test.short")
}
