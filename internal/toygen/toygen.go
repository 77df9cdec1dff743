// Package toygen is a code generator for tests: a language of a dozen words and a compiler that makes x86-64 objects of it, in Go, so that tests of engines need
// neither a compiler nor a library.
//
//	func five = 5              int five(void)          returns 5
//	func more = five + 2       int more(void)          returns five() + 2
//	func add = arguments       int add(int, int)       returns their sum
//	func again = forward add   int again(int, int)     returns add of its arguments
//	func sum = sum tail        int sum(int n)          returns n + tail(n-1), or 0 for 0
//	func seven = load v        int seven(void)         returns v
//	func next = increment v    int next(void)          returns ++v
//	func run = append v 3      int run(void)           v = v * 10 + 3, and returns it
//	var v = 7                  int v
//	alias other = five         another name of a function or variable before
//	ctor run                   puts a function into .init_array; ctor 100 run into .init_array.00100
//	dtor run                   puts a function into .fini_array
//
// Before func and var, weak and internal say who sees them; extern NAME declares one. # begins a comment.
package toygen

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Generator compiles the language. Its fields are set before it is used.
type Generator struct {
	Opaque  bool                                         // modules do not tell their symbols
	Verify  func(name string) error                      // called instead of verification, if it is set
	Compile func(ctx context.Context, name string) error // called before each compilation, if it is set; an error is that of the compilation
	Version string                                       // part of modules' keys

	mu       sync.Mutex
	compiled []string
	closed   []string
	asked    int
}

// NewModule makes a module of a source, whatever its kind.
func (g *Generator) NewModule(src codegen.Source) (codegen.Module, error) {
	return &Module{g: g, src: src}, nil
}

// Module makes a module of a text.
func (g *Generator) Module(name, text string) *Module {
	return &Module{g: g, src: codegen.Source{Name: name, Data: []byte(text)}}
}

// Compiled returns the names of the modules that have been compiled since it was last called, in their order.
func (g *Generator) Compiled() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.compiled
	g.compiled = nil
	return list
}

// Closed returns the names of the modules that have been closed since it was last called.
func (g *Generator) Closed() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.closed
	g.closed = nil
	return list
}

// Asked returns how often modules have been asked for their symbols.
func (g *Generator) Asked() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

// A Module is a text to be compiled.
type Module struct {
	g   *Generator
	src codegen.Source
}

// Name returns the source's.
func (m *Module) Name() string { return m.src.Name }

// Symbols parses the text.
func (m *Module) Symbols(context.Context) ([]codegen.Symbol, error) {
	m.g.mu.Lock()
	m.g.asked++
	m.g.mu.Unlock()
	if m.g.Opaque {
		return nil, codegen.ErrSymbolsUnknown
	}
	u, err := parse(m.src)
	if err != nil {
		return nil, err
	}
	var list []codegen.Symbol
	for _, y := range u.symbols {
		s := codegen.Symbol{
			Name: y.name, Defined: y.section != 0, Weak: y.binding == bindWeak, Internal: y.binding == bindLocal, Function: y.function, Alias: y.alias,
		}
		if y.function && s.Defined {
			if s.Signature, err = inprocess.NewSignature(inprocess.Int32, y.params...); err != nil {
				return nil, err
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// Verify calls the generator's Verify.
func (m *Module) Verify(context.Context) error {
	if m.g.Verify == nil {
		return nil
	}
	return m.g.Verify(m.Name())
}

// Generate writes the object.
func (m *Module) Generate(ctx context.Context, w *objimage.BufferStream) error {
	if m.g.Compile != nil {
		if err := m.g.Compile(ctx, m.Name()); err != nil {
			return err
		}
	}
	u, err := parse(m.src)
	if err != nil {
		return err
	}
	if _, err := w.Write(u.object()); err != nil {
		return err
	}
	m.g.mu.Lock()
	defer m.g.mu.Unlock()
	m.g.compiled = append(m.g.compiled, m.Name())
	return nil
}

// Key returns the text and the version.
func (m *Module) Key(context.Context) (string, error) {
	return fmt.Sprintf("toygen %q %s", m.g.Version, m.src.Data), nil
}

// Close notes that it was called.
func (m *Module) Close() error {
	m.g.mu.Lock()
	defer m.g.mu.Unlock()
	m.g.closed = append(m.g.closed, m.Name())
	return nil
}

// parse reads a text.
func parse(src codegen.Source) (*unit, error) {
	u := &unit{numbers: map[string]int{}}
	u.add(symbol{})
	n := 0
	for line := range strings.Lines(string(src.Data)) {
		n++
		text, _, _ := strings.Cut(line, "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if err := u.statement(words); err != nil {
			return nil, &codegen.Error{Module: src.Name, Diagnostics: []codegen.Diagnostic{{
				Severity: "error", File: src.Name, Line: n, Column: 1 + strings.Index(line, words[0]), Message: err.Error(),
			}}}
		}
	}
	u.symbols = u.symbols[1:]
	return u, nil
}
