// Package lli is the command `mcjit lli`: it takes the command lines of LLVM's lli for its MCJIT engine, and does with this project's engine, and the libLLVM that is installed,
// what that does.
//
//	lli -jit-kind=mcjit hello.ll one two
//	lli -jit-kind=mcjit -extra-module=helper.bc -extra-object=fast.o main.ll
//
// Texts and exit statuses are LLVM's, but that what makes lli crash is an error here: symbols that nobody defines, modules that are broken. Options that libLLVM has of its own are given to it. The
// process that the code runs in is its user's: package lli depends on the host in nothing.
package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Tool is one use of the command. Its functions may be nil; what needs them fails then.
type Tool struct {
	Program string // its name, for messages
	Version string

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Open opens a shared library, in which engines look for symbols then.
	Open func(library string) error
	// NewEngine makes an engine whose code runs in this process, below 2 GiB if low is true.
	NewEngine func(low bool, o ...mcjit.Option) (*mcjit.ExecutionEngine, error)
	// NeedsLow says whether a link failed because absolute addresses of 32 bits did not reach.
	NeedsLow func(error) bool
	// Execute runs the constructors of everything in the engine, and then a function with a main's arguments, and returns what it returns.
	Execute func(e *mcjit.ExecutionEngine, entry string, argv []string) (status int, err error)
	// HelpLLVM returns what this program prints if it is given -help-llvm. It ends the process, so that it has to be another one.
	HelpLLVM func() (string, error)
	// NoCoreFiles makes the process leave no core file.
	NoCoreFiles func()
	// Abort ends the process as C's abort does.
	Abort func()

	options *Options
	main    *llvm.Module
	symbols []codegen.Symbol // of main
}

// Run does what the arguments say and returns the exit status: what the program returned, 1 for most errors, 255 if there is no entry function.
func (t *Tool) Run(args []string) int {
	o, err := ParseOptions(t.Program, args, os.ReadFile)
	if err != nil {
		return t.complain(err)
	}
	if t.options = o; o.Help || o.Version || o.HelpLLVM {
		return t.inform()
	}
	status, err := t.run(context.Background())
	if err != nil {
		return t.complain(err)
	}
	return status
}

func (t *Tool) run(ctx context.Context) (int, error) {
	o := t.options
	if t.NewEngine == nil || t.Execute == nil {
		return 0, plainf("code cannot be run on this host")
	}
	if o.DisableCoreFiles && t.NoCoreFiles != nil {
		t.NoCoreFiles()
	}
	if err := errors.Join(t.openLibraries(), o.refuse(t.Program, t.Stderr)); err != nil {
		return 0, err
	}
	e, err := t.link(ctx, false)
	if err != nil && t.NeedsLow != nil && t.NeedsLow(err) {
		e, err = t.link(ctx, true)
	}
	if err != nil {
		return 0, err
	}
	status, err := t.execute(e)
	if err != nil {
		return 0, err
	}
	return t.exit(e, status)
}

// openLibraries opens what -load and -dlopen name.
func (t *Tool) openLibraries() error {
	open := t.Open
	if open == nil {
		open = func(string) error { return errors.New("shared libraries cannot be opened on this host") }
	}
	for _, path := range t.options.Plugins {
		if err := open(path); err != nil {
			fmt.Fprintf(t.Stderr, "Error opening '%s': %v\n  -load request ignored.\n", path, err)
		}
	}
	for _, path := range t.options.Libraries {
		if err := open(path); err != nil {
			return &llvmcl.UsageError{Msg: err.Error()}
		}
	}
	return nil
}

// refuse finds what another engine would do, or another process.
func (o *Options) refuse(program string, stderr io.Writer) error {
	if o.JITKind == "mcjit" || o.ForceInterpreter {
		for _, x := range []struct {
			given bool
			name  string
		}{{o.CompileThreads != 0, "-compile-threads"}, {len(o.ThreadEntries) > 0, "-thread-entry"}, {o.PerModuleLazy, "-per-module-lazy"}} {
			if x.given {
				return &verbatimError{statusError, x.name + " requires -jit-kind=orc-lazy"}
			}
		}
	}
	if !o.Remote || o.JITKind != "mcjit" {
		return nil
	}
	if !o.DisableLazyCompilation {
		fmt.Fprintf(stderr, "%s: warning: remote mcjit does not support lazy compilation\n", program)
	}
	if o.RemoteProcess == "" {
		return plainf("-remote-mcjit requires -mcjit-remote-process.")
	}
	if _, err := os.Stat(o.RemoteProcess); err != nil {
		return &verbatimError{statusNoEntry, fmt.Sprintf("%s: error: unable to find usable child executable: '%s'", program, o.RemoteProcess)}
	}
	return plainf("-remote-mcjit: programs are run in this process only")
}

