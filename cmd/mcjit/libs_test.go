package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// These tests link and run programs with libraries that other people wrote and Debian's compilers made. What a program has to print stands beside its source
// in testdata/libs, with the known answers of the standards that the sources name.

const libsDir = "testdata/libs"

// A library test is a source in libsDir, an object of it, and what it prints.
type libraryTest struct {
	name   string // of the source, without its extension
	object string
	input  string
	status int
}

func compileLibraryTest(t *testing.T, compiler, lang, file string, args ...string) libraryTest {
	t.Helper()
	onlyLinuxAMD64(t)
	source, err := os.ReadFile(filepath.Join(libsDir, file))
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(file, ".")
	return libraryTest{name: name, object: testenv.Compile(t, compiler, lang, string(source), args...)}
}

func onlyLinuxAMD64(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("code is run on linux/amd64 only")
	}
}

// run runs the program by the built command, in the sources' folder, and checks what it prints and how it ends. It returns what mcjit says.
func (l *libraryTest) run(t *testing.T, args ...string) string {
	t.Helper()
	want, err := os.ReadFile(filepath.Join(libsDir, l.name+".out"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("mcjit", append([]string{"run"}, args...)...)
	cmd.Dir = libsDir
	cmd.Stdin = strings.NewReader(l.input)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := exitStatus(cmd.ProcessState); got != l.status {
		t.Errorf("status %d, want %d; standard error:\n%.2000s", got, l.status, &stderr)
	}
	if stdout.String() != string(want) {
		t.Errorf("printed\n%s\nwant\n%s", &stdout, want)
	}
	return stderr.String()
}

// runBoth runs the program with the members of the library that it needs, and then with all.
func (l *libraryTest) runBoth(t *testing.T, library string, flags []string, args ...string) {
	files := append([]string{"--time", l.object, library}, flags...)
	args = append([]string{"--"}, args...)
	t.Run("needed", func(t *testing.T) { l.run(t, append(files, args...)...) })
	t.Run("whole", func(t *testing.T) {
		times := l.run(t, append(append([]string{"--whole-archive"}, files...), args...)...)
		contains(t, "standard error", times, []string{count(1+countMembers(t, library), "object")})
		t.Log("\n" + times)
	})
}

func countMembers(t *testing.T, path string) (n int) {
	t.Helper()
	buffer, err := objimage.OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	defer buffer.Close()
	archive, err := objimage.ParseArchive(buffer)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, err := range archive.Members() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

const debianLibs = "/usr/lib/x86_64-linux-gnu/"

func TestZlib(t *testing.T) {
	library := testenv.NeedsFile(t, debianLibs+"libz.a", "zlib1g-dev")
	l := compileLibraryTest(t, "gcc", testenv.C, "zlib.c", "-O2", "-fPIC")
	l.runBoth(t, library, nil, filepath.Join(t.TempDir(), "file.gz"))
}

func TestSQLite(t *testing.T) {
	library := testenv.NeedsFile(t, debianLibs+"libsqlite3.a", "libsqlite3-dev")
	l := compileLibraryTest(t, "gcc", testenv.C, "sqlite.c", "-O2", "-fPIC")
	database := filepath.Join(t.TempDir(), "database")
	files := []string{l.object, library, "-lm", "--", database}
	l.run(t, files...)
	if err := os.Remove(database); err != nil {
		t.Fatal(err) // it was to be in this file
	}
	l.run(t, append([]string{"--whole-archive"}, files...)...)
}

func TestLua(t *testing.T) {
	library := testenv.NeedsFile(t, debianLibs+"liblua5.4.a", "liblua5.4-dev")
	l := compileLibraryTest(t, "clang", testenv.C, "lua.c", "-O2", "-fPIC", "-I/usr/include/lua5.4")
	l.status = 1 // the script ends with an error
	l.runBoth(t, library, []string{"-lm"}, "script.lua")
}

func TestLibcrypto(t *testing.T) {
	library := testenv.NeedsFile(t, debianLibs+"libcrypto.a", "libssl-dev")
	l := compileLibraryTest(t, "gcc", testenv.C, "crypto.c", "-O2", "-fPIC", "-Wno-deprecated-declarations")
	l.runBoth(t, library, nil)
	contains(t, "the map", l.run(t, "--map", l.object, library), []string{ // what is written in assembly
		"aesni-x86_64.o", "ghash-x86_64.o", "sha256-x86_64.o", "keccak1600-x86_64.o", "ecp_nistz256-x86_64.o", "x86_64-mont5.o", "x86_64cpuid.o"})
}

// The C library's own objects, another one's than the process's.
func TestMusl(t *testing.T) {
	library := testenv.NeedsFile(t, "/usr/lib/x86_64-linux-musl/libc.a", "musl-dev")
	l := compileLibraryTest(t, "gcc", testenv.C, "musl.c", "-O2", "-fPIC", "-fno-stack-protector", "-U_FORTIFY_SOURCE",
		"-nostdinc", "-isystem", "/usr/include/x86_64-linux-musl")
	l.status = 7
	layout := l.run(t, "--map", l.object, library, "--", filepath.Join(t.TempDir(), "file"))
	contains(t, "the map", layout, []string{"libc.a(printf.lo)", "libc.a(qsort.lo)", "libc.a(strtod.lo)", "libc.a(malloc.lo)", "libc.a(regcomp.lo)"})

	all := exec.Command("mcjit", "run", "--link-only", "--whole-archive", "--time", library)
	times, err := all.CombinedOutput()
	if err != nil {
		t.Errorf("linking all: %v\n%s", err, times)
	}
	contains(t, "standard error", string(times), []string{count(countMembers(t, library), "object")})
}

func TestStreams(t *testing.T) {
	for compiler, level := range map[string]string{"g++": "-O2", "clang++": "-O0"} {
		t.Run(compiler, func(t *testing.T) {
			l := compileLibraryTest(t, compiler, testenv.CXX, "streams.cc", level, "-fPIC", "-std=c++17")
			l.input, l.status = "a line\nanother \"one\"\n", 2
			contains(t, "standard error", l.run(t, l.object, "-lstdc++", "--", "argument"), []string{"done\n"})
		})
	}
}

func TestFortran(t *testing.T) {
	testenv.NeedsTool(t, "gfortran", "gfortran")
	l := compileLibraryTest(t, "gfortran", testenv.Fortran, "fortran.f90", "-O2", "-fPIC")
	l.status = 3
	contains(t, "standard error", l.run(t, l.object, "-lgfortran", "-lquadmath", "--", "99"), []string{"STOP 3\n"})
}

// All of Rust's standard library, too, is linked from the archive that the compiler makes.
func TestRust(t *testing.T) {
	onlyLinuxAMD64(t)
	rustc := testenv.NeedsTool(t, "rustc", "rustc")
	library := filepath.Join(t.TempDir(), "librust.a")
	if out, err := exec.Command(rustc, "--crate-type=staticlib", "-O", "-o", library, filepath.Join(libsDir, "rust.rs")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l := libraryTest{name: "rust", status: 5}
	l.run(t, "--entry", "rust_main", library, "--", "a", "b")
}

// A thousand objects of C++: LLVM with its own MCJIT.
func TestLLVM(t *testing.T) {
	testenv.NeedsFile(t, "/usr/lib/llvm-14/lib/libLLVMMCJIT.a", "llvm-14-dev")
	l := compileLibraryTest(t, "g++", testenv.CXX, "llvm.cc", "-O0", "-fPIC", "-std=c++14", "-fno-exceptions", "-fno-rtti", "-I/usr/lib/llvm-14/include",
		"-D_GNU_SOURCE", "-D__STDC_CONSTANT_MACROS", "-D__STDC_FORMAT_MACROS", "-D__STDC_LIMIT_MACROS")
	l.status = 7
	libraries, err := exec.Command("llvm-config-14", "--link-static", "--libfiles", "irreader", "passes", "native", "mcjit").Output()
	if err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--time", l.object}, strings.Fields(string(libraries))...)
	t.Log("\n" + l.run(t, append(args, "-lstdc++", "-lz", "-ltinfo", "-lm")...))
}
