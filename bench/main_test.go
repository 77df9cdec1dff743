package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/bench/objgen"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// The test binary is the process that measures, too, as the bench itself is.
func TestMain(m *testing.M) {
	if part := partOf(os.Args[1:]); part != nil {
		if err := part(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestOptions(t *testing.T) {
	parse := func(args ...string) *options {
		t.Helper()
		opts, err := parseOptions(args, io.Discard)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return opts
	}
	if opts := parse(); !slices.Equal(opts.sets, defaultSets) || opts.rounds != 3 || opts.effort.reps != 7 || opts.json {
		t.Errorf("defaults: %+v", opts)
	}
	if opts := parse("--quick"); !slices.Equal(opts.sets, quickSets) || opts.rounds != 1 {
		t.Errorf("--quick: %+v", opts)
	}
	if opts := parse("--quick", "--sets=a,b", "--json"); !slices.Equal(opts.sets, []string{"a", "b"}) || !opts.json || !opts.quick {
		t.Errorf("--quick --sets=a,b --json: %+v", opts)
	}
	for _, args := range [][]string{{"--reps=0"}, {"--rounds=0"}, {"--nonsense"}, {"real-x86"}} {
		if _, err := parseOptions(args, io.Discard); !errors.Is(err, errUsage) || exitCode(err) != 2 {
			t.Errorf("%v: error %v, want one of usage", args, err)
		}
	}
	var help bytes.Buffer
	if _, err := parseOptions([]string{"--help"}, &help); !errors.Is(err, flag.ErrHelp) || exitCode(err) != 0 {
		t.Errorf("--help: error %v", err)
	}
	for _, part := range []string{"Examples", "--sets=real-x86", "collector", "-reps"} {
		if !strings.Contains(help.String(), part) {
			t.Errorf("the help has no %q", part)
		}
	}
}

// TestEnginesAgree runs every engine on a small set in a process of its own. What mn_check returns is the same whoever linked it, and all
// figures are there; how large they are is nobody's business here.
func TestEnginesAgree(t *testing.T) {
	testenv.NeedsTool(t, "gcc", "gcc")
	testenv.NeedsTool(t, "as", "binutils")
	testenv.NeedsTool(t, "g++", "g++")
	dir := t.TempDir()
	peers, err := buildPeers(t.Context(), dir, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{
		generator: &objgen.Generator{Dir: dir, Jobs: 2, Log: io.Discard}, runner: &runner{self: self, peers: peers.program},
		peers: []string{miniFloor, goFloor, copyFloor}, effort: effort{reps: 2, budget: time.Minute}, rounds: 1, log: io.Discard, results: make(Results),
	}
	libc, err := b.set(t.Context(), "libc")
	if err != nil {
		t.Fatal(err)
	}
	b.libc = libc.List
	if err := b.measure(t.Context(), []string{"many-20"}); err != nil {
		t.Fatal(err)
	}
	if b.failed {
		t.Errorf("an engine failed: %s", strings.Join(b.notes, "\n"))
	}
	agreed := func(note string) bool {
		return strings.HasPrefix(note, "many-20: mn_check(2) is ") && strings.HasSuffix(note, "linked by any of dyld, engine, lb-minilink, lb-minilink-go")
	}
	if !slices.ContainsFunc(b.notes, agreed) {
		t.Errorf("results were not compared; notes: %s", strings.Join(b.notes, "\n"))
	}
	facts := func(engine string) [5]int {
		r := b.results["many-20"][engine][0]
		return [5]int{r.Objects, int(r.LoadedBytes), r.Relocations, r.Symbols, r.Externals}
	}
	if us, peer := facts(ourDyld), facts(miniFloor); us != peer {
		t.Errorf("the set is counted differently: %v here, %v by the peers", us, peer)
	}
	for _, q := range questions {
		for _, figure := range []string{figLink, figCycle, figTeardown, figPeak, figHeap, figKept} {
			if q.figure == figure && len(b.results.answer(q, b.sets).Rows) == 0 {
				t.Errorf("%s: no rows", q.title)
			}
		}
	}
}

func TestWrongResultIsFailure(t *testing.T) {
	one, same, other := uint32(1), uint32(1), uint32(2)
	for _, test := range []struct {
		values map[string]*uint32
		failed bool
	}{
		{map[string]*uint32{}, false},
		{map[string]*uint32{miniFloor: &one, ourEngine: &same, ourDyld: &one}, false},
		{map[string]*uint32{miniFloor: &one, ourEngine: &other}, true},
		{map[string]*uint32{miniFloor: &one, ourEngine: nil}, true},
		{map[string]*uint32{ourEngine: nil}, true},
	} {
		var b bench
		if b.compareValues("many-1", test.values); b.failed != test.failed {
			t.Errorf("%v: failed %v, want %v; notes: %v", test.values, b.failed, test.failed, b.notes)
		}
	}
}

func TestFloorsBuildWithoutLLVM(t *testing.T) {
	all, sum, err := extractPeers(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	floors, again, err := extractPeers(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(floors)+1 || !strings.HasSuffix(strings.Join(all, " "), "main.cpp") || strings.Contains(strings.Join(floors, " "), "llvm.cpp") {
		t.Errorf("with LLVM %v are compiled, without %v", all, floors)
	}
	if !bytes.Equal(sum, again) {
		t.Error("the digest of the same sources differs")
	}
}
