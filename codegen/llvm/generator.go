package llvm

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Generator compiles IR and bitcode. It may be used by many goroutines at once, and needs no closing.
type Generator struct {
	options codegen.Options
	more    options
}

var _ codegen.Generator = (*Generator)(nil)

// An Option is a choice that only LLVM offers.
type Option func(*options)

type options struct {
	passes  string
	library *Library
	tell    func(codegen.Diagnostic)
}

// WithPasses runs passes before code is generated: a pipeline as opt's -passes takes it, such as "default<O2>" (LLVM's "Using the New Pass Manager"). LLVM 11 and 12 know default<O0> to
// default<O3>, default<Os> and default<Oz>. Without it none are run, as in LLVM's MCJIT; a pipeline that does not exist is a *PassesError of Generate.
func WithPasses(pipeline string) Option { return func(o *options) { o.passes = pipeline } }

// WithLibrary compiles with this libLLVM, whatever is in the module.
func WithLibrary(l *Library) Option { return func(o *options) { o.library = l } }

// WithDiagnostics calls f with warnings and remarks about modules that are compiled all the same. It may be called by several goroutines at once.
func WithDiagnostics(f func(codegen.Diagnostic)) Option { return func(o *options) { o.tell = f } }

// New returns a generator. It opens nothing: whether there is a libLLVM shows when the first module is read. The error is a *codegen.OptionError for what LLVM's C interface
// cannot do.
func New(o codegen.Options, more ...Option) (*Generator, error) {
	if o.EmulatedTLS {
		return nil, &codegen.OptionError{Option: "EmulatedTLS", Value: "true", Reason: "LLVM's C interface cannot ask for it; engines have thread-local variables without it"}
	}
	for _, x := range []struct {
		name     string
		value, n int
	}{{"OptLevel", int(o.OptLevel), len(levels)}, {"RelocModel", int(o.RelocModel), len(relocations)}, {"CodeModel", int(o.CodeModel), len(codeModels)}} {
		if x.value >= x.n {
			return nil, &codegen.OptionError{Option: x.name, Value: fmt.Sprint(x.value), Reason: "there is no such value"}
		}
	}
	g := &Generator{options: o}
	g.options.Features = append([]string(nil), o.Features...)
	for _, option := range more {
		option(&g.more)
	}
	return g, nil
}

// NewModule makes a module of IR as text or of bitcode. It is read when its symbols or its object are asked for. Other kinds are a *codegen.UnsupportedError.
func (g *Generator) NewModule(src codegen.Source) (codegen.Module, error) {
	if src.Kind != codegen.IR && src.Kind != codegen.Bitcode {
		return nil, &codegen.UnsupportedError{Source: src.Name, Kind: src.Kind, Reason: "LLVM takes IR and bitcode"}
	}
	return &Module{generator: g, source: src}, nil
}

// Library returns the libLLVM that is asked first, and opens it if nobody has. Errors are those of Default.
func (g *Generator) Library() (*Library, error) {
	if g.more.library != nil {
		return g.more.library, nil
	}
	return Default()
}

// parse reads a source. What the newest version does not understand may be of the time of an older one: each has taken something out of the language.
func (g *Generator) parse(ctx context.Context, src *codegen.Source) (*irModule, error) {
	l, err := g.Library()
	if err != nil {
		return nil, &codegen.Error{Module: src.Name, Err: err}
	}
	m, err := l.parse(ctx, src.Name, src.Data)
	if err == nil || src.Kind != codegen.IR || g.more.library != nil || os.Getenv(Variable) != "" || ctx.Err() != nil {
		return m, err
	}
	for l := range older(l.Version()) {
		if m, err := l.parse(ctx, src.Name, src.Data); err == nil {
			return m, nil
		}
	}
	return nil, err
}

