package testenv

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The languages that [Compile] takes, by the names that gcc and clang give them (option -x).
const (
	C         = "c"
	CXX       = "c++"
	Assembler = "assembler"
	Fortran   = "f95"
)

// extensions are the file names' ends, which debug information and error messages show.
var extensions = map[string]string{C: ".c", CXX: ".cc", Assembler: ".s", Fortran: ".f90"}

// compiled holds every object built by this test binary, so that tests which share a source build it once.
var compiled struct {
	sync.Mutex
	objects map[string]*object
}

type object struct {
	once   sync.Once
	bytes  []byte
	output string // what the compiler said, when it failed
	err    error
}

// Compile builds source, text in the language lang, into a relocatable object and returns the object's path, in a directory that lives
// as long as the test. The compiler is a gcc or clang, also a cross one ("aarch64-linux-gnu-gcc"); args are options put before the
// source. A missing compiler skips the test as in [NeedsTool]; a source that does not compile fails it.
func Compile(t testing.TB, compiler, lang, source string, args ...string) string {
	t.Helper()
	path := filepath.Join(TempDir(t), "source.o")
	if err := os.WriteFile(path, CompileBytes(t, compiler, lang, source, args...), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// CompileBytes is [Compile] for tests that want the object itself. The bytes are the caller's to change.
func CompileBytes(t testing.TB, compiler, lang, source string, args ...string) []byte {
	t.Helper()
	path := NeedsTool(t, compiler, compilerPackage(compiler))
	o := lookup(strings.Join(append([]string{compiler, lang, source}, args...), "\x00"))
	o.once.Do(func() { o.build(path, lang, source, args) })
	if o.err != nil {
		t.Fatalf("%s -x %s %s: %v\n%s", compiler, lang, strings.Join(args, " "), o.err, o.output)
	}
	return append([]byte(nil), o.bytes...)
}

func lookup(key string) *object {
	compiled.Lock()
	defer compiled.Unlock()
	if compiled.objects == nil {
		compiled.objects = make(map[string]*object)
	}
	o := compiled.objects[key]
	if o == nil {
		o = new(object)
		compiled.objects[key] = o
	}
	return o
}

// build runs the compiler in a directory of its own under fixed file names, so that equal sources give equal objects.
func (o *object) build(compiler, lang, source string, args []string) {
	dir, err := os.MkdirTemp(tempRoot(), "gomcjit-compile-")
	if err != nil {
		o.err = err
		return
	}
	defer os.RemoveAll(dir)

	name := "source" + extensions[lang]
	if o.err = os.WriteFile(filepath.Join(dir, name), []byte(source), 0o644); o.err != nil {
		return
	}
	args = append(args[:len(args):len(args)], "-ffile-prefix-map="+dir+"=.", "-x", lang, "-c", "-o", "source.o", name)
	output, err := Run(dir, append([]string{compiler}, args...)...)
	if err != nil {
		o.output, o.err = string(output), err
		return
	}
	o.bytes, o.err = os.ReadFile(filepath.Join(dir, "source.o"))
}

// compilerPackage names the Debian package of a compiler: cross compilers ("aarch64-linux-gnu-gcc") are in packages named the
// other way round ("gcc-aarch64-linux-gnu").
func compilerPackage(compiler string) string {
	for _, name := range []string{"gcc", "g++"} {
		if target, ok := strings.CutSuffix(compiler, "-"+name); ok {
			return name + "-" + target
		}
	}
	if version, ok := strings.CutPrefix(compiler, "clang++"); ok {
		return "clang" + version
	}
	return compiler
}
