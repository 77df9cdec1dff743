package rtdyld

import (
	"runtime"
	"testing"
)

// TestManySections deals out addresses to as many sections as a large object has that was compiled with -ffunction-sections. A range that is taken again has its new size.
func TestManySections(t *testing.T) {
	const sections = 3000
	s := space{start: pageSize, gap: 16}
	s.add(3*pageSize, pageSize)
	s.add(3*pageSize, 2*pageSize)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	want := []uint64{pageSize, 5*pageSize + 16}
	for i := range uint64(sections) {
		at := s.take(1)
		if i < uint64(len(want)) && at != want[i] {
			t.Errorf("section %d is at %#x, want %#x", i, at, want[i])
		}
		if last := want[1] + (i-1)*(pageSize+16); i > 1 && at != last {
			t.Fatalf("section %d is at %#x, want %#x", i, at, last)
		}
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 256*sections {
		t.Errorf("%d sections took %d bytes: each one goes through a copy of all before it", sections, n)
	}
}
