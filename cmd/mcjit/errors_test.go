package main

import (
	"errors"
	"fmt"
	"slices"
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
