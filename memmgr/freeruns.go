package memmgr

import "math/bits"

// freeRuns says which units of a slab are taken, one bit each, and finds free runs, the lowest that fits first. Neighbouring free runs are one
// run by nature. The units are pages in slabs that batches take pages of, and cells of 64 bytes in the others.
type freeRuns struct {
	used  []uint64 // bit set: unit taken; units beyond are free
	limit int      // number of units
	taken int      // number of units that are taken
	phase int      // number of the first unit, counted from address 0: what alignment is reckoned from

	// hint[c] is where to begin to look for a run of class c: no free run of that class or longer starts before it.
	hint [runClasses]int32
}

// Runs are classed by length, four classes for each power of two.
const runClasses = 4 * 31

func runClass(n int) int {
	l := bits.Len(uint(n)) - 1
	return 4*l + n<<2>>l&3
}

// classFloor is the shortest length in a class.
func classFloor(c int) int {
	l := c / 4
	return ((4|c&3)<<l + 3) >> 2
}

// take finds n free units whose first one's number is a multiple of align (a power of two, in units), and takes them.
func (f *freeRuns) take(n, align int) (int, bool) {
	if n > f.limit {
		return 0, false // there are classes for what a slab can have only
	}
	c := runClass(n)
	floor, lowest := classFloor(c), -1
	for at := f.nextFree(int(f.hint[c])); at < f.limit; {
		start := (at+f.phase+align-1)&^(align-1) - f.phase
		end := f.nextUsed(at, start+n)
		if lowest < 0 && end-at >= floor {
			lowest = at
		}
		if end-start >= n {
			if lowest == start {
				lowest += n
			}
			f.hint[c] = int32(lowest)
			f.mark(start, n)
			return start, true
		}
		at = f.nextFree(end)
	}
	if lowest < 0 {
		lowest = f.limit
	}
	f.hint[c] = int32(lowest)
	return 0, false
}

// takeAt takes n units at a place, if they are free.
func (f *freeRuns) takeAt(at, n int) bool {
	if f.nextUsed(at, at+n)-at < n {
		return false
	}
	f.mark(at, n)
	return true
}

// free gives n units back.
func (f *freeRuns) free(at, n int) {
	f.each(at, n, func(w *uint64, mask uint64) { *w &^= mask })
	f.taken -= n
	start, end := f.freeStart(at), f.nextUsed(at, f.limit)
	for c := runClass(end - start); c >= 0; c-- {
		f.hint[c] = min(f.hint[c], int32(start))
	}
}

// isFree says whether n units are free.
func (f *freeRuns) isFree(at, n int) bool { return f.nextUsed(at, at+n)-at >= n }

func (f *freeRuns) mark(at, n int) {
	if need := (at + n + 63) / 64; need > len(f.used) {
		f.used = append(f.used, make([]uint64, need-len(f.used))...)
	}
	f.each(at, n, func(w *uint64, mask uint64) { *w |= mask })
	f.taken += n
}

// each calls fn for each word that has some of n units at a place, with the mask of these.
func (f *freeRuns) each(at, n int, fn func(w *uint64, mask uint64)) {
	for end := at + n; at < end; at = at&^63 + 64 {
		mask := ^uint64(0) << (at & 63)
		if end < at&^63+64 {
			mask &= 1<<(end&63) - 1
		}
		fn(&f.used[at>>6], mask)
	}
}

// nextFree returns the first free unit from at on, or limit.
func (f *freeRuns) nextFree(at int) int {
	for ; at>>6 < len(f.used); at = at&^63 + 64 {
		if w := ^f.used[at>>6] >> (at & 63); w != 0 {
			return min(at+bits.TrailingZeros64(w), f.limit)
		}
	}
	return min(at, f.limit)
}

// nextUsed returns the first taken unit from at on, or stop or limit if these come first.
func (f *freeRuns) nextUsed(at, stop int) int {
	stop = min(stop, f.limit)
	for ; at < stop && at>>6 < len(f.used); at = at&^63 + 64 {
		if w := f.used[at>>6] >> (at & 63); w != 0 {
			return min(at+bits.TrailingZeros64(w), stop)
		}
	}
	return stop
}

// freeStart returns where the free run that at is in begins.
func (f *freeRuns) freeStart(at int) int {
	for at > 0 {
		at-- // is this one free, and how many below it in its word?
		w := f.used[at>>6] << (63 - at&63)
		if w != 0 {
			return at + 1 - bits.LeadingZeros64(w)
		}
		at &^= 63
	}
	return 0
}
