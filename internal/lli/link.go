package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// link puts everything into a new engine, compiles and links it.
func (t *Tool) link(ctx context.Context, low bool) (*mcjit.ExecutionEngine, error) {
	o := t.options
	t.stdin = io.MultiReader(bytes.NewReader(t.input.Bytes()), io.TeeReader(t.Stdin, &t.input))
	generation, wrongLevel := o.codegen()
	if o.CodeModel == "" {
		generation.CodeModel = jitCodeModel()
	}
	generator, err := llvm.New(generation, llvm.WithDiagnostics(t.report))
	if err != nil {
		return nil, err
	}
	if err := t.readMain(ctx, generator); err != nil {
		return nil, err
	}
	if o.Remote && o.ForceInterpreter {
		return nil, plainf("remote process execution does not work with the interpreter.")
	}
	if wrongLevel != nil {
		return nil, wrongLevel
	}
	if !low {
		if err := t.startRemote(); err != nil {
			return nil, err
		}
	}
	engineOptions := []mcjit.Option{mcjit.WithVerifyModules(false), mcjit.WithRedefinition()} // see verify
	if o.CacheManager {
		engineOptions = append(engineOptions, mcjit.WithObjectCache(fileCache{o.CacheDir}))
	}
	e, err := t.NewEngine(low, engineOptions...)
	if err != nil {
		return nil, err
	}
	if generation.Triple == "" {
		generation.Triple = t.triple // LLVM has one target machine, whatever the other modules say
	}
	if generator, err = llvm.New(generation, llvm.WithDiagnostics(t.report)); err != nil {
		return nil, err
	}
	if err := t.fill(ctx, e, generator); err != nil {
		return nil, err
	}
	if t.entry == nil {
		return nil, &verbatimError{statusNoEntry, fmt.Sprintf("%s: error: '%s' function not found in module.", t.Program, t.options.Entry)}
	}
	if err := t.finalize(ctx, e, low); err != nil {
		return nil, err
	}
	if t.fatal {
		return nil, &verbatimError{status: statusError}
	}
	return e, nil
}

// errThreads says that thread-local variables are not defined: another link makes references to them weak, since they cannot have addresses that trap.
var errThreads = errors.New("undefined thread-local variables")

// finalize links everything. What nobody defines is no error until it is used: LLVM's lli goes on after resolveRelocations has failed, with null pointers.
func (t *Tool) finalize(ctx context.Context, e *mcjit.ExecutionEngine, low bool) error {
	known := map[string]bool{}
	for {
		err := e.FinalizeObjectContext(ctx)
		var undefined *runtimedyld.UndefinedError
		if !errors.As(err, &undefined) || t.Undefined == nil || t.options.remote() {
			return err
		}
		var names []string
		again := false
		for _, s := range undefined.Symbols {
			if known[s.Name] {
				return err // a thread-local variable of an object
			}
			if weak, ok := t.threads[s.Name]; ok {
				t.threads[s.Name], again = true, again || !weak
			}
			known[s.Name] = true
			names = append(names, s.Name)
		}
		switch {
		case again && (t.options.Relocation == "" || t.options.Relocation == "pic"):
			return errThreads
		case again: // code would take another place for theirs
			return err
		}
		addrs, trapErr := t.Undefined(names, low)
		if trapErr != nil {
			return err
		}
		for i, name := range names {
			if err := e.AddGlobalMapping(name, addrs[i]); err != nil {
				return err
			}
		}
	}
}

// report prints a diagnostic of a module that was compiled.
func (t *Tool) report(d codegen.Diagnostic) {
	if t.options.NoWarnings {
		return
	}
	if t.options.FatalWarnings {
		if t.fatal {
			return // LLVM has ended at the first
		}
		t.fatal, d.Severity = true, "error"
	}
	printDiagnostic(t.Stderr, d)
}

// jitCodeModel returns what LLVM's JITs take if they are not told: on x86-64 and AArch64 the large model, from which the variables of the host can be reached wherever they are, also by code that
// was not made to be position-independent.
func jitCodeModel() codegen.CodeModel {
	l, err := llvm.Default()
	if err != nil {
		return codegen.CodeModelDefault
	}
	if here, err := l.BackEnd(l.HostTriple(), ""); err == nil && (here == "x86-64" || here == "aarch64") {
		return codegen.CodeModelLarge
	}
	return codegen.CodeModelDefault
}

