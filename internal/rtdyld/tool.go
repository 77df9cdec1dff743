// Package rtdyld is the command `mcjit rtdyld`: it takes the command lines of LLVM's llvm-rtdyld, and does with this project's linker what that does with
// RuntimeDyld.
//
//	llvm-rtdyld -triple=x86_64-linux-gnu -verify -check=rules.s file.o
//	llvm-rtdyld -execute -entry=main file.o -args a b c
//	llvm-rtdyld -printline file.o
//
// It verifies (-verify: objects of any architecture are linked for addresses of a target that need not exist, and rules about the result are evaluated, see
// package checker), prints line information (-printline, -printdebugline, -printobjline), and runs (-execute, the default), for which its user gives it the
// process: package rtdyld itself depends on the host in nothing. Messages and exit statuses are LLVM's, but that what makes llvm-rtdyld abort is an error here.
package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/llvmcl"
)

// A Tool is one use of the command. Its functions may be nil; what needs them fails then.
type Tool struct {
	Program string // its name, for messages
	Version string

	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Open opens a shared library of -dylib, in which Lookup looks then.
	Open func(library string) error
	// Lookup finds a symbol in the libraries that are open.
	Lookup func(name string) (executor.Addr, bool)
	// Execute links the inputs into this process, and calls the entry point. It says what it does with t.Loaded and t.Phase, and returns the exit status.
	Execute func(t *Tool, o *Options) (status int, err error)

	options *Options
	times   times
}

// llvmVersion is what scripts look for in the version's text.
const llvmVersion = "LLVM version 14.0.6"

const (
	exitError = 1
	unusable  = "cannot be done on this host"
)

// Run does what the arguments say and returns the exit status: what the program returned, 1 for any error, 0 otherwise.
func (t *Tool) Run(args []string) int {
	o, err := ParseOptions(t.Program, args, os.ReadFile)
	if err != nil {
		t.complain(err)
	}
	if o == nil {
		return exitError
	}
	if t.options = o; o.Help || o.Version {
		t.inform()
		return 0
	}
	status, err := t.act()
	if err != nil {
		t.complain(err)
		status = exitError
	}
	if o.ShowTimes {
		t.times.print(t.Stderr)
	}
	return status
}

func (t *Tool) act() (status int, err error) {
	if t.options.Action == Verify {
		return 0, t.verify()
	}
	if err := t.openLibraries(); err != nil {
		return 0, err
	}
	if t.options.Action != Execute {
		return 0, t.printLines()
	}
	if t.Execute == nil {
		return 0, errors.New("-execute: " + unusable)
	}
	return t.Execute(t, t.options)
}

// openLibraries opens what -dylib names.
func (t *Tool) openLibraries() error {
	for _, library := range t.options.Libraries {
		err := errors.New(unusable)
		switch {
		case library == "": // which would be this process
			err = errors.New("it has no name")
		case t.Open != nil:
			err = t.Open(library)
		}
		if err != nil {
			return fmt.Errorf("Dylib not found: '%s'. (%w)", library, err)
		}
	}
	return nil
}

// complain prints an error, in the shape that LLVM gives it.
func (t *Tool) complain(err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range many.Unwrap() {
			t.complain(each)
		}
		return
	}
	usage := new(llvmcl.UsageError)
	switch {
	case errors.As(err, &usage) && usage.Bare:
		fmt.Fprintln(t.Stderr, err)
	case isBare(err):
		fmt.Fprintf(t.Stderr, "%s: %v\n", t.Program, err)
	default:
		fmt.Fprintf(t.Stderr, "%s: error: %v\n", t.Program, err)
	}
}

// isBare says whether LLVM prints an error without the word.
func isBare(err error) bool {
	return errors.As(err, new(*llvmcl.UsageError)) || errors.As(err, new(*MissingError)) || errors.As(err, new(*NameError))
}

// Loaded says where the entry point is.
func (t *Tool) Loaded(addr executor.Addr) {
	fmt.Fprintf(t.Stderr, "loaded '%s' at: %#x\n", t.options.Entry, uint64(addr))
}

// Phase measures what the function does, for -show-times.
func (t *Tool) Phase(name string, f func() error) error {
	start := time.Now()
	err := f()
	t.times.add(name, time.Since(start))
	return err
}

// The phases, by LLVM's names.
const (
	PhaseLoad    = "time to load/add object files"
	PhaseLink    = "time to link object files"
	PhaseExecute = "time to execute jitlink'd code"
	phaseCheck   = "time to evaluate rules"
	phasePrint   = "time to print line information"
)

// NoDefinition returns the error that there is no entry point.
func NoDefinition(entry string) error { return fmt.Errorf("no definition for '%s'", entry) }

// LinkErrors returns an error of the linker as it is to be printed: a line for each undefined symbol, if that is what is wrong.
func LinkErrors(err error) error {
	if undefined := undefinedErrors(err, func(name string) string { return name }); undefined != nil {
		return undefined
	}
	return err
}

// Help is the help text, under the name of the program.
func Help(program string) string {
	var b strings.Builder
	fmt.Fprintf(&b, helpHead, program)
	b.WriteString(llvmcl.Help(new(Options).table()))
	fmt.Fprintf(&b, helpTail, program)
	return b.String()
}

func (t *Tool) inform() {
	if t.options.Version {
		fmt.Fprintf(t.Stdout, "%s\n  Optimized build.\n  Engine: gomcjit %s, whose behaviour is that version's\n", llvmVersion, t.Version)
		return
	}
	fmt.Fprint(t.Stdout, Help(t.Program))
}
