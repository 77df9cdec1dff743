//go:build linux && arm64

package inprocess

import (
	"bytes"
	"debug/macho"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/icache"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"golang.org/x/sys/unix"
)

// TestApple calls functions, variadic ones among them, and is called back, by the convention of Apple's systems, from what clang makes for macOS: code that needs nothing of the
// system runs on any.
func TestApple(t *testing.T) {
	apple = true
	defer func() { apple = false }()
	for _, opt := range []string{"-O0", "-O2"} {
		t.Run(opt, func(t *testing.T) {
			testRandomSignatures(t, 60, func(source string, _ []reflect.Type) map[string]executor.Addr { return compileApple(t, source, opt) })
		})
	}
}

// compileApple makes a dynamic library for macOS of C, and loads it.
func compileApple(t *testing.T, source, opt string) map[string]executor.Addr {
	t.Helper()
	image := buildLibrary(t, source, "a.dylib", []string{testenv.NeedsTool(t, "clang-19", "clang-19"), "--target=arm64-apple-macos13", opt},
		[]string{testenv.NeedsTool(t, "ld64.lld-19", "lld-19"), "-dylib", "-arch", "arm64", "-platform_version", "macos", "13", "13", "a.o", "-o", "a.dylib"})
	return loadDylib(t, image)
}

// buildLibrary compiles C to a.o, runs a linker of another system beside it, and returns what that wrote.
func buildLibrary(t *testing.T, source, name string, compiler, linker []string) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.c"), []byte(source+memFuncs), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{append(compiler, "-ffreestanding", "-fno-stack-protector", "-w", "-c", "a.c", "-o", "a.o"), linker} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	image, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// loadDylib loads a library that has nothing to be relocated, and returns the addresses of its functions.
func loadDylib(t *testing.T, image []byte) map[string]executor.Addr {
	t.Helper()
	f, err := macho.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	mem := linkMemory(t)
	for _, s := range f.Sections {
		if s.Seg != "__TEXT" {
			t.Fatalf("the library has %s,%s", s.Seg, s.Name)
		}
		if _, err := io.ReadFull(s.Open(), mem[s.Addr:][:s.Size]); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	icache.Sync(mem)
	if err := unix.Mprotect(mem, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	addrs := map[string]executor.Addr{}
	for _, s := range f.Symtab.Syms {
		addrs[strings.TrimPrefix(s.Name, "_")] = executor.Addr(addressOf(mem) + s.Value)
	}
	return addrs
}
