package runtimedyld

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is. The typed errors below wrap them.
var (
	// ErrUnsupportedRelocation is a relocation that the architecture's table does not have, or that this engine cannot serve.
	ErrUnsupportedRelocation = errors.New("unsupported relocation")
	// ErrRelocationOverflow is a value that does not fit the field it is stored in.
	ErrRelocationOverflow = errors.New("relocation out of range")
	// ErrMisaligned is a value that does not fit the field it is stored in because its lowest bits are not stored, and not zero.
	ErrMisaligned = errors.New("relocation to a misaligned address")
	// ErrMalformedRelocation is a relocation whose place or symbol does not exist.
	ErrMalformedRelocation = errors.New("malformed relocation")
	// ErrUnsupportedSymbol is a kind of symbol or section that cannot be loaded.
	ErrUnsupportedSymbol = errors.New("unsupported symbol")
	// ErrUndefinedSymbol is a name that neither the engine nor the client's resolver defines.
	ErrUndefinedSymbol = errors.New("undefined symbol")
	// ErrDuplicateSymbol is a name with two strong definitions.
	ErrDuplicateSymbol = errors.New("duplicate symbol")
	// ErrUnsupportedArch is an object of an architecture or a format that has no relocation table here.
	ErrUnsupportedArch = errors.New("unsupported architecture")
	// ErrTooLarge is an object whose sections cannot be in memory together.
	ErrTooLarge = errors.New("object too large")
	// ErrState is an operation that the object's state does not allow.
	ErrState = errors.New("wrong state")
	// ErrClosed is any use of what was closed.
	ErrClosed = errors.New("the engine, or the linker, is closed")
)

// A RelocationError says which relocation could not be applied, and why. Err is one of the sentinels.
type RelocationError struct {
	Object, Section string
	Offset          uint64 // in the section, in bytes
	Type            string // psABI name, or a number for unknown ones
	Symbol          string // empty for section symbols without a name
	Addend          int64
	Value           int64 // what was to be stored; for ErrRelocationOverflow and ErrMisaligned
	Min, Max        int64 // what the field holds; for ErrRelocationOverflow
	Detail          string
	Err             error
}

// Error gives the place as linkers write it: object:(section+offset).
func (e *RelocationError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:(%s+%#x): relocation %s against %q%s", e.Object, e.Section, e.Offset, e.Type, e.Symbol, signed(e.Addend))
	if e.Err == ErrRelocationOverflow {
		fmt.Fprintf(&b, " out of range: %d is not in [%d, %d]", e.Value, e.Min, e.Max)
	} else if e.Err == ErrMisaligned {
		fmt.Fprintf(&b, " is misaligned: %#x", uint64(e.Value))
	} else {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Detail != "" {
		b.WriteString("; ")
		b.WriteString(e.Detail)
	}
	return b.String()
}

// Unwrap returns the sentinel.
func (e *RelocationError) Unwrap() error { return e.Err }

// maxNameShown bounds what an error keeps of a section's or a symbol's name: each error has a copy, and a hostile file can have a long name and
// very many errors.
const maxNameShown = 1024

func shown(name []byte) string {
	if len(name) > maxNameShown {
		return string(name[:maxNameShown]) + "..."
	}
	return string(name)
}

// A PublishError says that the memory manager could not change what was finalized before, for objects that were reopened. They stay Loaded, and run on as they were. Objects that were linked with
// them for the first time are Finalized.
type PublishError struct{ Err error }

// Error says so.
func (e *PublishError) Error() string {
	return fmt.Sprintf("what was reopened is not finalized again, and runs as it was: %v", e.Err)
}

// Unwrap returns the memory manager's error.
func (e *PublishError) Unwrap() error { return e.Err }

func signed(v int64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%+d", v)
}

// An Undefined is one name that nothing defines, and the places that need it: the first of each object, as object:(section+offset).
type Undefined struct {
	Name string
	Refs []string
}

// An UndefinedError lists every undefined symbol of a link.
type UndefinedError struct {
	Symbols []Undefined
}

// Error lists the names, each with the first places that refer to it.
func (e *UndefinedError) Error() string {
	var b strings.Builder
	b.WriteString("undefined symbols: ")
	for i, u := range e.Symbols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(u.Name)
		if len(u.Refs) > 0 {
			fmt.Fprintf(&b, " (needed by %s", strings.Join(u.Refs[:min(len(u.Refs), maxRefsShown)], ", "))
			if n := len(u.Refs) - maxRefsShown; n > 0 {
				fmt.Fprintf(&b, " and %d more", n)
			}
			b.WriteString(")")
		}
	}
	b.WriteString("; add an object, archive or library that defines them, a global mapping, or a SymbolResolver")
	return b.String()
}

const maxRefsShown = 3

// Unwrap returns ErrUndefinedSymbol.
func (e *UndefinedError) Unwrap() error { return ErrUndefinedSymbol }

// A DuplicateError says that two objects define the same name strongly, or that commons of a name disagree.
type DuplicateError struct {
	Symbol        string
	First, Second string // names of the objects; "global mapping" for a mapping
	Detail        string
}

// Error names both.
func (e *DuplicateError) Error() string {
	s := fmt.Sprintf("duplicate symbol %q: defined in %s and in %s", e.Symbol, e.First, e.Second)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns ErrDuplicateSymbol.
func (e *DuplicateError) Unwrap() error { return ErrDuplicateSymbol }

// An ObjectError is any other reason for which an object cannot be loaded.
type ObjectError struct {
	Object string
	Msg    string
	Err    error
}

// Error names the object.
func (e *ObjectError) Error() string {
	if e.Msg == "" {
		return fmt.Sprintf("%s: %v", e.Object, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Object, e.Msg)
}

// Unwrap returns the cause.
func (e *ObjectError) Unwrap() error { return e.Err }

// A FreeError is what went wrong when memory was given back that nobody uses any more, in an operation that is about something else: errors of Hooks.Leaving and of the
// memory manager. If it is the only error of the operation, that has done what it is for.
type FreeError struct {
	Err error
}

// Error says what it is about.
func (e *FreeError) Error() string {
	return fmt.Sprintf("giving back what nobody uses any more: %v", e.Err)
}

// Unwrap returns the cause.
func (e *FreeError) Unwrap() error { return e.Err }

// withFreed returns an operation's error, or nil, with what has gone wrong beside it.
func withFreed(err error, freed ...error) error {
	all := errors.Join(freed...)
	switch {
	case all == nil:
		return err
	case err == nil:
		return &FreeError{Err: all}
	}
	return &LinkError{Errs: []error{err, &FreeError{Err: all}}}
}

// A LinkError is everything that went wrong in one link. errors.Is and errors.As see each.
type LinkError struct {
	Errs []error
}

const maxErrorsShown = 20

// Error gives a line for each error, up to a limit.
func (e *LinkError) Error() string {
	var b strings.Builder
	for i, err := range e.Errs {
		if i == maxErrorsShown {
			fmt.Fprintf(&b, "\nand %d more errors", len(e.Errs)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap returns all the errors.
func (e *LinkError) Unwrap() []error { return e.Errs }

// joined returns nil, the only error, or a LinkError of all.
func joined(errs []error) error {
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return &LinkError{Errs: errs}
}
