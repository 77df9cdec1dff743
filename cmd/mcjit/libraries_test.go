package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Libraries may need each other's symbols without saying so, in any order, and what nobody defines is missed when it is called: as in a program that is linked with them.
func TestLibrariesOfEachOther(t *testing.T) {
	onlyLinuxAMD64(t)
	testenv.NeedsTool(t, "gcc", "gcc")
	dir := t.TempDir()
	for name, text := range map[string]string{
		"first":  "extern int counter; int next(void); void nobody(void); int first(int end) { if (end) nobody(); return next() + counter; }",
		"second": "int counter = 40; int next(void) { return 2; }",
	} {
		source := filepath.Join(dir, name+".c")
		if err := os.WriteFile(source, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("gcc", "-shared", "-fPIC", "-Wl,-z,lazy", "-o", filepath.Join(dir, "lib"+name+".so"), source).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	object := testenv.Compile(t, "gcc", testenv.C, "int first(int); int main(void) { return first(0); }", "-O2", "-fPIC")
	cmd := exec.Command("mcjit", "run", object, "-L", dir, "-l", "first", "-l", "second")
	if out, _ := cmd.CombinedOutput(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 42 {
		t.Errorf("%v: %s", cmd.ProcessState, out)
	}
}
