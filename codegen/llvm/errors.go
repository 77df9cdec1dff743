package llvm

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A Diagnostic is what LLVM has to say about a module. As an error it is why a module could not be compiled.
type Diagnostic struct {
	File         string // that it is about; may be "<inline asm>"
	Line, Column int    // from 1; 0 if they are not known
	Severity     Severity
	Message      string // one line
	Text         string // all of LLVM's text: the position, the message, the line and a mark below it
}

// A Severity says how bad it is.
type Severity int

// The severities (llvm-c/Core.h, LLVMDiagnosticSeverity).
const (
	SeverityError Severity = iota
	SeverityWarning
	SeverityRemark
	SeverityNote
)

// String returns the word that LLVM prints.
func (s Severity) String() string {
	if words := []string{"error", "warning", "remark", "note"}; s >= 0 && int(s) < len(words) {
		return words[s]
	}
	return "severity " + strconv.Itoa(int(s))
}

// Error returns one line: file, position, message.
func (d *Diagnostic) Error() string {
	if d.Line == 0 {
		return d.File + ": " + d.Severity.String() + ": " + d.Message
	}
	return fmt.Sprintf("%s:%d:%d: %v: %s", d.File, d.Line, d.Column, d.Severity, d.Message)
}

// position is how LLVM begins a text about a place in a file (SMDiagnostic::print). Lines of other texts than IR have no column.
var position = regexp.MustCompile(`^(.*?):(?:(\d+):(?:(\d+):)?)? (?:(error|warning|remark|note): )?(.*)`)

// newDiagnostic takes a text of LLVM's apart.
func newDiagnostic(file string, severity Severity, text string) *Diagnostic {
	d := &Diagnostic{File: file, Severity: severity, Text: text}
	d.Message, _, _ = strings.Cut(text, "\n")
	m := position.FindStringSubmatch(d.Message)
	if m == nil || m[2] == "" && m[4] == "" {
		return d
	}
	d.File, d.Message = m[1], m[5]
	d.Line, _ = strconv.Atoi(m[2])
	d.Column, _ = strconv.Atoi(m[3])
	return d
}

// A VerifyError is a module that breaks the rules of LLVM's language, as by values used before they are defined.
type VerifyError struct {
	Module string
	Text   string // of LLVM's verifier, some lines for each violation
}

// Error returns what is wrong.
func (e *VerifyError) Error() string {
	return e.Module + ": the module is broken: " + strings.TrimSpace(e.Text)
}

// A FatalError is what LLVM ends the process for: something that its code generator cannot do. Here it ends the compilation of that module; some memory of LLVM's is
// lost then.
type FatalError struct {
	Module string
	Reason string // in LLVM's words
}

// Error returns the reason.
func (e *FatalError) Error() string { return e.Module + ": LLVM: " + e.Reason }

// A TargetError is a triple, CPU or option for which there is no code generator.
type TargetError struct {
	Triple string
	Reason string // in LLVM's words
}

// Error returns one line.
func (e *TargetError) Error() string { return "target " + e.Triple + ": " + e.Reason }

// A PassesError is a pipeline of passes that LLVM does not understand.
type PassesError struct{ Passes, Reason string }

// Error returns one line.
func (e *PassesError) Error() string { return fmt.Sprintf("passes %q: %s", e.Passes, e.Reason) }

// fatalReason is what the handler of fatal errors panics with.
type fatalReason string

// handleErrors installs what LLVM calls when something is wrong. LLVM ends the process when its handler of fatal errors returns (llvm-c/ErrorHandling.h), so it must not: it
// panics, which unwinds to our call of LLVM. LLVM holds no lock when it calls a handler.
func (l *Library) handleErrors() error {
	fatal, err := inprocess.NewCallback(func(reason uintptr) { panic(fatalReason(l.c.text(cString(reason)))) })
	if err != nil {
		return err
	}
	l.diagnose, err = inprocess.NewCallback(l.collectDiagnostic)
	if err != nil {
		return err
	}
	l.resetFatalHandler()
	l.setFatalHandler(uintptr(fatal.Addr()))
	return nil
}

// guard runs f, which calls LLVM, and makes an error of a fatal one.
func guard(module string, f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatalReason:
			err = &FatalError{Module: module, Reason: string(p)}
		default:
			panic(p)
		}
	}()
	return f()
}

// isFatal says whether LLVM's objects must be left alone: it has been stopped in the middle of something.
func isFatal(err error) bool { return errors.As(err, new(*FatalError)) }
