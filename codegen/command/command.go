package command

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Generator compiles with programs. It may be used by many goroutines at once, and needs no closing.
type Generator struct {
	options codegen.Options
	flags   []string
}

var _ codegen.Generator = (*Generator)(nil)

// An Option is a choice that only programs offer.
type Option func(*Generator)

// WithFlags gives the programs further options, such as "-DNDEBUG" and "-I/opt/include", behind those that codegen.Options stand for.
func WithFlags(flags ...string) Option {
	return func(g *Generator) { g.flags = append(g.flags, flags...) }
}

// New returns a generator. It looks for no program yet. The error is a *codegen.OptionError for what no program can do.
func New(o codegen.Options, more ...Option) (*Generator, error) {
	if err := check(&o); err != nil {
		return nil, err
	}
	g := &Generator{options: o}
	g.options.Features = append([]string(nil), o.Features...)
	for _, option := range more {
		option(g)
	}
	return g, nil
}

// NewModule makes a module of a source of any kind but codegen.KindUnknown, which is a *codegen.UnsupportedError. That no program is installed is a *NotFoundError of its methods.
func (g *Generator) NewModule(src codegen.Source) (codegen.Module, error) {
	if _, ok := languages[src.Kind]; !ok {
		return nil, &codegen.UnsupportedError{Source: src.Name, Kind: src.Kind, Reason: "name it by what it is: .c, .cc, .s, .S, .i, .ll or .bc"}
	}
	return &module{generator: g, source: src}, nil
}

// A module is a source and who compiles it.
type module struct {
	generator *Generator
	source    codegen.Source

	lastKey  string // what Key found last
	compiled string // what it had found before the object was made; empty if it was not asked
}

func (m *module) Name() string { return m.source.Name }

// Symbols cannot be known: a compiler has no way to tell.
func (m *module) Symbols(context.Context) ([]codegen.Symbol, error) {
	return nil, codegen.ErrSymbolsUnknown
}

func (m *module) Close() error { return nil }

// Generate runs the program.
func (m *module) Generate(ctx context.Context, w *objimage.BufferStream) error {
	dir, err := os.MkdirTemp("", "gomcjit")
	if err != nil {
		return m.fail(err)
	}
	defer os.RemoveAll(dir) // what stays behind there is rubbish, and nobody's loss
	object := filepath.Join(dir, "object.o")
	m.compiled = m.lastKey
	if _, err := m.run(ctx, "-o", object); err != nil {
		return err
	}
	data, err := os.ReadFile(object)
	if err != nil {
		return m.fail(err)
	}
	_, err = w.Write(data)
	return err
}

// Key returns the version of the program, its options, and the source as it is when it is preprocessed. Assembly that takes in other files has no key, nor has what is compiled for the
// processor of this machine, whatever that is: others may have the same cache. A module that was compiled has none either if a file that it includes has changed since the key was asked for
// before: nobody knows then which of the two the object is of.
func (m *module) Key(ctx context.Context) (string, error) {
	if m.generator.native() {
		return "", codegen.ErrNoKey
	}
	key, err := m.currentKey(ctx)
	if err != nil {
		return "", err
	}
	if m.lastKey = key; m.compiled != "" && m.compiled != key {
		return "", codegen.ErrNoKey
	}
	return key, nil
}

// currentKey returns the key of what would be compiled now.
func (m *module) currentKey(ctx context.Context) (string, error) {
	text := m.source.Data
	switch m.source.Kind {
	case codegen.C, codegen.CXX, codegen.AssemblyCPP:
		var err error
		if text, err = m.run(ctx, "-E"); err != nil {
			return "", err
		}
	}
	if bytes.Contains(text, []byte(".incbin")) || bytes.Contains(text, []byte(".include")) {
		return "", codegen.ErrNoKey
	}
	p, err := find(m.source.Kind, m.generator.options.Triple)
	if err != nil {
		return "", m.fail(err)
	}
	version, err := p.ask(ctx, "--version")
	if err != nil {
		return "", m.fail(err)
	}
	flags, err := m.flags(ctx, p)
	if err != nil {
		return "", m.fail(err)
	}
	return fmt.Sprintf("command %s %q %q\n%s", p.path, version, flags, text), nil
}

// native says whether the programs are told to look which processor they run on.
func (g *Generator) native() bool {
	return g.options.CPU == "native" || slices.ContainsFunc(g.flags, func(f string) bool { return strings.HasSuffix(f, "=native") })
}

// running has a place for each program that may run at a time.
var running = make(chan struct{}, runtime.GOMAXPROCS(0))

// patience is how long a program that was interrupted may take to end.
const patience = time.Second

// run compiles the source, as further arguments say, and returns what the program writes to its standard output.
func (m *module) run(ctx context.Context, args ...string) ([]byte, error) {
	p, err := find(m.source.Kind, m.generator.options.Triple)
	if err != nil {
		return nil, m.fail(err)
	}
	flags, err := m.flags(ctx, p)
	if err != nil {
		return nil, m.fail(err)
	}
	select {
	case running <- struct{}{}:
		defer func() { <-running }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, p.path, append(append(flags, args...), "-")...)
	if p.dialect == gas {
		cmd.Args[len(cmd.Args)-1] = "--" // GNU as: "Command-Line Options"
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(m.input()), &stdout, &stderr
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	interruptAll(cmd)
	cmd.WaitDelay = patience
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, m.complaint(p, stderr.String(), err)
	}
	return stdout.Bytes(), nil
}

// input returns the source, with a line in front that says where it is from ("Preprocessor Output" in gcc's manual on cpp); assemblers know such lines, too. LLVM does not.
func (m *module) input() []byte {
	if m.source.Kind == codegen.IR || m.source.Kind == codegen.Bitcode {
		return m.source.Data
	}
	name := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(m.source.Name)
	text := bytes.TrimPrefix(m.source.Data, []byte("\ufeff")) // compilers bear a byte order mark in front only
	return append([]byte(`# 1 "`+name+"\"\n"), text...)
}