// A Module is IR or bitcode that is to be compiled. It is read when it is first looked at, and in LLVM's memory until it is compiled or closed. Goroutines that use it at the same time, as
// those of engines do that it was added to twice, wait for each other.
type Module struct {
	generator *Generator
	source    codegen.Source

	mu      sync.Mutex // of what follows
	ir      *irModule  // nil if it is not in LLVM's memory
	known   bool       // the symbols are
	all     bool
	symbols []codegen.Symbol
}

var (
	_ codegen.Module   = (*Module)(nil)
	_ codegen.Verifier = (*Module)(nil)
)

// Name returns the source's name.
func (m *Module) Name() string { return m.source.Name }

// load reads the module if it is not in LLVM's memory.
func (m *Module) load(ctx context.Context) error {
	if m.ir != nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	ir, err := m.generator.parse(ctx, &m.source)
	if err == nil {
		m.ir = ir
	}
	return err
}

// unload takes the module out of LLVM's memory.
func (m *Module) unload() {
	if m.ir != nil {
		m.ir.close()
		m.ir = nil
	}
}

// Symbols returns what the module defines and declares. A module with assembly of its own (module asm) answers codegen.ErrSymbolsUnknown, since nobody has read the assembly. Errors
// about the source are *codegen.Error, one that is or has a *LoadError if there is no libLLVM.
func (m *Module) Symbols(ctx context.Context) ([]codegen.Symbol, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.known {
		if err := m.load(ctx); err != nil {
			return nil, err
		}
		m.symbols, m.all = m.ir.symbols()
		m.known = true
	}
	if !m.all {
		return nil, codegen.ErrSymbolsUnknown
	}
	return m.symbols, nil
}

// Verify returns a *codegen.Error that is ErrBroken if the module breaks the rules of LLVM's language, and the other errors of Symbols.
func (m *Module) Verify(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return err
	}
	err := m.ir.verify(ctx)
	if err != nil {
		m.unload()
	}
	return err
}

// Generate compiles the module. Errors are *codegen.Error, with a *LoadError, *FatalError, *TargetError or *PassesError in it if it is not the source that is wrong; or the cause of
// ctx's end; or those of w. The module should have been verified: LLVM may crash the process over one that is broken.
func (m *Module) Generate(ctx context.Context, w *objimage.BufferStream) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return err
	}
	defer m.unload()
	object, err := m.ir.object(ctx, &m.generator.options, m.generator.more.passes)
	if err != nil {
		return err
	}
	if m.generator.more.tell != nil {
		for _, d := range m.ir.diagnostics {
			m.generator.more.tell(d)
		}
	}
	_, err = w.Write(object)
	return err
}

// Triple returns the target that the module names, or "" if it names none. Errors are those of Symbols.
func (m *Module) Triple(ctx context.Context) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return "", err
	}
	return m.ir.triple(), nil
}

// Key returns which libLLVM there is, the options, those of Library.ParseOptions included, and the source; of IR as text also its name. libLLVM is not opened for it, unless it has to say which processor "native" is, or is nowhere to be seen: an object that is in
// a cache costs nothing of LLVM.
func (m *Module) Key(context.Context) (string, error) {
	o := m.generator.options
	identity := ""
	if m.generator.more.library == nil {
		identity = identify()
	}
	if identity == "" || o.CPU == "native" {
		l, err := m.generator.Library()
		if err != nil {
			return "", &codegen.Error{Module: m.source.Name, Err: err}
		}
		if o.CPU == "native" {
			o.CPU = l.take(l.hostCPU()) + l.take(l.hostFeatures())
		}
		identity += fmt.Sprintf("%s %d.%d.%d", l.name, l.major, l.minor, l.patch)
	}
	var key strings.Builder
	fmt.Fprintf(&key, "llvm %s %+v %q %s\n", identity, o, m.generator.more.passes, given.text())
	if m.source.Kind == codegen.IR { // the name is in the object, unless the text gives another one (source_filename)
		fmt.Fprintf(&key, "%q\n", m.source.Name)
	}
	key.Write(m.source.Data)
	return key.String(), nil
}

// Close takes the module out of LLVM's memory.
func (m *Module) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unload()
	return nil
}