// link puts everything into a new engine, compiles and links it.
func (t *Tool) link(ctx context.Context, low bool) (*mcjit.ExecutionEngine, error) {
	o := t.options
	generation, err := o.codegen()
	if err != nil {
		return nil, err
	}
	if o.CodeModel == "" {
		generation.CodeModel = jitCodeModel()
	}
	generator, err := llvm.New(generation, llvm.WithDiagnostics(func(d codegen.Diagnostic) { fmt.Fprintf(t.Stderr, "%s: %s\n", d.Severity, d.Message) }))
	if err != nil {
		return nil, err
	}
	if err := t.readMain(ctx, generator); err != nil {
		return nil, err
	}
	engineOptions := []mcjit.Option{mcjit.WithVerifyModules(true)}
	if o.CacheManager {
		engineOptions = append(engineOptions, mcjit.WithObjectCache(fileCache{o.CacheDir}))
	}
	e, err := t.NewEngine(low, engineOptions...)
	if err != nil {
		return nil, err
	}
	if err := t.fill(ctx, e, generator); err != nil {
		return nil, err
	}
	if err := t.findEntry(e); err != nil {
		return nil, err
	}
	return e, e.FinalizeObjectContext(ctx)
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
	triple := t.options.Triple
	if triple == "" {
		if triple, err = t.main.Triple(ctx); err != nil {
			return err
		}
	}
	if triple == "" {
		triple = l.HostTriple()
	}
	return runsHere(l, l.Normalize(triple), t.options.Arch)
}

// giveOptions gives libLLVM its options.
func (t *Tool) giveOptions(l *llvm.Library) error {
	if len(t.options.LLVM) == 0 {
		return nil
	}
	if t.HelpLLVM != nil {
		help, err := t.HelpLLVM()
		if err != nil {
			return err
		}
		if err := t.options.checkLLVM(t.Program, help); err != nil {
			return err
		}
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
		name = "<stdin>"
		data, err = io.ReadAll(t.Stdin)
	} else {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, t.cannotOpen(path, err)
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
	return module, nil
}

// cannotOpen returns the error about an input that is not there. LLVM begins the system's words with a capital letter.
func (t *Tool) cannotOpen(path string, err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		err = pathError.Err
	}
	text := err.Error()
	return &verbatimError{statusError, fmt.Sprintf("%s: %s: error: Could not open input file: %s%s", t.Program, path, strings.ToUpper(text[:1]), text[1:])}
}

// fill adds the main module and what -extra... name.
func (t *Tool) fill(ctx context.Context, e *mcjit.ExecutionEngine, g *llvm.Generator) error {
	var err error
	t.symbols, err = t.main.Symbols(ctx)
	if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
		return err
	}
	defined := map[string]bool{}
	if err := addModule(ctx, e, t.main, defined); err != nil {
		return err
	}
	for _, path := range t.options.ExtraModules {
		m, err := t.read(ctx, g, path)
		if err != nil {
			return err
		}
		if err := addModule(ctx, e, m, defined); err != nil {
			return err
		}
	}
	for _, path := range t.options.ExtraObjects {
		if err := t.addObject(e, path); err != nil {
			return err
		}
	}
	for _, path := range t.options.ExtraArchives {
		if err := t.addArchive(e, path); err != nil {
			return err
		}
	}
	return nil
}

// addModule adds a module to the engine. What several modules define, MCJIT takes from one of them: here from the first.
func addModule(ctx context.Context, e *mcjit.ExecutionEngine, m *llvm.Module, defined map[string]bool) error {
	if err := m.Weaken(ctx, func(name string) bool { return defined[name] }); err != nil {
		return err
	}
	symbols, err := m.Symbols(ctx)
	if err != nil && !errors.Is(err, codegen.ErrSymbolsUnknown) {
		return err
	}
	for _, s := range symbols {
		if s.Defined && !s.Internal {
			defined[s.Name] = true
		}
	}
	_, err = e.AddModule(m)
	return err
}

func (t *Tool) addObject(e *mcjit.ExecutionEngine, path string) error {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		return t.cannotOpen(path, err)
	}
	_, err = e.AddObject(b)
	return err
}

