package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/bench/objgen"
)

// slow is how long a link of a peer takes that is measured once only.
const slow = 2 * time.Second

// A bench measures sets and collects what it finds.
type bench struct {
	generator *objgen.Generator
	runner    *runner
	peers     []string // the engines beside ours that can be run
	effort    effort
	rounds    int
	quick     bool // no figure that takes minutes
	log       io.Writer

	libc    string   // the list of the set libc, "" if it cannot be made
	results Results  //
	sets    []string // those measured, in order
	notes   []string
	failed  bool // an engine of ours did not link, or linked wrongly
}

// note keeps a line for the end of the report.
func (b *bench) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if !slices.Contains(b.notes, line) {
		b.notes = append(b.notes, line)
	}
}

func (b *bench) progress(format string, args ...any) { fmt.Fprintf(b.log, format+"\n", args...) }

// set returns a set, or nil after a note if it cannot be made here.
func (b *bench) set(ctx context.Context, name string) (*objgen.Set, error) {
	set, err := b.generator.Set(ctx, name)
	var missing *objgen.MissingError
	if errors.As(err, &missing) {
		b.note("left out: %v", missing)
		return nil, nil
	}
	return set, err
}

// measureSet runs all engines on one set.
func (b *bench) measureSet(ctx context.Context, name string) error {
	set, err := b.set(ctx, name)
	if set == nil {
		return err
	}
	b.sets = append(b.sets, name)
	b.measureLinks(ctx, set)
	for _, single := range singles {
		if slices.Contains(single.sets, name) && !(b.quick && single.slow) {
			b.measureSingle(ctx, set, single)
		}
	}
	if _, many := manyObjects(name); many {
		b.compareChecks(ctx, set)
	}
	return ctx.Err()
}

// measureLinks runs the engines in turn, round after round, so that a round's figures are of about the same moment.
func (b *bench) measureLinks(ctx context.Context, set *objgen.Set) {
	engines := append(slices.Clone(ours), b.linkPeers()...)
	for round := range b.rounds {
		for _, engine := range engines {
			if previous := b.results[set.Name][engine]; round > 0 && (len(previous) < round || isSlow(previous[0])) {
				continue // it failed, or once is enough
			}
			b.progress("%s, round %d of %d: %s", set.Name, round+1, b.rounds, engine)
			b.runInto(ctx, set, engine, b.effort)
		}
	}
}

func (b *bench) linkPeers() []string {
	return slices.DeleteFunc(slices.Clone(b.peers), func(p string) bool {
		return slices.Contains([]string{llvmMCJIT, llvmRemap, llvmModulesAll, llvmModulesEach}, p)
	})
}

func isSlow(r *Result) bool {
	link := r.Samples[figLink]
	return len(link) > 0 && link[0] > float64(slow)
}

// runInto runs an engine and keeps the result, or a note of its failure.
func (b *bench) runInto(ctx context.Context, set *objgen.Set, engine string, e effort, more ...string) {
	res, err := b.runner.run(ctx, engine, set.List, e, more...)
	if err != nil {
		b.fail(set.Name, engine, err)
		return
	}
	b.results.add(set.Name, engine, res)
}

func (b *bench) fail(set, engine string, err error) {
	b.note("%s: %v", set, err)
	if isOurs(engine) {
		b.failed = true
	}
}

// A single is a figure of single operations, taken on few sets.
type single struct {
	sets    []string
	engines []string
	options []string // what tells the process to take the figure
	repeat  bool     // as links are, so that there are warm figures
	slow    bool     // takes minutes
}

var singles = []single{
	{sets: slices.Concat(lookupSets, functionSets), engines: []string{ourEngine, ourDyld, llvmDyld, llvmMCJIT, miniFloor}, options: []string{"--lookup"}},
	demand,
	{sets: remapSets, engines: []string{ourRemap, llvmRemap}, slow: true},
	{sets: retainSets, engines: policies},
}

