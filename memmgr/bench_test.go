package memmgr

import (
	"testing"
)

// sections returns n sections of size bytes each: 40 % code, 30 % read-only, 30 % written, some of it zero-filled.
func sections(n int, size uint64) []Section {
	secs := make([]Section, n)
	for i := range secs {
		k := [...]Kind{Code, Code, Code, Code, ROData, ROData, ROData, RWData, RWData, RWData}[i%10]
		secs[i] = Section{Kind: k, Index: i, Size: size, Align: 16, ZeroFill: i%10 == 9}
	}
	return secs
}

func benchLoad(b *testing.B, allocs, perAlloc int, size uint64, opts ...Option) {
	secs := sections(perAlloc, size)
	filler := make([]byte, size)
	for i := range filler {
		filler[i] = 1
	}
	b.SetBytes(int64(allocs) * int64(perAlloc) * int64(size))
	for b.Loop() {
		m, err := New(opts...)
		if err != nil {
			b.Fatal(err)
		}
		for i := range allocs {
			if _, err := m.Allocate(1, Module{ID: uint64(i)}, secs); err != nil {
				b.Fatal(err)
			}
			for j := range secs {
				if !secs[j].ZeroFill {
					copy(secs[j].Mem, filler)
				}
			}
		}
		if err := m.Finalize(1); err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is all that the manager adds to loading: from New to Close, with the memory filled.
func BenchmarkLoad(b *testing.B) {
	for _, size := range []struct {
		name             string
		allocs, perAlloc int
		bytes            uint64
	}{
		{"36MB", 1016, 80, 443},
		{"small", 5001, 24, 65},
		{"tiny", 1, 24, 65},
	} {
		b.Run(size.name+"/huge", func(b *testing.B) { benchLoad(b, size.allocs, size.perAlloc, size.bytes) })
		b.Run(size.name+"/small", func(b *testing.B) { benchLoad(b, size.allocs, size.perAlloc, size.bytes, WithHugePages(false)) })
		b.Run(size.name+"/dual", func(b *testing.B) { benchLoad(b, size.allocs, size.perAlloc, size.bytes, WithDualMapping()) })
	}
}

// BenchmarkAllocate is one allocation of 24 sections, with its share of page faults left out: nothing is written.
func BenchmarkAllocate(b *testing.B) {
	secs := sections(24, 64)
	b.ReportAllocs()
	m := newManager(b)
	for i := 0; b.Loop(); i++ {
		if _, err := m.Allocate(Batch(i>>14), Module{}, secs); err != nil {
			b.Fatal(err)
		}
		if i%(1<<14) == 1<<14-1 {
			b.StopTimer()
			m.Close()
			m = newManager(b)
			b.StartTimer()
		}
	}
}

func BenchmarkNewClose(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		m, err := New()
		if err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRemove is the removal of one of 5,001 modules: of all at once, or one by one, when each has its batch and when all have one.
func BenchmarkRemove(b *testing.B) {
	const modules = 5001
	secs := sections(24, 65)
	run := func(name string, perBatch int, remove func(m *SectionMemoryManager, ids []AllocID) error, opts ...Option) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				m := newManager(b, opts...)
				var ids []AllocID
				for i := range modules {
					ids = append(ids, mustAllocate(b, m, Batch(i/perBatch), secs))
					if i%perBatch == perBatch-1 {
						mustFinalize(b, m, Batch(i/perBatch))
					}
				}
				b.StartTimer()
				if err := remove(m, ids); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := m.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*modules), "ns/module")
		})
	}
	together := func(m *SectionMemoryManager, ids []AllocID) error { return m.Deallocate(ids...) }
	singly := func(m *SectionMemoryManager, ids []AllocID) error {
		for _, id := range ids {
			if err := m.Deallocate(id); err != nil {
				return err
			}
		}
		return nil
	}
	run("together", modules, together)
	run("singly/batches", 1, singly)
	run("singly/batch", modules, singly)
	run("singly/dual", 1, singly, WithDualMapping())
}