// readMain reads the module with the entry function, and finds out whether code can be made of it.
func (t *Tool) readMain(ctx context.Context, g *llvm.Generator) error {
	l, err := g.Library()
	if err != nil {
		return err
	}
	if err := t.giveOptions(l); err != nil {
		return err
	}
	if t.main, err = t.read(ctx, g, t.options.Input); err != nil {
		return err
	}
	if t.triple = l.Normalize(t.options.Triple); t.options.Triple == "" {
		if t.triple, err = t.main.Triple(ctx); err != nil {
			return err
		}
	}
	if t.triple == "" {
		t.triple = l.HostTriple()
	}
	triple := l.Normalize(t.triple)
	if windows := "-windows"; strings.Contains(triple, windows) && !strings.HasSuffix(triple, "-elf") && !strings.Contains(l.HostTriple(), windows) {
		return plainf("the target is %s: its calling convention is not that of this process (-mtriple names another target)", triple)
	}
	return runsHere(l, t.triple, t.options.Arch)
}

// giveOptions gives libLLVM its options.
func (t *Tool) giveOptions(l *llvm.Library) error {
	if len(t.options.LLVM) == 0 {
		return nil
	}
	given := t.options.LLVM
	t.options.LLVM = nil // LLVM takes each once
	return l.ParseOptions(t.Program, given...)
}

// runsHere returns an error unless code for a target is this machine's: lli has no other code generator.
func runsHere(l *llvm.Library, triple, arch string) error {
	name, err := l.BackEnd(triple, arch)
	if err != nil {
		return err
	}
	here, err := l.BackEnd(l.HostTriple(), "")
	if err != nil || name == here {
		return err
	}
	if arch != "" {
		_, err = l.BackEnd(triple, "no such architecture")
		return err
	}
	return &llvm.TargetError{Triple: triple, Reason: fmt.Sprintf("No available targets are compatible with triple %q", triple)}
}

// read reads a module.
func (t *Tool) read(ctx context.Context, g *llvm.Generator, path string) (*llvm.Module, error) {
	name, data, err := path, []byte(nil), error(nil)
	if path == "-" {
		name = stdin
		data, err = io.ReadAll(t.stdin)
	} else {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, t.cannotOpen(name, err)
	}
	src := codegen.Source{Name: name, Kind: codegen.KindOf("", data), Data: data, Path: path}
	if src.Kind != codegen.Bitcode {
		src.Kind = codegen.IR // whatever it is called
	}
	m, err := g.NewModule(src)
	if err != nil {
		return nil, err
	}
	module := m.(*llvm.Module)
	_, err = module.Symbols(ctx)
	var wrong *codegen.Error
	if errors.As(err, &wrong) && wrong.Output != "" {
		return nil, &verbatimError{statusError, t.Program + ": " + strings.TrimSuffix(wrong.Output, "\n")}
	}
	if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
		return nil, err
	}
	return module, t.verify(ctx, module)
}

// verify warns of what is wrong with a module, once. LLVM's lli does not ask, unless it was built with assertions: there are programs that it runs all the same.
func (t *Tool) verify(ctx context.Context, m *llvm.Module) error {
	if t.verified[m.Name()] || t.options.NoWarnings {
		return nil
	}
	if t.verified == nil {
		t.verified = map[string]bool{}
	}
	t.verified[m.Name()] = true
	err := m.Verify(ctx)
	var broken *codegen.Error
	if !errors.Is(err, llvm.ErrBroken) || !errors.As(err, &broken) {
		return err
	}
	for _, d := range broken.Diagnostics {
		if d.Severity == "error" {
			d.Severity = "warning"
			printDiagnostic(t.Stderr, d)
		}
	}
	return nil
}

// cannotOpen returns the error about an input that is not there. LLVM begins the system's words with a capital letter.
func (t *Tool) cannotOpen(path string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	text := err.Error()
	if path != "" {
		path += ": "
	}
	return &verbatimError{statusError, fmt.Sprintf("%s: %serror: Could not open input file: %s%s", t.Program, path, strings.ToUpper(text[:1]), text[1:])}
}

// symbol finds a symbol of the main module.
func (t *Tool) symbol(name string) (codegen.Symbol, bool) {
	for _, s := range t.symbols {
		if s.Name == name {
			return s, true
		}
	}
	return codegen.Symbol{}, false
}
