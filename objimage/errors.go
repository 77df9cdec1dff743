package objimage

import (
	"errors"
	"fmt"
	"strings"
)

// ErrFormat is matched, by errors.Is, by every error about the contents of a file.
var ErrFormat = errors.New("malformed object file")

// ErrUnsupportedFormat is matched, by errors.Is, by errors about files that are not what was asked for (an executable, an archive, bitcode,
// text) or that use a format extension which is not read. The error's text says what the file is.
var ErrUnsupportedFormat = errors.New("not a supported relocatable object file")

// A FormatError says what is wrong with a file, and where. All errors about the contents of objects and archives have this type.
type FormatError struct {
	Object  string // the buffer's name
	Offset  uint64 // bytes from the start of the file to what is wrong; 0 when it is the file as a whole
	Section string // number and name, as in "[3] .rela.text"; empty outside sections
	Msg     string // what is wrong
	Err     error  // further reason, such as ErrUnsupportedFormat or an error of the operating system; may be nil
}

// Error describes the problem on one line, the object first.
func (e *FormatError) Error() string {
	var s strings.Builder
	s.WriteString(e.Object)
	s.WriteString(": ")
	if e.Section != "" {
		s.WriteString("section ")
		s.WriteString(e.Section)
		s.WriteString(": ")
	}
	s.WriteString(e.Msg)
	if e.Offset != 0 {
		fmt.Fprintf(&s, " (file offset %#x)", e.Offset)
	}
	if e.Err != nil && e.Err != ErrUnsupportedFormat {
		s.WriteString(": ")
		s.WriteString(e.Err.Error())
	}
	return s.String()
}

// Is reports whether target is ErrFormat, which every FormatError is.
func (e *FormatError) Is(target error) bool { return target == ErrFormat }

// Unwrap returns e.Err.
func (e *FormatError) Unwrap() error { return e.Err }
