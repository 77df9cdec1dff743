// Command bench measures gomcjit beside LLVM's RuntimeDyld and MCJIT, and beside the floors: what copying costs, and what a minimal linker
// costs. It prints a table; see --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/bench/objgen"
)

const usage = `Usage: go run ./bench [options]        or: make bench BENCHFLAGS='...'

Measures what linking costs: gomcjit beside LLVM 14's RuntimeDyld and MCJIT and floors: lb-copy (copying the bytes and one store a
relocation), and lb-minilink, a minimal linker that checks nothing, in C++ and in Go. Objects are made with gcc and as, and taken from
Debian's static libraries; they are kept below --dir. What is not installed is left out, with a note that names the Debian package.

Options
`

const usageEnd = `
Examples
  go run ./bench                                    everything; the first run makes the objects (some minutes)
  go run ./bench --quick                            a first look, under a minute
  go run ./bench --sets=real-x86,many-1000          these sets
  go run ./bench --sets=sec-4000 --reps=20 --json   as JSON, with every single value

One engine alone, to profile it, once the set is made (engine: mcjit's; dyld: runtimedyld's; dyld-remap; lb-minilink-go; call-leaf; tiny-each; ...)
  go run ./bench measure --engine=engine --list=build/perf/sets/many-1000.list --reps=200 --cpuprofile=cpu.out

Sets
  many-N        N small objects of C and one more; also many-g-N (with -g) and many-nopic-N (without -fPIC)
  big, big-N    one object with 80,000 (N) functions in one section
  sec-N         one object with N sections, one for each function
  real-x86 real-llvm real-support real-crypto real-sqlite real-sqlite1        members of static libraries

How it is measured
`

// method is how figures come about. It is in the help and in the report.
const method = `Times are processor time of the whole process (CLOCK_PROCESS_CPUTIME_ID): for gomcjit the collector's threads count.
Object files are in memory before anything is timed, outside the Go heap, and what a set leaves undefined is served from a table.
A process links a set again and again, with a new engine each time, and closes it; only the time to link is "link", closing is teardown.
"Cold" is the first link of a process. "Warm" is the mean, not the median, of all others, so that every collection that happens in a link
counts. The collector (GOGC as it is, 100 by default) is run before the first and the second link and not otherwise; what it does between
links is in "link, teardown and every collection", which is the time of the whole loop.
Engines take turns, several rounds; a figure is the median of the rounds, a ratio the median of the rounds' ratios, so that drift cancels.
A peer that needs over 2 s for a link is run once.
Modules of IR are compiled beforehand: both engines have an object cache with the object of every module, so that what is left is the engine's
own share: keeping modules, finding the one that defines a name, asking the cache, parsing and loading the object, linking, finalizing, and the
look-up. In many-N a module is an object of C with 24 sections, 75 relocations and 11 global symbols, which calls earlier ones; in tiny-N it has one
function that needs nothing, so that protecting its page (a system call, a page fault) is most of the cost. Modules are looked up in the order
in which they were added, which finalizes each alone.
Relocations by architecture are those of BenchmarkLink in runtimedyld: 100,000 in objects of each architecture, made for it, which are applied again and
again; loading is not in it.
Peak memory is the growth of resident memory (VmHWM, reset before) in the first link, kept memory what has grown after a link once the
collector has given back what it can; both in bytes for each byte of loaded sections.`

// The sets that are measured unless others are named.
var (
	defaultSets = []string{
		"real-x86", "real-llvm", "many-10", "many-100", "many-300", "many-1000", "many-2000", "many-5000", "many-10000", "big", "sec-30000",
	}
	quickSets = []string{"real-x86", "many-10", "many-100", "many-1000", "sec-4000"}
)

// options are what the command line says.
type options struct {
	sets   []string
	rounds int
	effort effort
	quick  bool
	json   bool
	dir    string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(exitCode(err))
	}
}

// errUsage is an error of the command line, which was told already.
var errUsage = errors.New("see --help")

func exitCode(err error) int {
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	default:
		return 1
	}
}

