package rtdyld

import (
	"fmt"
	"io"
	"time"
)

// times are how long the phases took.
type times []struct {
	name string
	took time.Duration
}

func (t *times) add(name string, took time.Duration) {
	*t = append(*t, struct {
		name string
		took time.Duration
	}{name, took})
}

// print prints them as LLVM prints its timers.
func (t times) print(w io.Writer) {
	const rule = "===-------------------------------------------------------------------------===\n"
	total := time.Duration(0)
	for _, phase := range t {
		total += phase.took
	}
	fmt.Fprintf(w, "%s                         timers for llvm-rtdyld phases\n%s", rule, rule)
	fmt.Fprintf(w, "  Total Execution Time: %.4f seconds (%.4f wall clock)\n\n   ---Wall Time---  --- Name ---\n", total.Seconds(), total.Seconds())
	for _, phase := range t {
		printTime(w, phase.took, total, phase.name)
	}
	printTime(w, total, total, "Total")
	fmt.Fprintln(w)
}

func printTime(w io.Writer, took, total time.Duration, name string) {
	share := 100.0
	if total > 0 {
		share = 100 * float64(took) / float64(total)
	}
	fmt.Fprintf(w, "  %8.4f (%5.1f%%)  %s\n", took.Seconds(), share, name)
}
