//go:build linux

package memmgr_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/memmgr"
)

// LLVM's unit tests of its memory manager (MCJITMemoryManagerTest), written anew from what they assert.

// allocations makes allocations of a kind for each size, one module each, fills them, and checks that none overlaps another.
func allocations(t *testing.T, mm *memmgr.SectionMemoryManager, batch memmgr.Batch, secs []memmgr.Section) {
	t.Helper()
	for i := range secs {
		s := &secs[i]
		s.Index, s.Align = 1, max(s.Align, 1)
		if _, err := mm.Allocate(batch, memmgr.Module{ID: uint64(i + 1), Name: "m"}, secs[i:i+1]); err != nil {
			t.Fatal(err)
		}
		if uint64(len(s.Mem)) != s.Size || uint64(s.Addr)%s.Align != 0 || s.Addr == 0 {
			t.Fatalf("%d bytes aligned to %d: %d at %v", s.Size, s.Align, len(s.Mem), s.Addr)
		}
		for k := range s.Mem {
			s.Mem[k] = byte(i)
		}
	}
	for i := range secs {
		for _, b := range secs[i].Mem {
			if b != byte(i) {
				t.Fatalf("allocation %d was overwritten", i)
			}
		}
	}
	order := slices.Clone(secs)
	slices.SortFunc(order, func(a, b memmgr.Section) int { return cmp.Compare(a.Addr, b.Addr) })
	for i := range order[1:] {
		if uint64(order[i].Addr)+order[i].Size > uint64(order[i+1].Addr) {
			t.Fatalf("%v with %d bytes overlaps %v", order[i].Addr, order[i].Size, order[i+1].Addr)
		}
	}
	if err := mm.Finalize(batch); err != nil {
		t.Fatal(err)
	}
}

func newManager(t *testing.T, opts ...memmgr.Option) *memmgr.SectionMemoryManager {
	mm, err := memmgr.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := mm.Close(); err != nil {
			t.Error(err)
		}
	})
	return mm
}

func TestMCJITMemoryManager(t *testing.T) {
	const many = 10_000
	kinds := []memmgr.Kind{memmgr.Code, memmgr.ROData, memmgr.Code, memmgr.RWData}
	for name, c := range map[string]struct {
		n    int
		make func(i int) memmgr.Section
	}{
		"BasicAllocations": {4, func(i int) memmgr.Section { return memmgr.Section{Kind: kinds[i], Size: 256} }},
		"LargeAllocations": {4, func(i int) memmgr.Section { return memmgr.Section{Kind: kinds[i], Size: 1 << 20} }},
		"ManyAllocations":  {many, func(i int) memmgr.Section { return memmgr.Section{Kind: kinds[i%4], Size: 32} }},
		"ManyVariedAllocations": {many, func(i int) memmgr.Section {
			return memmgr.Section{Kind: kinds[i%4], Size: uint64(i%16 + 1), Align: 8 << (i % 4)}
		}},
		"ManyVariedAllocations2": {many, func(i int) memmgr.Section {
			return memmgr.Section{Kind: kinds[(i+1)%4], Size: uint64(i%8 + 1), Align: 8 << (i % 4)}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			secs := make([]memmgr.Section, c.n)
			for i := range secs {
				secs[i] = c.make(i)
			}
			allocations(t, newManager(t), 1, secs)
		})
	}
}

// A module's sections are asked for together, which is what LLVM's reserveAllocationSpace is for: they are one allocation, aligned, and memory that is given back serves the next one.
func TestMCJITMemoryManager_PreAllocation(t *testing.T) {
	mm := newManager(t, memmgr.WithReserve(64<<20))
	for batch := memmgr.Batch(1); batch <= 50; batch++ { // ManyPreAllocation, and PreAllocationReuse
		secs := []memmgr.Section{{Index: 1, Kind: memmgr.Code, Size: 1 << 20, Align: 16}, {Index: 2, Kind: memmgr.ROData, Size: 1 << 20, Align: 32}, {Index: 3, Kind: memmgr.RWData, Size: 1 << 20, Align: 64}}
		id, err := mm.Allocate(batch, memmgr.Module{ID: uint64(batch), Name: "m"}, secs)
		if err != nil {
			t.Fatal(err)
		}
		for i := range secs {
			if s := &secs[i]; uint64(s.Addr)%s.Align != 0 || uint64(len(s.Mem)) != s.Size {
				t.Fatalf("section %d is at %v with %d bytes", i, s.Addr, len(s.Mem))
			}
			secs[i].Mem[0], secs[i].Mem[len(secs[i].Mem)-1] = 1, 1
		}
		if err := mm.Finalize(batch); err != nil {
			t.Fatal(err)
		}
		if err := mm.Deallocate(id); err != nil {
			t.Fatal(err)
		}
	}
}
