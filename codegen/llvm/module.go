package llvm

import (
	"errors"
	"regexp"
	"sync"
	"sync/atomic"
)

// A Module is IR in memory, in a context of its own: different modules are used in parallel, one by one goroutine at a time. Close it.
type Module struct {
	library *Library
	name    string
	context contextRef
	ref     moduleRef
	spent   bool // emitted: the code generator has changed it
	broken  bool // LLVM was stopped in the middle of something

	id          uint64 // by which its diagnostics find it
	diagnostics []*Diagnostic
}

// ErrClosed is the use of a module that was closed, or that was compiled before: the code generator changes what it compiles.
var ErrClosed = errors.New("the module was compiled or closed before")

// modules are those in use, by their ids.
var (
	modules sync.Map
	lastID  atomic.Uint64
)

// Parse reads a module: IR as text, or bitcode. The name is for messages. Errors are *Diagnostic and *FatalError.
func (l *Library) Parse(name string, source []byte) (*Module, error) {
	m := &Module{library: l, name: name, context: l.contextCreate(), id: lastID.Add(1)}
	modules.Store(m.id, m)
	l.contextSetDiagnostic(m.context, uintptr(l.diagnose.Addr()), uintptr(m.id))
	err := guard(name, func() error { return m.parse(source) })
	if err != nil {
		m.broken = isFatal(err)
		m.Close()
		return nil, err
	}
	return m, nil
}

func (m *Module) parse(source []byte) error {
	l := m.library
	data := source
	if len(data) == 0 {
		data = []byte{'\n'} // something that has an address
	}
	buffer := l.createBuffer(&data[0], uintptr(len(data)), zero(m.name))
	var message cString
	failed := l.parseIR(m.context, buffer, &m.ref, &message) != 0 // takes the buffer
	text := l.take(message)
	if !failed {
		return nil
	}
	m.ref = 0
	if err := m.failure(); err != nil && text == "" {
		return err
	}
	return newDiagnostic(m.name, SeverityError, text)
}

// collectDiagnostic is what LLVM calls with a diagnostic of a context.
func (l *Library) collectDiagnostic(d uintptr, id uintptr) {
	m, ok := modules.Load(uint64(id))
	if !ok {
		return
	}
	module := m.(*Module)
	text := l.take(l.diagnosticText(diagnosticRef(d)))
	module.diagnostics = append(module.diagnostics, newDiagnostic(module.name, Severity(l.diagnosticSeverity(diagnosticRef(d))), text))
}

// failure returns the errors among the diagnostics: LLVM goes on after some, as those of inline assembly.
func (m *Module) failure() error {
	var errs []error
	for _, d := range m.diagnostics {
		if d.Severity == SeverityError {
			errs = append(errs, d)
		}
	}
	return errors.Join(errs...)
}

// Diagnostics returns what LLVM has had to say so far, remarks included.
func (m *Module) Diagnostics() []*Diagnostic { return m.diagnostics }

// Name returns the name that Parse was given.
func (m *Module) Name() string { return m.name }

// Triple returns the target that the module names, or "".
func (m *Module) Triple() string {
	if m.ref == 0 {
		return ""
	}
	return m.library.c.text(m.library.moduleTriple(m.ref))
}

// Verify checks the module against the rules of LLVM's language. The error is a *VerifyError.
func (m *Module) Verify() error {
	if m.ref == 0 || m.spent {
		return ErrClosed
	}
	return guard(m.name, func() error {
		const returnStatus = 2 // llvm-c/Analysis.h
		var message cString
		failed := m.library.verify(m.ref, returnStatus, &message) != 0
		text := m.library.take(message)
		if failed {
			return &VerifyError{Module: m.name, Text: text}
		}
		return nil
	})
}

// Close gives the module back. Closing twice is no error.
func (m *Module) Close() {
	if m.context == 0 {
		return
	}
	modules.Delete(m.id)
	if !m.broken { // or else LLVM's objects are in no state to be destroyed
		if m.ref != 0 {
			m.library.disposeModule(m.ref)
		}
		m.library.contextDispose(m.context)
	}
	m.ref, m.context = 0, 0
}

// typedPointer is a pointer type that says to what, outside of strings and comments as far as one can see: a type's end and a star.
var typedPointer = regexp.MustCompile(`(?m)^[^;"\n]*(\bi\d+|\bfloat|\bdouble|\bvoid|[\])}>]|%[\w.$-]+|%"[^"\n]*")\*`)

// hasTypedPointers says whether a source is IR as text from the time of typed pointers.
func hasTypedPointers(source []byte) bool { return !isBitcode(source) && typedPointer.Match(source) }

// isBitcode says whether a source begins as bitcode does, with a wrapper or not (LLVM's "Bitcode File Format").
func isBitcode(source []byte) bool {
	return len(source) >= 4 && (string(source[:4]) == "BC\xc0\xde" || string(source[:4]) == "\xde\xc0\x17\x0b")
}
