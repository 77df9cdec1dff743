package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
)

const runHelp = `Run links objects and archives into this process, runs their constructors and calls main, as C would: with the arguments behind "--", the
environment, and C's standard streams. LLVM IR (.ll), bitcode (.bc), C (.c, .i), C++ (.cc, .cpp, .cxx) and assembly (.s, .S) are compiled first: IR and bitcode by the libLLVM that is
installed (GOMCJIT_LIBLLVM names another one), the rest by clang or gcc. Destructors run when the program ends. Members of archives are linked when somebody needs them. What no file defines is looked for in the libraries of
-l, in their order, and then in this process, which has the C library.

--call calls a function instead and prints what it returns. Arguments are literals:

    1  -1  0x10  2L  3U     integers, passed in 64 bits, of which a function that takes less sees the low ones
    1.5  2e3                double                     1.5f         float
    "text\n"                char *                     'c'          char
    true  false             bool                       NULL         a null pointer

The result is an int unless its type stands before: (double) f(1), (char *) name(), (void) reset(). --call may be given several times.

--remote=gdb:HOST:PORT runs in what a GDB stub controls: gdbserver, lldb-server, qemu-user, an emulated board or a real one. The target stands still meanwhile, and goes on
afterwards, without what was linked. It may have another processor than this machine. Files see the target's symbols. A board without Linux needs --gdb-memory:

    gdbserver localhost:1234 ./program              mcjit run --remote=gdb:localhost:1234 --gdb-break=main --call 'f(1)' f.o
    lldb-server gdbserver localhost:1234 -- ./program
    qemu-aarch64 -g 1234 ./program                  mcjit run --remote=gdb:localhost:1234 --gdb-program=program --call 'f(1)' f.o
    qemu-system-aarch64 -M virt -cpu cortex-a57 -S -gdb tcp::1234 -display none
                                                    mcjit run --remote=gdb:localhost:1234 --gdb-memory=40100000-40200000 --call 'f(1)' f.o

Exit status: what main returned, or gave to exit. 1 if linking failed, 2 if the command line is wrong, 0 after --call and --link-only. A program
that a signal ends ends mcjit in the same way. What --time, --map and -v print is on standard error; standard output is the program's.`

// runOptions are the flags of run.
type runOptions struct {
	entry     string
	argv0     string
	calls     []string
	libraries []string
	folders   []string
	layout    string
	whole     bool
	strip     bool
	linkOnly  bool
	isolated  bool
	remote    string
	pid       liveOptions
	gdb       gdbOptions
	tokenFile string
	timeout   time.Duration
	time      bool
	verbose   bool

	compiler compiler
}

func (c *cli) runCommand() *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run [flags] FILE... [-- ARGUMENTS]",
		Short: "Compile sources, link objects and archives in memory and run them",
		Long:  runHelp,
		Example: `  mcjit run hello.o
  mcjit run main.o libmath.a -lm -- -n 10 input.txt
  mcjit run main.c helper.ll fast.s
  mcjit run --call 'add(40, 2)' --call '(double) addd(1.5, 2)' add.o
  mcjit run --time --map=layout.svg hello.o
  mcjit run --link-only --map *.o
  mcjit run --remote=gdb:localhost:1234 --call 'add(40, 2)' add-arm.o`,
		RunE: func(cmd *cobra.Command, args []string) error {
			files, arguments := args, []string(nil)
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				files, arguments = args[:dash], args[dash:]
			}
			calls, err := o.check(cmd, files, arguments)
			if err != nil {
				return err
			}
			return c.run(&o, files, arguments, calls)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.entry, "entry", "main", "call the function `NAME` in place of main, with main's arguments")
	f.StringVar(&o.argv0, "fake-argv0", "", "what main gets as argv[0]; the first file if not given")
	o.addLinking(cmd)
	f.BoolVar(&o.strip, "gc-sections", false, "load only what main, or the calls, and constructors need of objects: sections, and atoms of Mach-O")
	f.BoolVar(&o.linkOnly, "link-only", false, "link and run nothing")
	f.StringVar(&o.remote, "remote", "", "run in another process: `epc:HOST:PORT` or epc:unix:PATH connects to an executor, epc:PROGRAM starts one (mcjit, llvm-jitlink-executor, lli-child-target); gdb:HOST:PORT or gdb:unix:PATH connects to a GDB stub; pid:NUMBER takes a live process: see mcjit attach")
	o.gdb.addTo(cmd)
	f.StringVar(&o.tokenFile, "token-file", "", "the token that the executor of --remote wants is in `FILE`")
	f.DurationVar(&o.timeout, "timeout", 0, "with --isolated or --remote=epc, end a program or a call that takes longer than `TIME`, as in 500ms or 10s")
	f.BoolVar(&o.isolated, "isolated", false, "run in a process of its own: a crash there is an error here")
	return cmd
}

