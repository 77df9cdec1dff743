package crosstest_test

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// A test of a package that has code for other processors runs the package's other tests there.
func Example() {
	_ = func(t *testing.T) {
		crosstest.Run(t, []string{"arm64", "riscv64"}, "-test.run=TestCall", "-test.short")
	}
	// Output:
}

func TestRun(t *testing.T) {
	if crosstest.Emulated() || runtime.GOARCH != "amd64" {
		t.Skip("this is the emulated one")
	}
	crosstest.Run(t, []string{"arm64"}, "-test.run=^TestEmulated$")
}

// TestEmulated is run by TestRun.
func TestEmulated(t *testing.T) {
	if !crosstest.Emulated() {
		t.Skip("this is not the emulated one")
	}
	if here := crosstest.Here().Arch; here != "arm64" {
		t.Errorf("this machine is %s", here)
	}
	if os.Getenv("GOMCJIT_CHILD") == "1" {
		return
	}
	out, err := crosstest.RunSelf([]string{"GOMCJIT_CHILD=1"}, "-test.run=^TestEmulated$", "-test.v")
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}