func run(args []string) error {
	if part := partOf(args); part != nil {
		return part()
	}
	opts, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("the peers and the objects are for linux/amd64; this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b, err := newBench(ctx, opts)
	if err != nil {
		return err
	}
	if err := b.measure(ctx, opts.sets); err != nil {
		return err
	}
	if err := b.measureRemote(ctx, remoteSet); err != nil {
		return err
	}
	if err := b.measureMixes(ctx, opts.dir); err != nil {
		return err
	}
	report := &Report{
		Machine: machineFacts(ctx), Method: method, Sets: b.sets, Tables: b.results.tables(append(b.sets, mixSet)), Notes: b.notes, Failed: b.failed,
		Results: b.results,
	}
	write := report.writeText
	if opts.json {
		write = report.writeJSON
	}
	if err := write(os.Stdout); err != nil {
		return err
	}
	if b.failed {
		return errors.New("gomcjit failed to link a set, or linked it wrongly: see the notes")
	}
	return nil
}

// partOf returns what this process does if it is a part of another bench: an engine that is measured, an executor, or a relay before one.
func partOf(args []string) func() error {
	switch program := os.Getenv(relayVariable); {
	case program != "":
		return func() error { return relay(program, os.Getenv(relayCounts), args) }
	case os.Getenv(serveVariable) != "":
		return func() error { return serve(args) }
	case len(args) > 0 && args[0] == childCommand:
		return func() error { return runChild(args[1:], os.Stdout) }
	}
	return nil
}

func parseOptions(args []string, out io.Writer) (*options, error) {
	opts := &options{effort: effort{least: 300 * time.Millisecond, budget: 4 * time.Second}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(out)
	sets := flags.String("sets", "", "measure these sets, separated by commas (default "+strings.Join(defaultSets, ",")+")")
	flags.IntVar(&opts.effort.reps, "reps", 7, "link each set at least so many times in each process")
	flags.IntVar(&opts.rounds, "rounds", 3, "processes of each engine and set")
	flags.BoolVar(&opts.quick, "quick", false, "one round of few repetitions of "+strings.Join(quickSets, ",")+" (or of --sets), without what takes minutes")
	flags.BoolVar(&opts.json, "json", false, "print JSON: the tables and every single value")
	flags.StringVar(&opts.dir, "dir", filepath.Join("build", "perf"), "where objects and peers are kept")
	flags.Usage = func() {} // an error says what is wrong, and that there is help
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		flags.PrintDefaults()
		fmt.Fprintf(out, "%s%s\n", usageEnd, method)
		return nil, err
	} else if err != nil {
		return nil, errUsage
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q: %w", flags.Arg(0), errUsage)
	}
	if opts.effort.reps < 1 || opts.rounds < 1 {
		return nil, fmt.Errorf("--reps and --rounds are at least 1: %w", errUsage)
	}
	opts.sets = defaultSets
	if opts.quick {
		opts.sets, opts.rounds, opts.effort.reps, opts.effort.least = quickSets, 1, 3, 100*time.Millisecond
	}
	if *sets != "" {
		opts.sets = strings.Split(*sets, ",")
	}
	return opts, nil
}

// newBench builds what is missing.
func newBench(ctx context.Context, opts *options) (*bench, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{
		generator: &objgen.Generator{Dir: filepath.Join(opts.dir, "sets"), Jobs: min(2, runtime.NumCPU()), Log: os.Stderr},
		effort:    opts.effort, rounds: opts.rounds, quick: opts.quick, log: os.Stderr, results: make(Results),
	}
	peers, err := buildPeers(ctx, opts.dir, os.Stderr)
	if err != nil {
		return nil, err
	}
	for _, missing := range peers.missing {
		b.note("left out: %s", missing)
	}
	b.runner, b.peers = &runner{self: self, peers: peers.program}, []string{goFloor}
	if peers.program != "" {
		b.peers = append(b.peers, copyFloor, miniFloor)
	}
	if peers.llvm {
		b.peers = append(b.peers, llvmDyld, llvmMCJIT, llvmRemap, llvmModulesAll, llvmModulesEach)
	}
	libc, err := b.set(ctx, "libc")
	if libc != nil {
		b.libc = libc.List
	}
	return b, err
}

// measure measures the sets, and calls and small modules.
func (b *bench) measure(ctx context.Context, sets []string) error {
	for _, set := range sets {
		if err := b.measureSet(ctx, set); err != nil {
			return err
		}
	}
	return b.measureTiny(ctx)
}
