package codegen

import (
	"fmt"
	"strings"
)

// A Diagnostic is one thing that a compiler has to say about a source.
type Diagnostic struct {
	Severity string // "error", "warning", "note", "remark"
	File     string // empty if it is about none
	Line     int    // from 1; 0 if it is about none
	Column   int    // from 1; 0 if it is about none
	Message  string // one line, without a full stop
	Text     string // the compiler's own words, whole, with the lines of the source that it quotes; may be empty
}

// String returns the diagnostic as compilers print it: "file:line:column: severity: message".
func (d Diagnostic) String() string {
	var b strings.Builder
	if d.File != "" {
		b.WriteString(d.File + ":")
		if d.Line > 0 {
			fmt.Fprintf(&b, "%d:", d.Line)
			if d.Column > 0 {
				fmt.Fprintf(&b, "%d:", d.Column)
			}
		}
		b.WriteByte(' ')
	}
	return b.String() + d.Severity + ": " + d.Message
}

// An Error says why a module was not compiled.
type Error struct {
	Module      string       // its name
	Diagnostics []Diagnostic // of the compiler; there may be none
	Err         error        // a further reason, as that a program could not be run; may be nil
	Output      string       // all that the compiler printed, as it is, with the lines of the source that it quotes; may be empty
}

// Error returns what the compiler said, a line for each diagnostic.
func (e *Error) Error() string {
	var lines []string
	for _, d := range e.Diagnostics {
		lines = append(lines, d.String())
	}
	if e.Err != nil {
		lines = append(lines, fmt.Sprintf("%s: %v", e.Module, e.Err))
	}
	if len(lines) == 0 {
		return e.Module + ": the compiler failed and did not say why"
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the further reason.
func (e *Error) Unwrap() error { return e.Err }

// An UnsupportedError is a source of a kind that a generator does not compile.
type UnsupportedError struct {
	Source string // its name
	Kind   Kind
	Reason string // what does compile it, or what to do
}

// Error names the source, its kind and the remedy.
func (e *UnsupportedError) Error() string {
	text := fmt.Sprintf("%s: no code generator here for %v", e.Source, e.Kind)
	if e.Kind == KindUnknown {
		text = e.Source + ": it is not known what it is written in"
	}
	if e.Reason != "" {
		text += "; " + e.Reason
	}
	return text
}
