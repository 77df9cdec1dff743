package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBars(t *testing.T) {
	for _, test := range []struct {
		bar          Bar
		value, ratio float64
		want         bool
	}{
		{Bar{barFaster, 15}, 1, 15, true}, {Bar{barFaster, 15}, 1, 14.99, false},
		{Bar{barWithin, 1.5}, 3, 1 / 1.5, true}, {Bar{barWithin, 1.5}, 3, 0.66, false}, {Bar{barWithin, 1.5}, 3, 2, true},
		{Bar{barAtMost, 2}, 2, 0, true}, {Bar{barAtMost, 2}, 2.01, 0, false},
		{Bar{barBelow, 100}, 99.9, 0, true}, {Bar{barBelow, 100}, 100, 0, false},
	} {
		if got := test.bar.met(test.value, test.ratio); got != test.want {
			t.Errorf("%+v with %v, ratio %v: %v, want %v", test.bar, test.value, test.ratio, got, test.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.04567: "0.046", 0.5: "0.5", 1.006: "1.01", 12.34: "12.3", 15: "15", 123.4: "123", 999.4: "999", 1234.5: "1,235",
		1234567: "1,234,567", -4.656: "-4.66", -123456: "-123,456",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

// someResults are what one of ours and two others might give: the machine gets slower from round to round, one peer is run once.
func someResults() Results {
	r := make(Results)
	add := func(engine string, samples map[string][]float64) {
		r.add("real-llvm", engine, &Result{Engine: engine, Objects: 7, LoadedBytes: 1000, FileBytes: 2e6, Relocations: 1234, Samples: samples})
	}
	for round := range 3 {
		drift := float64(1 + round)
		add(ourEngine, map[string][]float64{figLink: {9e6 * drift, 1e6 * drift, 3e6 * drift}, figPeak: {1500}})
		add(miniFloor, map[string][]float64{figLink: {9e6 * drift, 1e6 * drift}})
	}
	add(llvmDyld, map[string][]float64{figLink: {60e6}, figPeak: {10500}})
	return r
}

const someTables = `
## Load + bind + fix up + finalize, warm

| set       | gomcjit         | ms | LLVM RuntimeDyld | gomcjit has | lb-minilink | gomcjit has | to reach                                                 | reached |
|-----------|-----------------|----|------------------|-------------|-------------|-------------|----------------------------------------------------------|---------|
| real-llvm | ExecutionEngine | 4  | 60               | 15x less    | 2           | 2x more     | 15x less than LLVM RuntimeDyld; at most 1.5x lb-minilink | yes; NO |

## The first link of a fresh process

| set       | gomcjit         | ms | LLVM RuntimeDyld | gomcjit has | lb-minilink | gomcjit has | to reach                      | reached |
|-----------|-----------------|----|------------------|-------------|-------------|-------------|-------------------------------|---------|
| real-llvm | ExecutionEngine | 18 | 60               | 3.33x less  | 18          | 1x less     | 8x less than LLVM RuntimeDyld | NO      |

## Peak memory beyond the input files

| set       | gomcjit         | bytes/loaded byte | LLVM RuntimeDyld | gomcjit has | to reach  | reached |
|-----------|-----------------|-------------------|------------------|-------------|-----------|---------|
| real-llvm | ExecutionEngine | 1.5               | 10.5             | 7x less     | at most 2 | yes     |
`

func TestTableOfResults(t *testing.T) {
	results := someResults()
	report := &Report{Machine: []string{"a machine"}, Method: "A method.", Sets: []string{"real-llvm"}, Notes: []string{"a note"}, Results: results}
	report.Tables = results.tables(report.Sets)
	var text bytes.Buffer
	if err := report.writeText(&text); err != nil {
		t.Fatal(err)
	}
	_, tables, _ := strings.Cut(text.String(), "1,234")
	_, tables, _ = strings.Cut(tables, "\n")
	tables, rest, _ := strings.Cut(tables, "\n## Notes\n")
	if diff := cmp.Diff(someTables, tables); diff != "" {
		t.Errorf("the tables differ (-want +got):\n%s", diff)
	}
	if want := "\n- a note\n\nReached: 2 of 4.\n"; rest != want {
		t.Errorf("the end is %q, want %q", rest, want)
	}
	if head := text.String(); !strings.HasPrefix(head, "# gomcjit bench\n\n- a machine\n\nA method.\n") {
		t.Errorf("the head is %q", head[:80])
	}
}

func TestJSONHasEveryValue(t *testing.T) {
	results := someResults()
	report := &Report{Sets: []string{"real-llvm"}, Tables: results.tables([]string{"real-llvm"}), Results: results}
	var text bytes.Buffer
	if err := report.writeJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report, &back); diff != "" {
		t.Errorf("JSON loses something (-written +read):\n%s", diff)
	}
}

func TestGrowth(t *testing.T) {
	r := make(Results)
	// Nanoseconds an object: 50 (too few objects to count), 2000, 1000, 1400.
	for set, total := range map[string]float64{"many-10": 500, "many-100": 200e3, "many-1000": 1e6, "many-10000": 14e6, "big": 1} {
		r.add(set, ourDyld, &Result{Samples: map[string][]float64{figLink: {total}}})
	}
	table := r.growth("link", figLink)
	no := false
	want := []Row{
		{Set: "many-100", Engine: ourDyld, Value: 2, Unit: "µs"},
		{Set: "many-1000", Engine: ourDyld, Value: 1, Unit: "µs"},
		{Set: "many-10000", Engine: ourDyld, Value: 1.4, Unit: "µs"},
		{Set: growthSet, Engine: ourDyld, Value: 1.4, Unit: "times", Bar: &Bar{barAtMost, growthLimit}, Met: &no},
	}
	if diff := cmp.Diff(want, table.Rows); diff != "" {
		t.Errorf("growth differs (-want +got):\n%s", diff)
	}
}

// Every bar is asked of a set that is measured by default, or of one of the small ones.
func TestBarsAreAskedByDefault(t *testing.T) {
	measured := map[string]bool{callSet: true, tinySet: true, mixSet: true}
	for _, set := range tinyModuleSets {
		measured[set] = true
	}
	for _, set := range defaultSets {
		measured[set] = true
	}
	for _, q := range questions {
		for peer, sets := range q.bars {
			for set := range sets {
				if !measured[set] {
					t.Errorf("%s: the bar of %q on %s is never shown", q.title, peer, set)
				}
			}
		}
	}
}
