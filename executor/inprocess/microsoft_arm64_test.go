//go:build linux

package inprocess

import (
	"bytes"
	"debug/pe"
	"fmt"
	"io"
	"reflect"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/icache"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestMicrosoft is TestApple by the convention of Windows, whose variadic functions look for their arguments elsewhere.
func TestMicrosoft(t *testing.T) {
	microsoft = true
	defer func() { microsoft = false }()
	for _, opt := range []string{"-O0", "-O2"} {
		t.Run(opt, func(t *testing.T) {
			testRandomSignatures(t, 60, func(source string, types []reflect.Type) map[string]executor.Addr {
				code := compileMicrosoft(t, source, opt)
				for i, rt := range types {
					if splitsNamed(t, rt, named(rt, i)) {
						delete(code, fmt.Sprintf("v%d", i))
					}
				}
				return code
			})
		})
	}
}

// splitsNamed says whether a variadic function with so many named parameters has one of these half in X7 and half on the stack. Clang 19 takes all of it from the stack then, against
// Microsoft's document and unlike its own va_arg.
func splitsNamed(t *testing.T, rt reflect.Type, fixed int) bool {
	c := newCParams(kind{fixed: fixed})
	for i := range fixed {
		typ, reason := passable(rt.In(i))
		if reason != "" {
			t.Fatal(reason)
		}
		if to := c.next(typ, false); to.ref == nil && len(to.parts) == 2 {
			return true
		}
	}
	return false
}

// compileMicrosoft makes a DLL for Windows of C, and loads it.
func compileMicrosoft(t *testing.T, source, opt string) map[string]executor.Addr {
	t.Helper()
	const usesFloats = "int _fltused;\n" // what code with floats refers to
	image := buildLibrary(t, source+usesFloats, "a.dll",
		[]string{testenv.NeedsTool(t, "clang-19", "clang-19"), "--target=aarch64-pc-windows-msvc", opt, "-mno-stack-arg-probe", "-Dlong=__INT64_TYPE__"},
		[]string{testenv.NeedsTool(t, "lld-link-19", "lld-19"), "-dll", "-noentry", "-nodefaultlib", "-debug:symtab", "a.o", "-out:a.dll"})
	f, err := pe.NewFile(bytes.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	mem := linkMemory(t)
	for _, s := range f.Sections {
		if s.Name == ".reloc" {
			t.Fatal("the DLL has something to be relocated")
		}
		if _, err := io.ReadFull(s.Open(), mem[s.VirtualAddress:][:min(s.Size, s.VirtualSize)]); err != nil {
			t.Fatal(s.Name, err)
		}
	}
	icache.Sync(mem)
	if err := makeExecutable(mem); err != nil {
		t.Fatal(err)
	}
	addrs := map[string]executor.Addr{}
	for _, s := range f.Symbols {
		if s.SectionNumber > 0 {
			addrs[s.Name] = executor.Addr(addressOf(mem) + uint64(f.Sections[s.SectionNumber-1].VirtualAddress+s.Value))
		}
	}
	return addrs
}