func (t *Tool) addArchive(e *mcjit.ExecutionEngine, path string) error {
	b, err := objimage.OpenBuffer(path)
	if err != nil {
		return t.cannotOpen(path, err)
	}
	if !objimage.IsArchive(b) {
		return &verbatimError{statusError, "file too small to be an archive"}
	}
	return e.AddArchive(b)
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

// findEntry returns an error if the main module has no entry function.
func (t *Tool) findEntry(e *mcjit.ExecutionEngine) error {
	entry := t.options.Entry
	if s, ok := t.symbol(entry); ok && s.Function && !s.Alias {
		return nil
	}
	if t.symbols == nil { // the module may have it in its assembly
		if _, err := e.SymbolAddress(entry); err == nil || !errors.Is(err, mcjit.ErrSymbolNotFound) {
			return err
		}
	}
	return &verbatimError{statusNoEntry, fmt.Sprintf("%s: error: '%s' function not found in module.", t.Program, entry)}
}

// execute runs the program.
func (t *Tool) execute(e *mcjit.ExecutionEngine) (int, error) {
	s, _ := t.symbol(t.options.Entry)
	if err := checkMain(s.Signature); err != nil {
		return 0, err
	}
	argv0 := strings.TrimSuffix(t.options.Input, ".bc")
	if t.options.FakeArgv0 != "" {
		argv0 = t.options.FakeArgv0
	}
	status, err := t.Execute(e, t.options.Entry, append([]string{argv0}, t.options.Arguments...))
	if s.Signature == nil {
		return status, err
	}
	switch s.Signature.Result() { // the rest of the register is rubbish
	case inprocess.Bool:
		status &= 1
	case inprocess.Int8:
		status &= 0xff
	case inprocess.Int16:
		status &= 0xffff
	}
	return status, err
}

// exit is what happens when main has returned: lli calls the program's exit, which is C's if the program has none.
func (t *Tool) exit(e *mcjit.ExecutionEngine, status int) (int, error) {
	s, ok := t.symbol("exit")
	if !ok {
		return status, nil
	}
	if g := s.Signature; g == nil || g.Result() != inprocess.Void || len(g.Params()) != 1 || g.Params()[0] != inprocess.Int32 {
		return 0, &exitError{"exit defined with wrong prototype!"}
	}
	if !s.Defined {
		return status, nil
	}
	if _, err := e.RunFunction("exit", s.Signature, inprocess.UintValue(inprocess.Int32, uint64(status))); err != nil {
		return 0, err
	}
	return 0, &exitError{fmt.Sprintf("exit(%d) returned!", status)}
}

// checkMain returns what ExecutionEngine::runFunctionAsMain and MCJIT::runFunction abort for.
func checkMain(sig *inprocess.Signature) error {
	if sig == nil {
		return nil
	}
	params, result := sig.Params(), sig.Result()
	switch {
	case len(params) > 3:
		return &fatalError{"Invalid number of arguments of main() supplied"}
	case len(params) > 2 && params[2] != inprocess.Pointer:
		return &fatalError{"Invalid type for third argument of main() supplied"}
	case len(params) > 1 && params[1] != inprocess.Pointer:
		return &fatalError{"Invalid type for second argument of main() supplied"}
	case len(params) > 0 && params[0] != inprocess.Int32:
		return &fatalError{"Invalid type for first argument of main() supplied"}
	case result == inprocess.Pointer || result == inprocess.Float32 || result == inprocess.Float64:
		return &fatalError{"Invalid return type of main() supplied"}
	case len(params) > 0 && result != inprocess.Int32 && result != inprocess.Void:
		return &fatalError{"MCJIT::runFunction does not support full-featured argument passing. Please use ExecutionEngine::getFunctionAddress and cast the result to the desired function pointer type."}
	}
	return nil
}

// Help is the help text, under the name of the program.
func Help(program string) string {
	return fmt.Sprintf(`Takes the command lines of LLVM's lli for its MCJIT engine: compiles a module of LLVM IR or bitcode with the libLLVM that is installed, links it in memory and runs it.

USAGE: %s [options] <input bitcode> <program arguments>...

`, program) + llvmcl.Help(new(Options).table()) + fmt.Sprintf(`
Without an input, or with -, it is read from standard input. What stands behind the input is the program's. Options that are not in the list are libLLVM's.
Exit status: the program's; 1 for most errors, 255 if the entry function is not there, that of SIGABRT for what LLVM aborts for.

GOMCJIT_LIBLLVM names the libLLVM; else the newest of versions 11 to 21 is taken. %s -version tells which.
`, program)
}

func (t *Tool) inform() int {
	if t.options.Help {
		fmt.Fprint(t.Stdout, Help(t.Program))
		return 0
	}
	l, err := llvm.Default()
	if t.options.HelpLLVM {
		if err == nil {
			err = l.ParseOptions(t.Program, "-help-hidden") // which ends the process
		}
		return t.complain(err)
	}
	fmt.Fprintln(t.Stdout, t.Program, "version", t.Version)
	if err != nil {
		fmt.Fprintln(t.Stdout, "  no libLLVM:", err)
		return 0
	}
	fmt.Fprintf(t.Stdout, "  LLVM version %d (%s)\n  Default target: %s\n", l.Version(), l.Name(), l.HostTriple())
	return 0
}
