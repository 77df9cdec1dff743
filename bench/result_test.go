package main

import (
	"math"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5}} {
		before := append([]float64(nil), test.values...)
		if got := median(test.values); got != test.want {
			t.Errorf("median(%v) = %v, want %v", test.values, got, test.want)
		}
		for i := range before {
			if test.values[i] != before[i] {
				t.Errorf("median changed its argument to %v", test.values)
			}
		}
	}
	if got := median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing = %v, want NaN", got)
	}
}

func TestColdAndWarm(t *testing.T) {
	values := []float64{100, 1, 2, 6}
	if got := cold(values); got != 100 {
		t.Errorf("cold = %v, want the first", got)
	}
	if got := warm(values); got != 3 {
		t.Errorf("warm = %v, want the mean of the others", got)
	}
	if got := warm(values[:1]); got != 100 {
		t.Errorf("warm of one = %v, want it", got)
	}
}

func TestRatioPairsRounds(t *testing.T) {
	// The machine is twice as slow in the second round, for both.
	us, peer := Measurement{10, 20, 10}, Measurement{50, 100, 50}
	if got := us.Ratio(peer); got != 5 {
		t.Errorf("ratio = %v, want 5", got)
	}
	if got := us.Ratio(Measurement{1000}); got != 100 {
		t.Errorf("ratio to a peer of one round = %v, want 100", got)
	}
}

func TestCycleOfPeers(t *testing.T) {
	r := &Result{Samples: map[string][]float64{figLink: {9, 2, 4}, figTeardown: {9, 1, 1}}}
	r.addCycle()
	if got := r.Samples[figCycle]; len(got) != 1 || got[0] != 4 {
		t.Errorf("cycle = %v, want [4]", got)
	}
	r.Samples[figCycle] = []float64{7}
	r.addCycle()
	if got := r.Samples[figCycle]; len(got) != 1 || got[0] != 7 {
		t.Errorf("a cycle that was measured became %v", got)
	}
}

func TestMeasurementLeavesOutWhatIsAbsent(t *testing.T) {
	r := make(Results)
	r.add("s", "e", &Result{LoadedBytes: 4, Samples: map[string][]float64{figLink: {8, 4}}})
	r.add("s", "e", &Result{LoadedBytes: 4, Samples: map[string][]float64{figLookup: {1}}})
	m := r.measurement("s", "e", figLink, cold)
	if len(m) != 1 || m.Value() != 8 {
		t.Errorf("measurement = %v, want [8]", m)
	}
	if got := r.perLoadedByte(m, "s", "e").Value(); got != 2 {
		t.Errorf("per loaded byte = %v, want 2", got)
	}
	if m := r.measurement("s", "other", figLink, cold); len(m) != 0 {
		t.Errorf("measurement of what was not run = %v", m)
	}
}
