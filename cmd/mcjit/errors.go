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
	var lines []string
	told := map[relocationKind]*toldRelocation{}
	for _, err := range leaves(nil, err) {
		var undefined *runtimedyld.UndefinedError
		if r, ok := err.(*runtimedyld.RelocationError); ok {
			kind := relocationKind{r.Type, r.Symbol, r.Detail, r.Err}
			if t := told[kind]; t != nil {
				t.more++
				continue
			}
			told[kind] = &toldRelocation{line: len(lines)}
		}
		if errors.As(err, &undefined) {
			lines = append(lines, undefinedLines(undefined)...)
			continue
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			lines = append(lines, packagePrefix().ReplaceAllString(line, ""))
		}
	}
	for _, t := range told {
		if t.more > 0 {
			lines[t.line] += fmt.Sprintf("; %d more like it", t.more)
		}
	}
	return lines
}

// leaves appends the errors of which an error consists.
func leaves(list []error, err error) []error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return append(list, err)
	}
	for _, each := range many.Unwrap() {
		list = leaves(list, each)
	}
	return list
}

// Relocations of a kind fail for one reason: the first is told, and how many more there are.
type (
	relocationKind struct {
		typ, symbol, detail string
		err                 error
	}
	toldRelocation struct{ line, more int }
)

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
