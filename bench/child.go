package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// childCommand is the first argument of a process that measures one engine of ours. People call it to profile an engine.
const childCommand = "measure"

// ourEngines are the engines that this program holds, by name.
var ourEngines = remoteEngines(map[string]func(*child) error{
	ourEngine:       linking(linkEngine),
	ourDyld:         linking(linkDyld),
	goFloor:         linking(linkFloor),
	goFloorEach:     (*child).floorModules,
	ourRemap:        (*child).remap,
	callBlocking:    func(c *child) error { return c.call() },
	callLeaf:        func(c *child) error { return c.call(inprocess.Leaf()) },
	tinyEach:        func(c *child) error { return c.tiny(false) },
	tinyBatch:       func(c *child) error { return c.tiny(true) },
	tinyDualEach:    func(c *child) error { return c.tiny(false, memmgr.WithDualMapping()) },
	tinyDualBatch:   func(c *child) error { return c.tiny(true, memmgr.WithDualMapping()) },
	ourModulesAll:   func(c *child) error { return c.modules(addAll) },
	dualModulesAll:  func(c *child) error { return c.modules(addAll, memmgr.WithDualMapping()) },
	dualModulesEach: func(c *child) error { return c.modules(addEach, memmgr.WithDualMapping()) },
	ourModulesEach:  func(c *child) error { return c.modules(addEach) },

	retainAll:       func(c *child) error { return c.retain(runtimedyld.RetainAll) },
	retainExternals: func(c *child) error { return c.retain(runtimedyld.RetainExternals) },
	retainNone:      func(c *child) error { return c.retain(runtimedyld.RetainNone) },
})

// A child is the measuring of one engine in this process.
type child struct {
	*inputs
	effort effort
	lookup bool
	check  string // the list of the set libc: run mn_check instead of measuring
}

// runChild measures one engine and writes the result as JSON, in the form of the peers' harness.
func runChild(args []string, out io.Writer) error {
	var c child
	flags := flag.NewFlagSet(childCommand, flag.ContinueOnError)
	engine := flags.String("engine", "", "")
	list := flags.String("list", "", "")
	flags.IntVar(&c.effort.reps, "reps", 1, "")
	least := flags.Int("least-ms", 0, "")
	budget := flags.Int("budget-ms", 4000, "")
	flags.BoolVar(&c.lookup, "lookup", false, "")
	flags.StringVar(&c.check, "check", "", "")
	profile := flags.String("cpuprofile", "", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c.effort.least, c.effort.budget = time.Duration(*least)*time.Millisecond, time.Duration(*budget)*time.Millisecond
	measure, ok := ourEngines[*engine]
	if !ok {
		return fmt.Errorf("there is no engine %q", *engine)
	}
	lists := []string{*list}
	if c.check != "" {
		lists = append(lists, c.check)
	}
	var err error
	if c.inputs, err = readInputs(lists...); err != nil {
		return err
	}
	c.result.Engine, c.result.Samples = *engine, make(map[string][]float64)
	if err := profiled(*profile, func() error { return measure(&c) }); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(c.result)
}

// profiled does what do does, and writes where its time went to a file, if that has a name.
func profiled(file string, do func() error) error {
	if file == "" {
		return do()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close())
	}
	err = do()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}

func (c *child) sample(figure string, value float64) {
	c.result.Samples[figure] = append(c.result.Samples[figure], value)
}

// A linked is a set that an engine has loaded and finalized.
type linked interface {
	symbol(name string) (executor.Addr, error)
	function(name string) (executor.Addr, error)
	close() error
}

// A linker makes a new engine and links all objects: load, bind, fix up, finalize. It calls phase at the end of each phase but the last.
type linker func(in *inputs, phase func(figure string)) (linked, error)

