package llvm

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// ErrBroken is a module that breaks the rules of LLVM's language, as by values that are used before they are defined.
var ErrBroken = errors.New("broken module found, compilation aborted")

// A FatalError is what LLVM ends the process for: something that its code generator cannot do. Here it ends the compilation of that module.
type FatalError struct{ Reason string } // in LLVM's words

// Error returns the reason.
func (e *FatalError) Error() string { return "LLVM ERROR: " + e.Reason }

// A TargetError is a triple for which libLLVM has no code generator.
type TargetError struct {
	Triple string
	Reason string // in LLVM's words
}

// Error returns one line.
func (e *TargetError) Error() string { return strings.TrimSpace(e.Reason) }

// A PassesError is a pipeline of passes that LLVM does not understand.
type PassesError struct{ Passes, Reason string }

// Error returns one line.
func (e *PassesError) Error() string { return fmt.Sprintf("passes %q: %s", e.Passes, e.Reason) }

// position is how LLVM begins a text about a place in a file (SMDiagnostic::print). Texts about whole files have none.
var position = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(.*?):(?:(\d+):(?:(\d+):)?)? (?:(error|warning|remark|note): )?(.*)`)
})

// newDiagnostic takes a text of LLVM's apart.
func newDiagnostic(file, severity, text string) codegen.Diagnostic {
	d := codegen.Diagnostic{File: file, Severity: severity, Text: text}
	d.Message, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	m := position().FindStringSubmatch(d.Message)
	if m == nil || m[2] == "" && m[4] == "" {
		return d
	}
	d.File, d.Message = m[1], m[5]
	if m[4] != "" {
		d.Severity = m[4]
	}
	d.Line, _ = strconv.Atoi(m[2])
	d.Column, _ = strconv.Atoi(m[3])
	return d
}

// The words for llvm-c/Core.h's LLVMDiagnosticSeverity.
const (
	severityError   = "error"
	severityWarning = "warning"
	severityRemark  = "remark"
	severityNote    = "note"
)

func severity(n int32) string {
	words := [...]string{severityError, severityWarning, severityRemark, severityNote}
	if n < 0 || int(n) >= len(words) {
		return severityError
	}
	return words[n]
}

// What the callbacks panic with. It unwinds to guard: the C++ frames between are abandoned.
type (
	fatalReason string
	cancelled   struct{ error }
)

// A handler is the callbacks that a library has. LLVM ends the process when its handler of fatal errors returns (llvm-c/ErrorHandling.h), so ours never does. LLVM holds no lock when it
// calls one.
type handler struct {
	diagnose *inprocess.Callback
	yield    *inprocess.Callback
}

func (l *Library) installHandlers() error {
	fatal, err := inprocess.NewCallback(func(reason uintptr) { panic(fatalReason(l.c.text(cString(reason)))) })
	if err != nil {
		return err
	}
	if l.diagnose, err = inprocess.NewCallback(l.collectDiagnostic); err != nil {
		return err
	}
	if l.yield, err = inprocess.NewCallback(yieldToContext); err != nil {
		return err
	}
	l.resetFatalHandler()
	l.setFatalHandler(uintptr(fatal.Addr()))
	return nil
}

// guard runs f, which calls LLVM, and makes an error of what f was abandoned for. LLVM's objects must be left alone then: so f must not defer anything that calls LLVM.
func guard(f func() error) (abandoned bool, err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatalReason:
			abandoned, err = true, &FatalError{Reason: string(p)}
		case cancelled:
			abandoned, err = true, p.error
		default:
			panic(p)
		}
	}()
	return false, f()
}

// yieldToContext is what LLVM calls between passes.
func yieldToContext(_, id uintptr) {
	if m := inUse.find(id); m != nil && m.ctx.Err() != nil {
		panic(cancelled{context.Cause(m.ctx)})
	}
}
