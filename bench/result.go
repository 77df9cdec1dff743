package main

import (
	"math"
	"slices"
)

// A Result is what a child process reports about one engine and one set: the JSON that peers/main.cpp and the engines here write.
type Result struct {
	Engine      string               `json:"engine"`
	Objects     int                  `json:"objects"`
	FileBytes   uint64               `json:"file_bytes"`
	LoadedBytes uint64               `json:"loaded_bytes"` // of the sections that are allocated, as in the files
	Sections    int                  `json:"sections"`     // that are allocated
	Relocations int                  `json:"relocations"`  // of those sections
	Symbols     int                  `json:"symbols"`      // global ones that the set defines
	Externals   int                  `json:"externals"`    // that it leaves undefined
	Check       *uint32              `json:"check"`        // what mn_check(2) returned, if it was run
	Samples     map[string][]float64 `json:"samples"`      // by figure: one value a repetition, or one alone
}

// The figures, by the names they have in Result.Samples. Times are nanoseconds of processor time of the whole process.
const (
	figLink     = "link_ns"        // load, bind, fix up, finalize
	figLoad     = "load_ns"        // of which: load
	figResolve  = "resolve_ns"     // of which, or alone when sections are mapped elsewhere: bind and fix up
	figFinalize = "finalize_ns"    // of which: the rest
	figTeardown = "teardown_ns"    // giving all back
	figCycle    = "cycle_ns"       // link and teardown and all collections, the mean over the repetitions but the first
	figPeak     = "peak_bytes"     // growth of resident memory at its peak, in the first link
	figKept     = "kept_bytes"     // growth of resident memory after the first link, without the loaded bytes
	figHeap     = "heap_bytes"     // growth of the Go heap in use, after a collection
	figLookup   = "lookup_ns"      // a look-up of a symbol
	figFunction = "function_ns"    // a look-up of a function of a finalized module
	figModule   = "module_ns"      // a module that is added and whose function is looked up, without code generation
	figMap      = "map_ns"         // a MapSectionAddress
	figMapped   = "mapped_bytes"   // growth of resident memory after a link of files that are mapped, without the loaded bytes
	figRetained = "retained_bytes" // of files, that are kept to be read again
	figMove     = "move_ns"        // the move of a name that no object defines
	figReopen   = "reopen_ns"      // reopening an object and finalizing it again
	figCall     = "call_ns"        // a call of int f(int)
	figAllocs   = "call_allocs"    // allocations of a call
	figHeld     = "held_bytes"     // pages that a module holds
	figGrown    = "grown_bytes"    // growth of resident memory for a module
	figSections = "map_sections"   // how many there are
	figAdd      = "add_ns"         // adding and finalizing a module

	figRelocation = "relocation_ns" // applying a relocation of an architecture

	// In another process. These times are by the clock: several processes work.
	figProgram = "program_ns"  // a whole controller, from its start to its end
	figRemote  = "remote_ns"   // linking a module
	figRate    = "rate"        // loaded bytes in a second of linking
	figTrips   = "round_trips" // for a module
	figSent    = "sent_bytes"  // for a module
)

func mean(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// median returns the middle value, or the mean of the two in the middle. It is NaN if there are none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	middle := len(v) / 2
	if len(v)%2 == 1 {
		return v[middle]
	}
	return (v[middle-1] + v[middle]) / 2
}

// A statistic makes one number of a figure's values in one process.
type statistic func([]float64) float64

// cold is the first link of a process.
func cold(v []float64) float64 { return v[0] }

// warm is the mean of the others, so that every collection has its part in it; or the first if a second would have taken too long.
func warm(v []float64) float64 {
	if len(v) == 1 {
		return v[0]
	}
	return mean(v[1:])
}

// A Measurement is one figure of one engine and set in each of the rounds: paired with that of another engine by its place.
type Measurement []float64

// Value is the median of the rounds.
func (m Measurement) Value() float64 { return median(m) }

// Ratio returns how many times n is of m. Rounds are compared with each other, so that what slows the machine down for a while
// cancels; an engine that was run in the first round alone (it is slow) is compared with the median.
func (m Measurement) Ratio(n Measurement) float64 {
	if len(m) != len(n) {
		return n.Value() / m.Value()
	}
	ratios := make([]float64, len(m))
	for i := range m {
		ratios[i] = n[i] / m[i]
	}
	return median(ratios)
}

// Results are all that was measured, by set and engine, in the order of the rounds.
type Results map[string]map[string][]*Result

func (r Results) add(set, engine string, res *Result) {
	if r[set] == nil {
		r[set] = make(map[string][]*Result)
	}
	r[set][engine] = append(r[set][engine], res)
}

// measurement returns a figure in each round; none if it was not measured.
func (r Results) measurement(set, engine, figure string, stat statistic) Measurement {
	var m Measurement
	for _, res := range r[set][engine] {
		if v := res.Samples[figure]; len(v) > 0 {
			m = append(m, stat(v))
		}
	}
	return m
}

// perLoadedByte divides by the size of the set.
func (r Results) perLoadedByte(m Measurement, set, engine string) Measurement {
	return m.scaled(1 / float64(r[set][engine][0].LoadedBytes))
}

func (m Measurement) scaled(by float64) Measurement {
	out := make(Measurement, len(m))
	for i, v := range m {
		out[i] = v * by
	}
	return out
}