// addLinking adds the flags about what is linked and called, wherever that runs.
func (o *runOptions) addLinking(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.calls, "call", nil, "do not run main: make the call `EXPRESSION` and print its result")
	f.StringArrayVarP(&o.libraries, "library", "l", nil, "look for symbols in the library `NAME` (m is libm.so), or in the file NAME if it has a slash")
	f.StringArrayVarP(&o.folders, "library-path", "L", nil, "look for the libraries of -l in `FOLDER` first, also for archives (libNAME.a)")
	f.StringVarP(&o.compiler.level, "optimize", "O", "", "compile sources with the optimisation of `LEVEL` 0 to 3; without it C as with -O2, and IR as it is")
	f.StringArrayVar(&o.compiler.flags, "cflag", nil, "give the compiler of C, C++ and assembly the `FLAG`, as in --cflag=-DNDEBUG")
	f.Var((*layoutFlag)(&o.layout), "map", "draw what was loaded where, as text; with `[=FILE]` into that file, as a picture if its name ends in .svg")
	f.Lookup("map").NoOptDefVal = "true"
	f.BoolVar(&o.whole, "whole-archive", false, "link all members of archives, needed or not")
	f.BoolVar(&o.time, "time", false, "tell how long each phase took")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "tell what is done")
}

// A layoutFlag is where --map draws: "-" is standard error, as text. It passes for a boolean flag, since it takes no value but behind "=".
type layoutFlag string

func (l *layoutFlag) String() string { return string(*l) }
func (l *layoutFlag) Type() string   { return "bool" }

func (l *layoutFlag) Set(value string) error {
	switch value {
	case "true": // what a flag without a value is given
		value = "-"
	case "":
		return errors.New("a file's name has to follow the =")
	}
	*l = layoutFlag(value)
	return nil
}

// check finds what is wrong with the command line, and parses the calls.
func (o *runOptions) check(cmd *cobra.Command, files, arguments []string) ([]*call, error) {
	if len(files) == 0 {
		return nil, usagef(cmd, "no file is given")
	}
	if len(arguments) > 0 && (len(o.calls) > 0 || o.linkOnly) {
		return nil, usagef(cmd, "arguments after -- are for main, which is not run")
	}
	if o.remote != "" && o.isolated {
		return nil, usagef(cmd, "--isolated starts an executor of its own, and --remote has another one")
	}
	if protocol, where, _ := strings.Cut(o.remote, ":"); cmd.Flags().Changed("remote") && (where == "" || !slices.Contains([]string{"epc", "gdb", "pid"}, protocol)) {
		return nil, usagef(cmd, "--remote=%s has to be epc:, gdb: or pid:, and where the process is", o.remote)
	}
	if len(o.calls) > 0 && cmd.Flags().Changed("entry") {
		return nil, usagef(cmd, "--entry says what runs in place of main, and with --call nothing does")
	}
	if o.strip && (o.remote != "" || o.isolated) {
		return nil, usagef(cmd, "--gc-sections is for what runs in this process")
	}
	return o.parseCalls(cmd)
}

// parseCalls parses the calls.
func (o *runOptions) parseCalls(cmd *cobra.Command) ([]*call, error) {
	calls := make([]*call, len(o.calls))
	for i, text := range o.calls {
		var err error
		if calls[i], err = parseCall(text); err != nil {
			return nil, &usageError{command: cmd.CommandPath(), err: err}
		}
	}
	return calls, nil
}

// newLog returns the log of what is done.
func (c *cli) newLog(o *runOptions) *logrus.Logger {
	log := logrus.New()
	log.SetOutput(c.stderr)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
	if o.verbose {
		log.SetLevel(logrus.DebugLevel)
	}
	return log
}

// run does it all: link, then main or the calls.
func (c *cli) run(o *runOptions, files, arguments []string, calls []*call) error {
	log := c.newLog(o)
	if o.remote != "" || o.isolated {
		return c.runRemote(o, log, files, arguments, calls)
	}
	s, watch, err := c.linked(o, log, files, calls)
	if err != nil {
		return err
	}
	watch.print()
	if err := c.drawMap(s, o.layout); err != nil {
		return err
	}
	if o.linkOnly {
		return nil
	}
	argv0 := o.argv0
	if argv0 == "" {
		argv0 = files[0]
	}
	args, err := newMainArguments(append([]string{argv0}, arguments...), os.Environ())
	if err != nil {
		return err
	}
	if err := errors.Join(nameProgram(argv0), c.behaveLikeProgram()); err != nil {
		return err
	}
	c.status, err = c.onMainThread(s, func() (status int, err error) {
		start := time.Now()
		if err := c.beginProgram(s.engine, args); err != nil {
			return 0, err
		}
		if len(calls) > 0 {
			err = c.makeCalls(s, calls)
		} else {
			status, err = runMain(s, o, args)
		}
		watch.printRun(time.Since(start))
		return status, err
	})
	return err
}