// demand is what modules cost that are compiled on demand, in sets that are measured anyway; measureTiny has others.
var demand = single{sets: moduleSets, engines: []string{ourModulesAll, dualModulesAll, llvmModulesAll, ourModulesEach, dualModulesEach, llvmModulesEach, goFloorEach}, repeat: true}

// measureSingle runs the engines in turn, as measureLinks does.
func (b *bench) measureSingle(ctx context.Context, set *objgen.Set, s single) {
	rounds, effort := b.rounds, once
	if s.repeat {
		effort = b.effort
	}
	if s.slow {
		rounds = 1
	}
	for round := range rounds {
		for _, engine := range s.engines {
			if !isOurs(engine) && !slices.Contains(b.peers, engine) {
				continue
			}
			b.progress("%s, round %d of %d: %s %s", set.Name, round+1, rounds, engine, strings.Join(s.options, " "))
			res, err := b.runner.run(ctx, engine, set.List, effort, s.options...)
			if err != nil {
				b.fail(set.Name, engine, err)
				continue
			}
			res.keepSingles()
			b.results.add(set.Name, engine, res)
		}
	}
}

// keepSingles drops the figures that the links have better.
func (r *Result) keepSingles() {
	for figure := range r.Samples {
		if !slices.Contains([]string{figLookup, figFunction, figMap, figModule}, figure) {
			delete(r.Samples, figure)
		}
	}
}

// measureTiny measures calls and tiny modules.
func (b *bench) measureTiny(ctx context.Context) error {
	kinds := []struct {
		set     string
		engines []string
	}{{callSet, calls}, {tinySet, tinies}}
	for _, m := range kinds {
		set, err := b.set(ctx, m.set)
		if err != nil {
			return err
		}
		if set == nil {
			continue
		}
		b.sets = append(b.sets, m.set)
		for round := range b.rounds {
			for _, engine := range m.engines {
				b.progress("%s, round %d of %d: %s", m.set, round+1, b.rounds, engine)
				b.runInto(ctx, set, engine, once)
			}
		}
	}
	for _, name := range tinyModuleSets {
		set, err := b.set(ctx, name)
		if err != nil {
			return err
		}
		if set == nil {
			continue
		}
		if !slices.Contains(b.sets, name) {
			b.sets = append(b.sets, name)
		}
		b.measureSingle(ctx, set, demand)
	}
	return ctx.Err()
}

// compareChecks runs what was linked: mn_check has to return what it returns when a peer has linked it.
func (b *bench) compareChecks(ctx context.Context, set *objgen.Set) {
	values := make(map[string]*uint32)
	for _, peer := range b.peers {
		if rounds := b.results[set.Name][peer]; len(rounds) > 0 && rounds[0].Check != nil {
			values[peer] = rounds[0].Check
		}
	}
	for _, engine := range append(slices.Clone(ours), goFloor) {
		if b.libc == "" || len(b.results[set.Name][engine]) == 0 {
			continue
		}
		res, err := b.runner.run(ctx, engine, set.List, once, "--check="+b.libc)
		if err != nil {
			b.fail(set.Name, engine, err)
			continue
		}
		values[engine] = res.Check
	}
	b.compareValues(set.Name, values)
}

// compareValues notes what mn_check returned, by engine, and fails if it was not the same everywhere.
func (b *bench) compareValues(set string, values map[string]*uint32) {
	names := slices.Sorted(maps.Keys(values))
	same := true
	var texts []string
	for _, engine := range names {
		text := "nothing"
		if v := values[engine]; v != nil {
			text = fmt.Sprint(*v)
		}
		same = same && (len(texts) == 0 || text == texts[0])
		texts = append(texts, text)
	}
	switch {
	case len(texts) == 0:
	case same && texts[0] != "nothing":
		b.note("%s: mn_check(2) is %s, linked by any of %s", set, texts[0], strings.Join(names, ", "))
	default:
		b.failed = true
		b.note("WRONG: %s: mn_check(2) is %s, linked by %s", set, strings.Join(texts, ", "), strings.Join(names, ", "))
	}
}
