package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/runtimedyld"
)

// errorLines returns an error as people read it: one line for each thing that is wrong, in the linker's words.
func errorLines(err error) []string {
	var undefined *runtimedyld.UndefinedError
	switch e := err.(type) {
	case *runtimedyld.UndefinedError:
		return undefinedLines(e)
	case interface{ Unwrap() []error }:
		var lines []string
		for _, each := range e.Unwrap() {
			lines = append(lines, errorLines(each)...)
		}
		return lines
	}
	if errors.As(err, &undefined) {
		return undefinedLines(undefined)
	}
	lines := strings.Split(err.Error(), "\n")
	for i := range lines {
		lines[i] = packagePrefix().ReplaceAllString(lines[i], "")
	}
	return lines
}

// packagePrefix is how errors of some packages begin, which says nothing to those who do not program.
var packagePrefix = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(hostlib|inprocess|gdbjit|objimage|ptrace): `) })

// maxRefs is how many of the places that need a symbol are told.
const maxRefs = 3

// undefinedLines returns a line for each name, and the way out.
func undefinedLines(e *runtimedyld.UndefinedError) []string {
	lines := make([]string, 0, len(e.Symbols)+1)
	for _, s := range e.Symbols {
		line := fmt.Sprintf("undefined symbol: %s", s.Name)
		if len(s.Refs) > 0 {
			line += " (needed by " + strings.Join(s.Refs[:min(len(s.Refs), maxRefs)], ", ")
			if more := len(s.Refs) - maxRefs; more > 0 {
				line += fmt.Sprintf(" and %d more", more)
			}
			line += ")"
		}
		lines = append(lines, line)
	}
	return append(lines, "add the object or archive that defines what is missing, or a shared library with -l"+usualLibrary(e))
}

// usualLibraries are those whose names can be told from what is missing.
var usualLibraries = []struct{ name, option string }{
	{`^(_ZN?K?S|_Zn|_Zd|_ZT[IVS]S|__cxa_|__gxx_|_ZTVN10__cxx)`, "for C++'s: -l stdc++"},
	{`^_gfortran_`, "for Fortran's: -l gfortran"},
	{`^(sin|cos|tan|exp|log|pow|sqrt|floor|ceil|fmod)f?l?$`, "for mathematics: -l m"},
	{`^_Unwind_`, "for exceptions: -l gcc_s"},
}

// usualLibrary names the libraries that some of the symbols are usually in.
func usualLibrary(e *runtimedyld.UndefinedError) (hint string) {
	for _, l := range usualLibraries {
		re := regexp.MustCompile(l.name)
		if slices.ContainsFunc(e.Symbols, func(s runtimedyld.Undefined) bool { return re.MatchString(s.Name) }) {
			hint += "; " + l.option
		}
	}
	return hint
}
