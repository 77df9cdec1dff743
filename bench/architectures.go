package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Architectures beside x86-64, whose objects no peer here makes: what their relocations cost is measured by BenchmarkLink of package runtimedyld, which applies a
// hundred thousand of each in the proportions in which compilers emit them.

// mixSet is where those figures are in Results; the engines there are architectures.
const mixSet = "relocations"

// nativeMix is the architecture with which others are compared.
const nativeMix = "x86_64"

var foreignMixes = []string{"aarch64", "riscv64", "ppc64le", "ppc64", "ppc"}

const linkerPackage = "github.com/gomcjit/gomcjit/runtimedyld"

// measureMixes runs the benchmark, round after round. What cannot be built is left out, with a note.
func (b *bench) measureMixes(ctx context.Context, dir string) error {
	program := filepath.Join(dir, "bin", "runtimedyld.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", program, linkerPackage).CombinedOutput(); err != nil {
		b.note("left out: relocations by architecture: go test -c %s: %v: %s", linkerPackage, err, lastLines(string(out), 1))
		return ctx.Err()
	}
	names := strings.Join(append(foreignMixes[:len(foreignMixes):len(foreignMixes)], nativeMix), "|")
	for round := range b.rounds {
		b.progress("%s, round %d of %d", mixSet, round+1, b.rounds)
		out, err := exec.CommandContext(ctx, program, "-test.run=^$", "-test.bench=^BenchmarkLink$/^("+names+")$",
			"-test.benchtime="+max(b.effort.least, time.Millisecond).String()).CombinedOutput()
		if err != nil {
			b.failed = true
			b.note("%s: %v: %s", mixSet, err, lastLines(string(out), 4))
			return ctx.Err()
		}
		for arch, ns := range mixTimes(string(out)) {
			b.results.add(mixSet, arch, &Result{Engine: arch, Samples: map[string][]float64{figRelocation: {ns}}})
		}
	}
	return ctx.Err()
}

// mixLine is a line of the benchmark: its name, then figures before their units.
var mixLine = regexp.MustCompile(`(?m)^BenchmarkLink/(\w+?)(?:-\d+)?\s.*?([0-9.]+) cpu-ns/relocation`)

// mixTimes returns the nanoseconds of a relocation by architecture.
func mixTimes(output string) map[string]float64 {
	times := map[string]float64{}
	for _, m := range mixLine.FindAllStringSubmatch(output, -1) {
		if ns, err := strconv.ParseFloat(m[2], 64); err == nil {
			times[m[1]] = ns
		}
	}
	return times
}
