package testenv_test

import (
	"fmt"
	"os/exec"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A test that compares with another tool asks for the tool, and for an object to show it.
func Example() {
	_ = func(t *testing.T) {
		readelf := testenv.NeedsTool(t, "readelf", "binutils")
		object := testenv.Compile(t, "gcc", testenv.C, "int add(int a, int b) { return a + b; }", "-O2")
		out, err := exec.Command(readelf, "-s", object).CombinedOutput()
		fmt.Println(string(out), err)
	}
	// Output:
}
