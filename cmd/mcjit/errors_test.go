package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// Every single thing that is wrong gets a line, however the errors were put together.
func TestErrorLines(t *testing.T) {
	undefined := &runtimedyld.UndefinedError{Symbols: []runtimedyld.Undefined{
		{Name: "f", Refs: []string{"a", "b", "c", "d", "e"}}, {Name: "g"},
	}}
	duplicate := &runtimedyld.DuplicateError{Symbol: "h", First: "x.o", Second: "y.o"}
	err := errors.Join(fmt.Errorf("first"), &hostlib.OpenError{Name: "z", Err: errors.New("no such file")}, inprocess.ErrZeroAddress, &runtimedyld.LinkError{Errs: []error{duplicate, undefined}}, fmt.Errorf("last: %w", duplicate))
	got := errorLines(err)
	want := []string{
		"first",
		"cannot open z: no such file",
		"the function's address is zero: is the symbol an undefined weak one?",
		`duplicate symbol "h": defined in x.o and in y.o`,
		"undefined symbol: f (needed by a, b, c and 2 more)",
		"undefined symbol: g",
		"add the object or archive that defines what is missing, or a shared library with -l",
		`last: duplicate symbol "h": defined in x.o and in y.o`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// Relocations that fail for one reason get one line, wherever they are.
func TestErrorLinesOfRelocations(t *testing.T) {
	far := func(object, symbol string) error {
		return &runtimedyld.RelocationError{Object: object, Section: ".text", Type: "R_X86_64_32", Symbol: symbol, Value: 7, Max: 5, Err: runtimedyld.ErrRelocationOverflow}
	}
	list := &runtimedyld.LinkError{Errs: []error{far("a.o", "x"), far("a.o", "y"), &runtimedyld.LinkError{Errs: []error{far("b.o", "x"), far("b.o", "x")}}}}
	want := []string{
		`a.o:(.text+0x0): relocation R_X86_64_32 against "x" out of range: 7 is not in [0, 5]; 2 more like it`,
		`a.o:(.text+0x0): relocation R_X86_64_32 against "y" out of range: 7 is not in [0, 5]`,
	}
	if got := errorLines(list); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// What is usually in a library is said to be there.
func TestUsualLibraries(t *testing.T) {
	for name, want := range map[string]string{
		"_ZSt4cout": "-l stdc++", "_Znwm": "-l stdc++", "__cxa_throw": "-l stdc++", "_ZNSt13runtime_errorC1EPKc": "-l stdc++", "_ZTISt9exception": "-l stdc++",
		"_gfortran_st_write": "-l gfortran", "sinf": "-l m", "_Unwind_Resume": "-l gcc_s", "_ZN3foo3barEv": "", "mine": "", "single": "",
	} {
		e := &runtimedyld.UndefinedError{Symbols: []runtimedyld.Undefined{{Name: name}}}
		if got := usualLibrary(e); want == "" && got != "" || !strings.HasSuffix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