// linking returns the measuring of a linker.
func linking(link linker) func(*child) error {
	return func(c *child) error {
		switch {
		case c.check != "":
			return c.runCheck(link)
		case c.lookup:
			return c.lookups(link)
		default:
			return c.links(link)
		}
	}
}

// links repeats link and teardown in this process. The collector has nothing to do before the first and before the second repetition, and
// keeps its own pace otherwise. Memory is looked at in the first repetition and in one after the last.
func (c *child) links(link linker) error {
	debug.FreeOSMemory()
	peak, err := newPeakMeter()
	if err != nil {
		return err
	}
	start := cpuTime()
	if err := c.linkOnce(link, peak.sample); err != nil {
		return err
	}
	runtime.GC()
	loop, reps := cpuTime(), 1
	for ; c.again(reps, cpuTime()-start); reps++ {
		if err := c.linkOnce(link, nil); err != nil {
			return err
		}
	}
	if reps > 1 {
		c.sample(figCycle, float64(cpuTime()-loop)/float64(reps-1))
	}
	return c.kept(link)
}

// again says whether another repetition is to be run. The peers' harness has the same rule.
func (c *child) again(done int, spent time.Duration) bool {
	return spent < c.effort.budget && (done < c.effort.reps || spent < c.effort.least)
}

// linkOnce links, calls then, if there is such a function, and closes.
func (c *child) linkOnce(link linker, then func(*child) error) error {
	start := cpuTime()
	last := start
	phase := func(figure string) {
		now := cpuTime()
		c.sample(figure, float64(now-last))
		last = now
	}
	l, err := link(c.inputs, phase)
	if err != nil {
		return err
	}
	end := cpuTime()
	c.sample(figFinalize, float64(end-last))
	c.sample(figLink, float64(end-start))
	if then != nil {
		if err := then(c); err != nil {
			return err
		}
	}
	start = cpuTime()
	err = l.close()
	c.sample(figTeardown, float64(cpuTime()-start))
	return err
}

// kept samples what a link leaves in memory once the collector has taken what it can.
func (c *child) kept(link linker) error {
	before, err := memoryNow()
	if err != nil {
		return err
	}
	l, err := link(c.inputs, func(string) {})
	if err != nil {
		return err
	}
	after, err := memoryNow()
	if err != nil {
		return errors.Join(err, l.close())
	}
	c.sample(figKept, float64(after.resident-before.resident)-float64(c.result.LoadedBytes))
	c.sample(figHeap, float64(after.heap-before.heap))
	return l.close()
}

// lookups times single look-ups in a linked set.
func (c *child) lookups(link linker) (err error) {
	l, err := link(c.inputs, func(string) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	all, functions, err := c.names()
	if err != nil {
		return err
	}
	for _, figure := range []struct {
		name  string
		names []string
		find  func(string) (executor.Addr, error)
	}{{figLookup, all, l.symbol}, {figFunction, functions, l.function}} {
		ns, err := lookupTime(figure.names, figure.find)
		if err != nil {
			return err
		}
		c.sample(figure.name, ns)
	}
	return nil
}

// lookupTime returns nanoseconds a look-up: over all names, again and again until there were enough. The peers' harness does the same.
func lookupTime(names []string, find func(string) (executor.Addr, error)) (float64, error) {
	const enough = 1000000
	runtime.GC()
	done, start := 0, cpuTime()
	for done < enough && len(names) > 0 {
		for _, name := range names {
			if _, err := find(name); err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
		}
		done += len(names)
	}
	return float64(cpuTime()-start) / float64(max(1, done)), nil
}

// runCheck links the set beside the functions of the C library that it calls, and runs mn_check(2).
func (c *child) runCheck(link linker) (err error) {
	l, err := link(c.inputs, func(string) {})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	addr, err := l.function("mn_check")
	if err != nil {
		return err
	}
	check, err := inprocess.Bind[func(int32) uint32](addr)
	if err != nil {
		return err
	}
	value := check(2)
	c.result.Check = &value
	return nil
}
