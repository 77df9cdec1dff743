// Package codegen says what an execution engine compiles, and what compiles it. It has no compiler of its own: codegen/llvm stands on libLLVM,
// codegen/command on compilers that are programs, and a client may bring another one.
//
//	src, err := codegen.Open("hello.ll")       // what is compiled: bytes and what they are
//	module, err := generator.NewModule(src)    // what an engine takes: its symbols can be asked for, and its object
//	m, err := engine.AddModule(module)         // nothing is compiled yet
//
// A [Generator] is a compiler with its target and its options. A [Module] is one thing to compile; it tells which symbols its object will have before
// there is one, so that an engine compiles exactly what a search needs, and writes the object into a stream that the engine owns.
//
// # Concurrency
//
// An engine compiles several modules at once. A Generator's methods are called from any goroutine; those of one Module by one goroutine at a time,
// those of several Modules at the same time. What cannot run in parallel has to be locked by whoever implements it.
package codegen

import (
	"context"
	"errors"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Generator makes modules of sources: a compiler with its target and its options.
type Generator interface {
	// NewModule makes a module of a source, whose bytes must not change while the module is used. It may put off reading the source, and then errors
	// about what is in it are those of the module's methods. A kind of source that is not compiled here is an *UnsupportedError.
	NewModule(src Source) (Module, error)
}

// A Module is what an engine compiles: a translation unit with its compiler. Who adds it to an engine gives it away: the engine closes it. Methods
// are called by one goroutine at a time.
type Module interface {
	// Name names the module in messages, and is the key of caches that go by names: LLVM's module identifier.
	Name() string

	// Symbols returns what the module defines, and what it is known to declare, without making code. ErrSymbolsUnknown is the answer of
	// compilers that cannot know: then the engine compiles the module when a search comes to it.
	Symbols(ctx context.Context) ([]Symbol, error)

	// Generate compiles the module and writes a relocatable object to w. It may be called again, also after it has failed, and writes the same bytes then, if the
	// compiler does. It returns soon after ctx is done, with the error of ctx. What is wrong with the source is an *Error.
	Generate(ctx context.Context, w *objimage.BufferStream) error

	// Key returns a text that is the same for two modules only if their objects are the same: it stands for the whole of the source, the target, the
	// options and the version of the compiler. It is hashed by those who use it, and may be long. ErrNoKey is the answer where that cannot be said; such
	// modules are not cached by their contents.
	Key(ctx context.Context) (string, error)

	// Close gives back what the module holds. No other method is called afterwards.
	Close() error
}

// A Verifier is a Module that can tell whether it is well formed: LLVM's verifyModule. Engines ask before they compile, unless they are told not to.
type Verifier interface {
	// Verify returns an *Error if the module is malformed.
	Verify(ctx context.Context) error
}

// A Symbol is a name of a module that is not compiled yet.
type Symbol struct {
	Name        string // as the object file will have it: mangled
	Defined     bool   // here; what is available_externally is not
	Weak        bool   // gives way to other definitions, or may stay undefined; common ones, and those that the compiler may drop (linkonce), are weak, too
	Internal    bool   // nobody else sees it
	Function    bool   // or what stands for one: an alias of a function, an indirect function
	Alias       bool   // another name for something of the module
	IFunc       bool   // an indirect function
	ThreadLocal bool
	Signature   *inprocess.Signature // of a function, as far as it is known and has a form that C knows; or nil
}

// Errors of modules, for errors.Is.
var (
	// ErrSymbolsUnknown says that a compiler does not know a module's symbols before it has compiled it.
	ErrSymbolsUnknown = errors.New("symbols are not known before the module is compiled")
	// ErrNoKey says that nobody can tell by what a module's object is determined.
	ErrNoKey = errors.New("the module has no key for caches")
)
