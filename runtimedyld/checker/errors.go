package checker

import (
	"errors"
	"fmt"
)

// ErrNoRules is returned for a text in which no line begins with the prefix: a check of it would pass whatever was linked.
var ErrNoRules = errors.New("no line begins with the rule prefix")

// NotFoundError is something that a rule names and the link does not have. The messages are LLVM's.
type NotFoundError struct {
	Kind NotFoundKind
	Name string // of what was not found
	In   string // the file or container that was searched
}

// A NotFoundKind says what was not found.
type NotFoundKind uint8

// What may not be found.
const (
	NoSymbol    NotFoundKind = iota // Name
	NoFile                          // Name
	NoSection                       // Name in the file In
	NoContainer                     // Name: it has neither stubs nor GOT entries
	NoStub                          // for the symbol Name in the container In
)

// Error says what was looked for, and where.
func (e *NotFoundError) Error() string {
	switch e.Kind {
	case NoFile:
		return "RTDyldChecker: No file named " + e.Name
	case NoSection:
		return fmt.Sprintf("RTDyldChecker: No section named \"%s\" in file %s", e.Name, e.In)
	case NoContainer:
		return "RTDyldChecker: Stub container not found: " + e.Name
	case NoStub:
		return fmt.Sprintf("RTDyldChecker: Symbol name %s in stub container %s not found", e.Name, e.In)
	}
	return "RTDyldChecker: Symbol not found: " + e.Name
}

// FalseError is a rule whose sides differ.
type FalseError struct {
	Expr        string
	Left, Right uint64
}

// Error shows the rule and both values, in LLVM's words.
func (e *FalseError) Error() string {
	return fmt.Sprintf("Expression '%s' is false: 0x%x != 0x%x", e.Expr, e.Left, e.Right)
}

// ExprError is a rule that has no value: it is malformed, or asks for what is not there.
type ExprError struct {
	Expr   string
	Offset int    // of the byte in Expr where evaluation stopped
	Msg    string // what is wrong there, in LLVM's words where LLVM has some
	Err    error  // what Facts said; nil otherwise
}

// Error shows the rule and what is wrong, in LLVM's words.
func (e *ExprError) Error() string {
	return fmt.Sprintf("Error evaluating expression '%s': %s", e.Expr, e.Msg)
}

// Unwrap returns what Facts said.
func (e *ExprError) Unwrap() error { return e.Err }

// RuleError says where in a file the rule is that failed. It wraps a [*FalseError] or an [*ExprError], whose text is what LLVM prints.
type RuleError struct {
	File         string
	Line, Column int // from 1; the column counts bytes
	Err          error
}

// Error puts the position in front of the message.
func (e *RuleError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %v", e.File, e.Line, e.Column, e.Err)
}

// Unwrap returns the error of the rule.
func (e *RuleError) Unwrap() error { return e.Err }
