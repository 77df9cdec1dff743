package main

import (
	"fmt"
	"io"
	"time"
)

// A stopwatch measures the phases of a run, and prints each with what it worked on.
type stopwatch struct {
	out    io.Writer // nil for nobody
	phases table
	total  time.Duration
}

func newStopwatch(out io.Writer) *stopwatch {
	return &stopwatch{out: out, phases: table{right: []bool{false, true, false}}}
}

// add notes a phase.
func (w *stopwatch) add(name string, took time.Duration, note string) {
	w.total += took
	w.phases.add(name, duration(took), note)
}

// print writes all phases. It comes before the program runs, which may never return.
func (w *stopwatch) print() {
	if w.out == nil {
		return
	}
	w.phases.add("together", duration(w.total), "")
	w.phases.write(w.out, "")
}

// printRun writes the last phase.
func (w *stopwatch) printRun(took time.Duration) {
	if w.out != nil {
		fmt.Fprintf(w.out, "%-8s  %s\n", "run", duration(took))
	}
}

// duration writes a time with three digits or so.
func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", float64(d)/1e3)
	case d < time.Second:
		return fmt.Sprintf("%.2f ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.2f s ", float64(d)/1e9)
}

// byteCount writes a number of bytes: exact while it is small.
func byteCount(n uint64) string {
	switch {
	case n == 1:
		return "1 byte"
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	case n < 10<<30:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

// count writes a number of things.
func count(n int, thing string) string { return plural(n, thing, thing+"s") }

// plural writes a number with the word that goes with it.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
