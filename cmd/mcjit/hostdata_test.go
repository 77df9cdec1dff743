package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Singletons of C++ are one in the program and in the libraries of -l, also if it is compiled for an executable (-fPIE, what compilers do unless told).
func TestSingletons(t *testing.T) {
	onlyLinuxAMD64(t)
	gxx := testenv.NeedsTool(t, "g++", "g++")
	dir := t.TempDir()
	const header = `
struct Made { int n; Made() : n(5) {} };
inline Made &made() { static Made m; return m; }
template <class T> struct Of { static int count; };
template <class T> int Of<T>::count = 1;
inline int shared = 1;
`
	source, library := filepath.Join(dir, "library.cc"), filepath.Join(dir, "library.so")
	if err := os.WriteFile(source, []byte(header+`int change() { made().n += 10; Of<int>::count += 10; shared += 10; return 0; }`), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gxx, "-std=c++17", "-fPIC", "-shared", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, flag := range []string{"-fPIC", "-fPIE"} {
		object := testenv.Compile(t, "g++", testenv.CXX, header+`
int change();
int main() { change(); return (made().n == 15) + 2 * (Of<int>::count == 11) + 4 * (shared == 11); }`, "-std=c++17", "-O1", flag)
		cmd := exec.Command("mcjit", "run", "-l", library, "-l", "stdc++", object)
		if out, err := cmd.CombinedOutput(); exitStatus(cmd.ProcessState) != 7 {
			t.Errorf("%s: %v\n%s", flag, err, out)
		}
	}
}
