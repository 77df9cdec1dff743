package memmgr

import "testing"

// With growth, there is room for an allocation of any size, also if it is larger than what is reserved at a time: the slots of an arena are
// powers of two, which can be as little as half of it.
func TestGrowthFitsAnySize(t *testing.T) {
	m, err := New(WithReserve(1<<20), WithGrowth())
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for size := uint64(1 << 20); size < 1<<29; size += size / 7 {
		secs := []Section{{Kind: RWData, ZeroFill: true, Size: size, Align: 4096}}
		id, err := m.Allocate(1, Module{Name: "large.o"}, secs)
		if err != nil {
			t.Errorf("%d bytes: %v", size, err)
			continue
		}
		if err := m.Deallocate(id); err != nil {
			t.Error(err)
		}
	}
}
