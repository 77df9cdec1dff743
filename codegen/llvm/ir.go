package llvm

import (
	"context"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
)

// An irModule is IR in LLVM's memory, in a context of its own.
type irModule struct {
	library   *Library
	name      string
	ctx       context.Context // of the call that is on its way
	context   contextRef
	ref       moduleRef
	id        uintptr         // by which callbacks find it
	abandoned bool            // LLVM was stopped in the middle of something
	busy      <-chan struct{} // closed when LLVM has ended what nobody waits for any more; nil if there is no such thing

	diagnostics []codegen.Diagnostic
	output      strings.Builder // what LLVM would have printed
}

// A registry is the modules for which callbacks may come.
type registry struct {
	mu   sync.RWMutex
	byID map[uintptr]*irModule
	last uintptr
}

var inUse = registry{byID: map[uintptr]*irModule{}}

func (r *registry) add(m *irModule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	m.id = r.last
	r.byID[m.id] = m
}

func (r *registry) remove(m *irModule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.byID, m.id)
}

func (r *registry) find(id uintptr) *irModule {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.byID[id]
}

// parse reads a module, text or bitcode.
func (l *Library) parse(ctx context.Context, name string, source []byte) (*irModule, error) {
	m := &irModule{library: l, name: name, ctx: ctx, context: l.contextCreate()}
	inUse.add(m)
	l.contextSetDiagnostic(m.context, uintptr(l.diagnose.Addr()), m.id)
	l.contextSetYield(m.context, uintptr(l.yield.Addr()), m.id)
	if err := m.guard(ctx, func() error { return m.read(source) }); err != nil {
		m.close()
		return nil, err
	}
	return m, nil
}

func (m *irModule) read(source []byte) error {
	if len(source) == 0 {
		source = []byte{'\n'} // something that has an address
	}
	l := m.library
	buffer := l.createBuffer(&source[0], uintptr(len(source)), zero(m.name))
	var message cString
	failed := l.parseIR(m.context, buffer, &m.ref, &message) != 0 // takes the buffer
	text := l.take(message)
	if failed {
		m.ref = 0
		m.note(severityError, text)
		return m.failure(nil)
	}
	return nil
}

// guard runs f, which calls LLVM for the module, and returns f's error; or that of ctx, when ctx is done first. LLVM cannot be interrupted but between passes, and generating code is one of
// them, so that it may go on for a while then: f must not share anything with its caller that either writes.
func (m *irModule) guard(ctx context.Context, f func() error) error {
	m.ctx = ctx
	if ctx.Done() == nil {
		return m.call(f)
	}
	result := make(chan error, 1)
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		result <- m.call(f)
	}()
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		m.busy = idle
		return context.Cause(ctx)
	}
}

// call runs f, and returns the error about the module for what f was left with.
func (m *irModule) call(f func() error) (err error) {
	m.abandoned, err = guard(f)
	if fatal, ok := err.(*FatalError); ok {
		return m.failure(fatal)
	}
	return err
}

// collectDiagnostic is what LLVM calls with a diagnostic of a context.
func (l *Library) collectDiagnostic(d, id uintptr) {
	text, s := l.take(l.diagnosticText(diagnosticRef(d))), severity(l.diagnosticSeverity(diagnosticRef(d)))
	if m := inUse.find(id); m != nil && s != severityRemark { // which say how code was optimised, of each function
		m.note(s, text)
	}
}

// note keeps a diagnostic.
func (m *irModule) note(severity, text string) {
	m.diagnostics = append(m.diagnostics, newDiagnostic(m.name, severity, text))
	m.output.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		m.output.WriteByte('\n')
	}
}

// failed says whether there are errors among the diagnostics. LLVM goes on after some, as those of inline assembly.
func (m *irModule) failed() bool {
	for _, d := range m.diagnostics {
		if d.Severity == severityError {
			return true
		}
	}
	return false
}

// failure returns the error about the module, with everything that LLVM has said.
func (m *irModule) failure(reason error) error {
	return &codegen.Error{Module: m.name, Diagnostics: m.diagnostics, Err: reason, Output: m.output.String()}
}

// triple returns the target that the module names, or "".
func (m *irModule) triple() string { return m.library.c.text(m.library.moduleTriple(m.ref)) }

// verify checks the module against the rules of LLVM's language.
func (m *irModule) verify(ctx context.Context) error {
	return m.guard(ctx, func() error {
		const returnStatus = 2 // llvm-c/Analysis.h, LLVMVerifierFailureAction
		var message cString
		broken := m.library.verify(m.ref, returnStatus, &message) != 0
		text := m.library.take(message)
		if broken {
			m.note(severityError, text)
			return m.failure(ErrBroken)
		}
		return nil
	})
}

// close gives the module back, at once or when LLVM has ended what it does with it.
func (m *irModule) close() {
	if m.busy == nil {
		m.dispose()
		return
	}
	go func() {
		<-m.busy
		m.dispose()
	}()
}

func (m *irModule) dispose() {
	inUse.remove(m)
	if m.abandoned { // LLVM's objects are in no state to be destroyed
		return
	}
	if m.ref != 0 {
		m.library.disposeModule(m.ref)
	}
	m.library.contextDispose(m.context)
}
