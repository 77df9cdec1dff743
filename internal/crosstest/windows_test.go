package crosstest_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// onWindows are the packages whose tests are run for Windows, and with which arguments.
var onWindows = []struct {
	dir  string
	args []string
}{
	{"memmgr", []string{"-test.short"}},
	{"executor/inprocess", []string{"-test.short"}},
}

// TestWindows runs the tests of packages for Windows, in one Windows for all of them: it takes longer to make than most take.
func TestWindows(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("Debian's wine is for x86-64")
	}
	w := crosstest.NewWindows(t)
	for _, p := range onWindows {
		t.Run(p.dir, func(t *testing.T) { w.Test(t, filepath.Join("../..", filepath.FromSlash(p.dir)), p.args...) })
	}
}
