package memmgr

import (
	"math/rand/v2"
	"testing"
)

// TestFreeRuns takes and frees at random, and checks every answer against a list of booleans: what is taken was free, is aligned,
// and is the lowest place there is; refusal means that there is none.
func TestFreeRuns(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		const limit = 3000
		f := freeRuns{limit: limit, phase: rng.IntN(64)}
		var model [limit]bool
		type run struct{ at, n int }
		var taken []run
		lowest := func(n, align int) int {
			free := 0
			for i := range model {
				if free++; model[i] {
					free = 0
				}
				// A run of n that ends here starts at i+1-n.
				if free >= n && (i+1-n+f.phase)%align == 0 {
					return i + 1 - n
				}
			}
			return -1
		}
		set := func(r run, v bool) {
			for i := range r.n {
				if model[r.at+i] == v {
					t.Fatalf("seed %d: unit %d is %v already", seed, r.at+i, v)
				}
				model[r.at+i] = v
			}
		}
		for range 3000 {
			if rng.IntN(5) < 2 && len(taken) > 0 {
				i := rng.IntN(len(taken))
				f.free(taken[i].at, taken[i].n)
				set(taken[i], false)
				taken[i] = taken[len(taken)-1]
				taken = taken[:len(taken)-1]
				continue
			}
			n, align := 1+rng.IntN(1<<rng.IntN(8)), 1<<rng.IntN(6)
			want := lowest(n, align)
			at, ok := f.take(n, align)
			if !ok {
				at = -1
			}
			if at != want {
				t.Fatalf("seed %d: run of %d aligned to %d is at %d, want %d", seed, n, align, at, want)
			}
			if ok {
				set(run{at, n}, true)
				taken = append(taken, run{at, n})
			}
		}
		units := 0
		for _, r := range taken {
			units += r.n
		}
		if f.taken != units {
			t.Errorf("seed %d: %d units taken, want %d", seed, f.taken, units)
		}
	}
}

// TestRunClasses checks that a run of a class's least length is of the class, and that no run of a class is shorter.
func TestRunClasses(t *testing.T) {
	for n := 1; n < 100_000; n++ {
		c := runClass(n)
		if classFloor(c) > n || runClass(classFloor(c)) != c || runClass(n+1) < c {
			t.Fatalf("run of %d is of class %d, from %d units on", n, c, classFloor(c))
		}
	}
}
