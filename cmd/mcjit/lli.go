package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/lli"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
)

// lliCommand is LLVM's lli. Its options are not those of the other commands, and package lli takes them apart.
func (c *cli) lliCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:                "lli [options] FILE [ARGUMENT...]",
		Short:              "Take the command lines of LLVM's lli: run IR or bitcode",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			c.status = c.lli("lli", args)
			return nil
		},
	}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { io.WriteString(c.stdout, lli.Help(cmd.CommandPath())) })
	return cmd
}

// lli does what a command line of lli says, and returns the exit status.
func (c *cli) lli(program string, args []string) int {
	p := &lliProcess{cli: c, program: program}
	if err := signalLikeC(); err != nil { // now, since libLLVM may crash, and lli with it
		c.printError(err)
		return 1
	}
	input := p.restarted()
	p.keepThreadsNear()
	t := &lli.Tool{
		Program: program, Version: version(), Stdin: input, Stdout: c.stdout, Stderr: c.stderr,
		Open: p.open, NewEngine: p.newEngine, NeedsLow: wantsLowAddresses, Undefined: p.trapUndefined, Execute: p.execute, OnMainThread: p.onMainThread, Remote: p.startRemote, Restart: p.restart, AskLLVM: askLLVM, NoCoreFiles: noCoreFiles, Abort: p.abort,
	}
	return t.Run(args)
}

// keepThreadsNear puts the thread-local variables of the C++ library near the thread pointer, where code looks for them that was not compiled for shared libraries: std::call_once and
// std::async do. It has to be before libLLVM uses them; lli has them there because it is linked with the library. If it fails, such code is told when it is linked.
func (p *lliProcess) keepThreadsNear() {
	l, err := hostlib.OpenByName("stdc++")
	if err != nil {
		return
	}
	p.cxx = l
	if storage, err := hostlib.NewThreadStorage(l); err == nil {
		storage.ThreadVariable("_ZSt15__once_callable", true)
	}
}

// An lliProcess is this process to package lli.
type lliProcess struct {
	*cli
	program   string // its name
	libraries []*hostlib.Library
	cxx       *hostlib.Library // C++'s, nil if there is none
	remote    *epc.Process     // where code runs, nil if that is here
	begun     beginning        // if it has begun anew
	input     bytes.Buffer     // what was read from standard input
	session   *session         // the latest
	traps     []*trap          // in place of what nobody defines
}

func (p *lliProcess) onMainThread(program func() (status int, err error)) (int, error) {
	return p.cli.onMainThread(p.session, program)
}

// startRemote starts the process of -mcjit-remote-process.
func (p *lliProcess) startRemote(program string) (err error) {
	p.remote, err = p.startExecutor(context.Background(), exec.Command(program), epc.Numbers, nil)
	return err
}

func (p *lliProcess) open(path string) error {
	l, err := hostlib.Open(path, hostlib.Global)
	var open *hostlib.OpenError
	if errors.As(err, &open) {
		return open.Err // the dynamic linker's own text
	}
	if err == nil {
		p.libraries = append(p.libraries, l)
	}
	return err
}

func (p *lliProcess) newEngine(low bool, options ...mcjit.Option) (*mcjit.ExecutionEngine, error) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	if p.remote != nil {
		s, err := newRemoteSession(log, p.remote, options...)
		if err != nil {
			return nil, err
		}
		p.session = s
		return s.engine, nil
	}
	var where []memmgr.Option
	if low {
		where = append(where, memmgr.WithLowAddresses())
	}
	s, err := newSessionWith(log, options, where...)
	if err != nil {
		return nil, err
	}
	for _, l := range p.libraries {
		if err := s.keep(l, nil); err != nil {
			return nil, err
		}
	}
	if s.threads != nil && p.cxx != nil {
		s.threads.AddLibrary(p.cxx)
	}
	s.last = slices.Clone(lliLibraries)
	p.session = s
	return s.engine, nil
}

// lliLibraries are what lli is linked with besides the C library, so that its programs find them without -load.
var lliLibraries = []string{"m", "stdc++"}

// execute runs the constructors and the program. The destructors run when the process ends.
func (p *lliProcess) execute(e *mcjit.ExecutionEngine, entry string, argv []string) (int, error) {
	addr, err := e.FunctionAddress(entry)
	if err != nil {
		return 0, err
	}
	if p.remote != nil {
		return p.executeRemote(e, addr, argv)
	}
	args, err := newMainArguments(argv, os.Environ())
	if err != nil {
		return 0, err
	}
	if err := errors.Join(nameProgram(p.program), p.behaveLikeProgram(), p.springTraps()); err != nil {
		return 0, err
	}
	if err := p.beginProgram(e, args); err != nil {
		return 0, err
	}
	return callMain(addr, args)
}

// executeRemote does the same in the other process, and ends that.
func (p *lliProcess) executeRemote(e *mcjit.ExecutionEngine, addr executor.Addr, argv []string) (status int, err error) {
	if err = e.Initialize(); err == nil {
		status, err = p.remote.RunMain(context.Background(), addr, argv...)
	}
	if err == nil {
		err = e.Deinitialize()
	}
	p.status = status
	err = p.endRemote(p.remote, explainCrash(e, err))
	return p.status, err
}

// abort ends the process by SIGABRT.
func (p *lliProcess) abort() {
	if p.behaveLikeC() == nil {
		callC("abort") // without C there is no signal to end by, and the caller knows a status
	}
}

// askLLVM runs this program again, with an option that makes libLLVM print something about itself.
func askLLVM(option string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	again := exec.Command(self, "lli", option)
	again.Args[0] = "mcjit" // also if this file is called lli
	out, err := again.Output()
	return string(out), err
}

// noCoreFiles sets the limit of core files (RLIMIT_CORE, 4 in Linux's <sys/resource.h>) to nothing. If that fails there is a core file: no reason to run nothing.
func noCoreFiles() {
	const limitCore = 4
	if none, err := inprocess.NewMemory(16); err == nil {
		callC("setrlimit", limitCore, uint64(none.Addr()))
		none.Release()
	}
}