// link does everything up to the first instruction, in phases that are measured.
func (c *cli) link(s *session, o *runOptions, files []string, calls []*call, watch *stopwatch) error {
	start := time.Now()
	lap := func() time.Duration {
		d := time.Since(start)
		start = start.Add(d)
		return d
	}
	buffers, err := s.open(files)
	if err != nil {
		return o.explain(err, files)
	}
	watch.add("read", lap(), count(len(files), "file")+", "+byteCount(uint64(s.bytes)))
	if buffers, err = o.compiler.compiled(buffers); err != nil {
		return err
	}
	if n := len(o.compiler.objects); n > 0 {
		watch.add("compile", lap(), count(n, "source"))
	}
	if err := errors.Join(s.add(buffers, newProgress(c.stderr)), s.addLibraries(o.allLibraries(), o.folders)); err != nil {
		return err
	}
	if err := s.wanted(o, calls); err != nil {
		return err
	}
	watch.add("load", lap(), "parse, plan, allocate")
	if err := s.engine.FinalizeObject(); err != nil {
		return err
	}
	protect := s.memory.protecting
	watch.add("link", lap()-protect, "copy, bind, fix up: "+count(len(s.engine.Modules()), "object")+", "+byteCount(totalSize(s.memory.sections())))
	watch.add("finalize", protect, "protect, "+byteCount(s.held())+" of pages")
	return nil
}

// engineOptions are those of the engine that flags ask for.
func (o *runOptions) engineOptions(calls []*call) []mcjit.Option {
	if !o.strip {
		return nil
	}
	return []mcjit.Option{mcjit.WithDeadStripping(func(name string) bool {
		return name == o.entry && len(calls) == 0 || slices.ContainsFunc(calls, func(c *call) bool { return c.name == name })
	})}
}

// allLibraries returns the libraries of -l, and what C++ compilers link without being told.
func (o *runOptions) allLibraries() []string {
	if o.compiler.hasCXX {
		return append(slices.Clone(o.libraries), "stdc++")
	}
	return o.libraries
}

// explain adds the way out to an error about files that are none: what was meant for the program, or for --map.
func (o *runOptions) explain(err error, files []string) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, file := range files {
		_, missing := os.Stat(file)
		switch ext := filepath.Ext(file); {
		case !errors.Is(missing, fs.ErrNotExist) || ext == ".o" || ext == ".a":
		case o.layout == "-" && (ext == ".svg" || ext == ".txt"):
			return errors.Join(err, fmt.Errorf("to draw into a file: --map=%s", file))
		case file != files[0]:
			return errors.Join(err, errors.New("arguments for the program stand behind --"))
		}
	}
	return err
}

// wanted makes archives load what is going to be called, and finds out early what does not exist.
func (s *session) wanted(o *runOptions, calls []*call) error {
	if len(calls) == 0 {
		if o.linkOnly {
			return nil
		}
		_, err := s.engine.SymbolAddress(o.entry)
		if errors.Is(err, mcjit.ErrSymbolNotFound) {
			return fmt.Errorf("%w; call another function with --entry or --call, or use --link-only", err)
		}
		return err
	}
	var errs []error
	for _, call := range calls {
		_, err := s.function(call.name, s.engine.SymbolAddress)
		if errors.Is(err, mcjit.ErrSymbolNotFound) {
			err = fmt.Errorf("%w; mcjit inspect shows what objects define, -l names libraries", err)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// function finds what a call names: in the engine, or outside.
func (s *session) function(name string, find func(string) (executor.Addr, error)) (executor.Addr, error) {
	a, err := find(name)
	if errors.Is(err, mcjit.ErrSymbolNotFound) {
		if outside, ok := s.external(name); ok {
			return outside, nil
		}
	}
	return a, err
}

func (s *session) held() uint64 {
	if mm, ok := s.memory.JITMemoryManager.(*memmgr.SectionMemoryManager); ok {
		return mm.Stats().Held()
	}
	return 0
}

// runMain runs the program.
func runMain(s *session, o *runOptions, args mainArguments) (status int, err error) {
	addr, err := s.engine.FunctionAddress(o.entry)
	if err != nil {
		return 0, err
	}
	return callMain(addr, args)
}

// makeCalls makes the calls, in order, and prints what they return.
func (c *cli) makeCalls(s *session, calls []*call) error {
	for _, call := range calls {
		addr, err := s.function(call.name, s.engine.FunctionAddress)
		if err != nil {
			return err
		}
		text, err := call.make(addr)
		if err != nil {
			return fmt.Errorf("--call %s: %w", call.text, err)
		}
		if err := flushC(); err != nil {
			return err
		}
		if text != "" {
			fmt.Fprintln(c.stdout, text)
		}
	}
	return nil
}

// make calls the function and returns what it returned, as text: nothing for void. Strings that it is given stay, since it may keep them.
func (c *call) make(addr executor.Addr) (string, error) {
	types := make([]*inprocess.Type, len(c.args))
	values := make([]inprocess.Value, len(c.args))
	for i, a := range c.args {
		if a.value.Type() == inprocess.Void {
			m, err := inprocess.CString(a.text)
			if err != nil {
				return "", err
			}
			a.value = inprocess.PointerValue(m.Addr())
		}
		types[i], values[i] = a.value.Type(), a.value
	}
	sig, err := inprocess.NewSignature(c.result.typ, types...)
	if err != nil {
		return "", err
	}
	v, err := inprocess.Call(addr, sig, values...)
	if err != nil || c.result.typ == inprocess.Void {
		return "", err
	}
	return c.result.format(v)
}
