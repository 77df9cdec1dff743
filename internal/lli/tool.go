// Package lli is the command `mcjit lli`: it takes the command lines of LLVM's lli for its MCJIT engine, and does with this project's engine, and the libLLVM that is installed,
// what that does.
//
//	lli -jit-kind=mcjit hello.ll one two
//	lli -jit-kind=mcjit -extra-module=helper.bc -extra-object=fast.o main.ll
//
// Texts and exit statuses are LLVM's, but that what makes lli crash is an error here: symbols that nobody defines, modules that are broken. Constructors run in the order of their priorities, and those of
// objects do, too, where lli's run in the order of their list and those of objects not at all; a list ends at a null pointer. There is no interpreter: -force-interpreter compiles all the same. Of what several modules or objects define strongly the one counts that MCJIT takes. Options that libLLVM has of its own are given to it. The
// process that the code runs in is its user's: package lli depends on the host in nothing.
package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
	"github.com/gomcjit/gomcjit/mcjit"
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
	// Undefined returns addresses for symbols that nobody defines, below 2 GiB if low is true: code that uses one ends the process, and nothing before does.
	Undefined func(names []string, low bool) ([]executor.Addr, error)
	// Execute runs the constructors of everything in the engine, and then a function with a main's arguments, and returns what it returns.
	Execute func(e *mcjit.ExecutionEngine, entry string, argv []string) (status int, err error)
	// OnMainThread runs a function that calls Execute on the thread on which main has to run. nil is for any.
	OnMainThread func(program func() (status int, err error)) (int, error)
	// Remote starts another process, by a program that is started as LLVM's lli-child-target is. NewEngine makes engines whose code runs there from now on, and Execute runs it there.
	Remote func(program string) error
	// Restart starts this program anew, with the same arguments and input, if that is a remedy for what a link failed for. It returns only if it is none, with the same error.
	Restart func(error) error
	// AskLLVM returns what this program prints if it is given an option: "-help-llvm", "-version-llvm". They end the process, so that it has to be another one.
	AskLLVM func(option string) (string, error)
	// NoCoreFiles makes the process leave no core file.
	NoCoreFiles func()
	// Abort ends the process as C's abort does.
	Abort func()

	options *Options
	noHelp  error // why libLLVM's options are not known
	main    *llvm.Module
	triple  string             // of the main module, which all are compiled for
	symbols []codegen.Symbol   // of main
	entry   *llvm.FunctionType // of main; nil if it has no entry function
	exitFn  *llvm.FunctionType // of main
	fatal   bool               // there was a warning, and warnings are errors

	verified map[string]bool // modules, by name

	input   bytes.Buffer    // what has been read from Stdin
	stdin   io.Reader       // that again, and the rest
	threads map[string]bool // thread-local variables that modules refer to: true for those that nobody defines, as has been found out
}

// Run does what the arguments say and returns the exit status: what the program returned, 1 for most errors, 255 if there is no entry function.
func (t *Tool) Run(args []string) int {
	o, err := ParseOptions(t.Program, args, Host{ReadFile: os.ReadFile, HelpLLVM: t.helpLLVM, Repeat: repeatable})
	status := 0
	if err != nil {
		status = t.complain(err)
	}
	if o == nil {
		return status
	}
	if t.options = o; o.informs() {
		return t.inform()
	}
	status, err = t.run(context.Background())
	if err != nil {
		return t.complain(err)
	}
	return status
}

// helpLLVM returns what options libLLVM has. If nobody can tell they are refused, with the reason.
func (t *Tool) helpLLVM() string {
	if t.AskLLVM == nil {
		return ""
	}
	help, err := t.AskLLVM("-help-llvm")
	if err != nil {
		_, t.noHelp = llvm.Default()
	}
	return help
}

// repeatable says whether the libLLVM that is here is one whose tools take options several times.
func repeatable() bool {
	l, err := llvm.Default()
	return err == nil && l.Version() >= 15
}

