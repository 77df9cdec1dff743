//go:build linux && amd64

package memmgr

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// What runs code is tested on other processors, too.
func TestOtherProcessors(t *testing.T) {
	crosstest.Run(t, crosstest.Others(), "-test.short", "-test.run=^(TestCall|TestConcurrent)$")
}
