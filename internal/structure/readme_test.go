package structure

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestReadmeExample builds the program that the README shows, static, and runs it.
func TestReadmeExample(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("testdata/add.o runs on linux/amd64")
	}
	text, err := os.ReadFile(filepath.Join(moduleRoot(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, program, _ := strings.Cut(string(text), "```go\n")
	program, _, found := strings.Cut(program, "```")
	if !found {
		t.Fatal("README.md has no program")
	}
	object, err := os.ReadFile(filepath.Join(moduleRoot(), "testdata", "add.o"))
	if err != nil {
		t.Fatal(err)
	}
	// Only in the module's own tree can the program import the module without naming a version. Go leaves out a folder that starts with "_".
	dir, err := os.MkdirTemp(moduleRoot(), "_readme-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, content := range map[string]string{"main.go": program, "add.o": string(object)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "42\n" {
		t.Errorf("the program of README.md printed %q, want 42 (%v)", out, err)
	}
}
