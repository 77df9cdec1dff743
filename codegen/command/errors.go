package command

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
)

// fail returns the error that the module was not compiled for a reason that is not in it.
func (m *module) fail(err error) error { return &codegen.Error{Module: m.source.Name, Err: err} }

// complaint returns what the program has printed, as an error.
func (m *module) complaint(p program, output string, err error) error {
	e := &codegen.Error{Module: m.source.Name, Output: output}
	failed := false
	for line := range strings.Lines(output) {
		if d, ok := diagnostic(withoutProgram(line), m.source.Name); ok {
			e.Diagnostics = append(e.Diagnostics, d)
			failed = failed || d.Severity == "error"
		}
	}
	if !failed { // it says nothing, or nothing that is known here
		e.Err = fmt.Errorf("%s: %w", filepath.Base(p.path), err)
		if text := strings.TrimSpace(output); text != "" && errors.As(err, new(*exec.ExitError)) {
			e.Err = fmt.Errorf("%s: %s (%w)", filepath.Base(p.path), text, err)
		}
	}
	return e
}

// withoutProgram takes away what llc puts in front: its name, "error" and its name again.
func withoutProgram(line string) string {
	name, rest, _ := strings.Cut(line, ": error: ")
	if text, ok := strings.CutPrefix(rest, name+": "); ok {
		return text
	}
	return line
}

// message is a line of a compiler or an assembler: "file:line:column: error: text", or "program: error: text". gas has no columns, and capital letters.
var message = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:(.+?):(\d+):(?:(\d+):)? |[\w./+-]+: )?(fatal error|[Ee]rror|[Ww]arning|note|remark): (.*)`)
})

// diagnostic takes a line apart. What programs call standard input is the source.
func diagnostic(line, name string) (d codegen.Diagnostic, ok bool) {
	m := message().FindStringSubmatch(strings.TrimRight(line, "\r\n"))
	if m == nil {
		return d, false
	}
	d = codegen.Diagnostic{Severity: strings.ToLower(strings.TrimPrefix(m[4], "fatal ")), File: m[1], Message: m[5]}
	if d.File == "<stdin>" || d.File == "{standard input}" || d.File == "-" {
		d.File = name
	}
	d.Line, _ = strconv.Atoi(m[2])
	d.Column, _ = strconv.Atoi(m[3])
	return d, true
}