func (t *Tool) run(ctx context.Context) (int, error) {
	o := t.options
	if t.NewEngine == nil || t.Execute == nil {
		return 0, plainf("code cannot be run on this host")
	}
	if o.DisableCoreFiles && t.NoCoreFiles != nil {
		t.NoCoreFiles()
	}
	if err := errors.Join(t.openLibraries(), o.refuse()); err != nil {
		return 0, err
	}
	e, err := t.link(ctx, false)
	if errors.Is(err, errThreads) {
		e, err = t.link(ctx, false)
	}
	if err != nil && t.NeedsLow != nil && t.NeedsLow(err) {
		e, err = t.link(ctx, true)
	}
	if err != nil && t.Restart != nil {
		err = t.Restart(err)
	}
	if err != nil {
		return 0, err
	}
	program := func() (int, error) {
		status, err := t.execute(e)
		if err != nil || o.remote() {
			return status, err
		}
		return t.exit(e, status)
	}
	if t.OnMainThread == nil {
		return program()
	}
	return t.OnMainThread(program)
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

// remote says whether the program is to run in another process.
func (o *Options) remote() bool { return o.Remote && o.JITKind == "mcjit" }

// refuse finds what another engine would do.
func (o *Options) refuse() error {
	if o.JITKind != "mcjit" && !o.ForceInterpreter {
		return nil
	}
	for _, x := range []struct {
		given bool
		name  string
	}{{o.CompileThreads != 0, "-compile-threads"}, {len(o.ThreadEntries) > 0, "-thread-entry"}, {o.PerModuleLazy, "-per-module-lazy"}} {
		if x.given {
			return &verbatimError{statusError, x.name + " requires -jit-kind=orc-lazy"}
		}
	}
	return nil
}

// startRemote starts the other process, if there is to be one.
func (t *Tool) startRemote() error {
	o := t.options
	if !o.remote() {
		return nil
	}
	if !o.DisableLazyCompilation {
		fmt.Fprintf(t.Stderr, "%s: warning: remote mcjit does not support lazy compilation\n", t.Program)
	}
	if o.RemoteProcess == "" {
		return plainf("-remote-mcjit requires -mcjit-remote-process.")
	}
	if f, err := os.Stat(o.RemoteProcess); err != nil || !f.Mode().IsRegular() || f.Mode()&0o111 == 0 {
		return &verbatimError{statusNoEntry, fmt.Sprintf("%s: error: unable to find usable child executable: '%s'", t.Program, o.RemoteProcess)}
	}
	if t.Remote == nil {
		return plainf("-remote-mcjit: programs are run in this process only")
	}
	return t.Remote(o.RemoteProcess)
}

// Help is the help text, under the name of the program.
func Help(program string) string {
	return fmt.Sprintf(`OVERVIEW: llvm interpreter & dynamic compiler

USAGE: %s [options] <input bitcode> <program arguments>...

It takes the command lines of LLVM's lli for its MCJIT engine: compiles a module of LLVM IR or bitcode with the libLLVM that is installed, links it in memory and runs it.

OPTIONS:

`, program) + llvmcl.Help(new(Options).table()) + fmt.Sprintf(`
Without an input, or with -, it is read from standard input. What stands behind the input is the program's. Options that are not in the list are libLLVM's.
Exit status: the program's; 1 for most errors, 255 if the entry function is not there, that of SIGABRT for what LLVM aborts for.

GOMCJIT_LIBLLVM names the libLLVM; else the newest of versions 11 to 22 is taken. %s -version tells which.
`, program)
}

func (t *Tool) inform() int {
	if t.options.Help {
		fmt.Fprint(t.Stdout, Help(t.Program))
		return 0
	}
	l, err := llvm.Default()
	if t.options.Version {
		if err == nil && t.AskLLVM != nil {
			text, _ := t.AskLLVM("-version-llvm")
			fmt.Fprintf(t.Stdout, "%s  Library: %s\n", text, l.Name())
		} else {
			fmt.Fprintln(t.Stdout, "no libLLVM:", err)
		}
		fmt.Fprintln(t.Stdout, "  Engine: gomcjit", t.Version)
		return 0
	}
	option := "-help-hidden"
	if t.options.VersionLLVM {
		option = "-version"
	}
	if err == nil {
		err = l.ParseOptions(t.Program, option) // which ends the process
	}
	return t.complain(err)
}
