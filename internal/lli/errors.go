package lli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A plainError is printed as "program: error: text".
type plainError struct {
	program string // in place of the real one, if it is not empty
	text    string
}

func (e *plainError) Error() string { return e.text }

func plainf(format string, args ...any) error { return &plainError{text: fmt.Sprintf(format, args...)} }

// Unresolved is what LLVM says about a symbol that nobody defines.
func Unresolved(name string) string {
	return fmt.Sprintf("LLVM ERROR: Program used external function '%s' which could not be resolved!", name)
}

// A verbatimError ends lli with a status, and a text that is printed as it is.
type verbatimError struct {
	status int
	text   string
}

func (e *verbatimError) Error() string { return e.text }

// A fatalError is what LLVM aborts for: report_fatal_error.
type fatalError struct{ reason string }

func (e *fatalError) Error() string { return "LLVM ERROR: " + e.reason }

// An exitError is about the program's exit, without which lli does not end; it aborts.
type exitError struct{ text string }

func (e *exitError) Error() string { return e.text }

// The statuses of lli.
const (
	statusError   = 1
	statusNoEntry = 255 // -1
	statusAborted = 134 // if this process cannot abort
)

// complain prints an error in the shape that LLVM gives it, and returns the exit status. It does not return for what LLVM aborts for, if this process can abort.
func (t *Tool) complain(err error) int {
	var usage *llvmcl.UsageError
	var verbatim *verbatimError
	var plain *plainError
	var fatal *fatalError
	var llvmFatal *llvm.FatalError
	var exit *exitError
	switch {
	case t.noHelp != nil:
		t.complainOfCode(t.noHelp)
	case errors.As(err, &usage):
		for _, each := range llvmcl.Errors(err) {
			fmt.Fprintf(t.Stderr, "%s: %v\n", t.Program, each)
		}
	case errors.As(err, &verbatim):
		if verbatim.text != "" {
			fmt.Fprintln(t.Stderr, verbatim.text)
		}
		return verbatim.status
	case errors.As(err, &plain):
		program := t.Program
		if plain.program != "" {
			program = plain.program
		}
		fmt.Fprintf(t.Stderr, "%s: error: %s\n", program, plain.text)
	case errors.As(err, &exit):
		fmt.Fprintf(t.Stderr, "%s: error: %s\n", t.Program, exit.text)
		return t.abort()
	case errors.As(err, &fatal):
		fmt.Fprintln(t.Stderr, fatal)
		return t.abort()
	case errors.As(err, &llvmFatal):
		fmt.Fprintln(t.Stderr, llvmFatal)
		return t.abort()
	default:
		t.complainOfCode(err)
	}
	return statusError
}

// complainOfCode prints what is wrong with a module, or with what was linked.
func (t *Tool) complainOfCode(err error) {
	var source *codegen.Error
	var target *llvm.TargetError
	var undefined *runtimedyld.UndefinedError
	switch {
	case errors.As(err, &target):
		fmt.Fprintf(t.Stderr, "%s: error: error creating EE: %s\n", t.Program, target.Reason)
	case errors.As(err, &undefined):
		for _, s := range undefined.Symbols {
			fmt.Fprintln(t.Stderr, Unresolved(s.Name))
		}
	case errors.As(err, &source) && len(source.Diagnostics) > 0:
		for _, d := range source.Diagnostics {
			if printDiagnostic(t.Stderr, d); d.Severity == "error" {
				break // as LLVM ends at the first
			}
		}
	default:
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintf(t.Stderr, "%s: error: %s\n", t.Program, line)
		}
	}
}

// printDiagnostic prints what LLVM's context prints (LLVMContext::diagnose).
func printDiagnostic(w io.Writer, d codegen.Diagnostic) {
	fmt.Fprintf(w, "%s: %s\n", d.Severity, d.Text)
}

// abort ends the process as C's abort does.
func (t *Tool) abort() int {
	if t.Abort != nil {
		t.Abort()
	}
	return statusAborted
}
