package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// ways runs a test with both ways of mapping.
func ways(t *testing.T, fn func(t *testing.T, opts ...Option)) {
	t.Run("batch", func(t *testing.T) { fn(t) })
	t.Run("dual", func(t *testing.T) {
		if crosstest.Emulated() {
			t.Skip("qemu-user 7.2 goes on with what it has made of code that changes through another mapping")
		}
		fn(t, WithDualMapping())
	})
}

func newManager(t testing.TB, opts ...Option) *SectionMemoryManager {
	t.Helper()
	m, err := New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func tiny() []Section {
	return []Section{
		{Kind: Code, Size: 6, Align: 16},
		{Kind: ROData, Size: 3, Align: 1},
		{Kind: RWData, Size: 8, Align: 8},
	}
}

func mustAllocate(t testing.TB, m *SectionMemoryManager, b Batch, secs []Section) AllocID {
	t.Helper()
	id, err := m.Allocate(b, Module{ID: uint64(b), Name: "test"}, secs)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func mustFinalize(t testing.TB, m *SectionMemoryManager, b Batch) {
	t.Helper()
	if err := m.Finalize(b); err != nil {
		t.Fatal(err)
	}
}

func mustDeallocate(t testing.TB, m *SectionMemoryManager, ids ...AllocID) {
	t.Helper()
	if err := m.Deallocate(ids...); err != nil {
		t.Fatal(err)
	}
}

// TestMappingsDoNotGrow loads many tiny modules in many batches, or in one, and removes every second of them, one by one.
func TestMappingsDoNotGrow(t *testing.T) {
	const modules = 50_000
	ways(t, func(t *testing.T, opts ...Option) {
		for name, perBatch := range map[string]int{"three in a batch": 3, "one batch": modules} {
			t.Run(name, func(t *testing.T) {
				m := newManager(t, opts...)
				before := countMaps(t)
				var ids []AllocID
				for i := range modules {
					secs := tiny()
					ids = append(ids, mustAllocate(t, m, Batch(i/perBatch), secs))
					for _, s := range secs {
						s.Mem[0] = byte(i)
					}
					if i%perBatch == perBatch-1 {
						mustFinalize(t, m, Batch(i/perBatch))
					}
				}
				if n := countMaps(t) - before; n > 100 {
					t.Errorf("%d modules take %d mappings", modules, n)
				}
				for i := 0; i < len(ids); i += 2 {
					mustDeallocate(t, m, ids[i])
				}
				if n := countMaps(t) - before; n > 2500 {
					t.Errorf("every second module of %d removed: %d mappings", modules, n)
				}
				for i := 1; i < len(ids); i += 2 {
					mustDeallocate(t, m, ids[i])
				}
				if held := m.Stats().Held(); held != 0 {
					t.Errorf("%d bytes are held by nothing", held)
				}
			})
		}
	})
}

// TestSteadyState loads and removes, beside modules that stay: nothing may grow.
func TestSteadyState(t *testing.T) {
	rounds := testenv.SoakRounds(t, 20_000)
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		var recent [16]AllocID
		cycle := func(from, to int) {
			for i := from; i < to; i++ {
				secs := tiny()
				secs[0].Size += uint64(i * 37 % 9000)
				secs[2].Size += uint64(i * 91 % 9000)
				if i%64 == 63 {
					secs[1].Size = 3 << 20 // comes and goes as a whole
				}
				id := mustAllocate(t, m, Batch(i/2), secs)
				for _, s := range secs {
					for j := 0; j < len(s.Mem); j += 1024 {
						s.Mem[j] = 1
					}
				}
				if i%2 == 1 {
					mustFinalize(t, m, Batch(i/2))
				}
				if old := recent[i%len(recent)]; old != 0 {
					mustDeallocate(t, m, old)
				}
				recent[i%len(recent)] = id
			}
		}
		cycle(0, rounds/10)
		rss := resident(t)
		maps, records := countMaps(t), len(m.records.chunks)
		cycle(rounds/10, rounds)
		after := resident(t)
		if after > rss+8<<10 {
			t.Errorf("resident memory grew from %d to %d KiB", rss, after)
		}
		if n := countMaps(t); n > maps+60 {
			t.Errorf("mappings grew from %d to %d", maps, n)
		}
		if n := len(m.records.chunks); n > records {
			t.Errorf("records grew from %d to %d", records, n)
		}
	})
}

// TestMemoryGoesBack checks that what a large module has filled is resident no longer when it is gone.
func TestMemoryGoesBack(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		before := resident(t)
		secs := sections(30, 1<<20)
		id := mustAllocate(t, m, 1, secs)
		for _, s := range secs {
			copy(s.Mem, bytes.Repeat([]byte{1}, len(s.Mem)))
		}
		mustFinalize(t, m, 1)
		full := resident(t)
		mustDeallocate(t, m, id)
		after := resident(t)
		if full < before+25<<10 || after > before+10<<10 {
			t.Errorf("resident: %d KiB before, %d with 30 MiB loaded, %d afterwards", before, full, after)
		}
	})
}

// TestResidentMemory checks how much memory is resident for each byte that is loaded. (That of huge pages is rounded up, by 2 MiB a kind.)
func TestResidentMemory(t *testing.T) {
	for _, size := range []struct {
		allocs, perAlloc int
		bytes            uint64
		most             float64
	}{
		{1016, 80, 443, 1.25},
		{5001, 24, 65, 2.5},
		{100, 24, 65, 3},
	} {
		m := newManager(t)
		secs, filler := sections(size.perAlloc, size.bytes), bytes.Repeat([]byte{1}, int(size.bytes))
		before := resident(t)
		for range size.allocs {
			mustAllocate(t, m, 1, secs)
			for _, s := range secs {
				copy(s.Mem, filler)
			}
		}
		mustFinalize(t, m, 1)
		loaded := float64(size.allocs) * float64(size.perAlloc) * float64(size.bytes)
		ratio := float64(resident(t)-before) * 1024 / loaded
		t.Logf("%.1f MB loaded: %.2f bytes resident for each", loaded/1e6, ratio)
		if ratio > size.most {
			t.Errorf("%.1f MB loaded: %.2f bytes resident for each, want at most %.2f", loaded/1e6, ratio, size.most)
		}
	}
}

// TestZeroFillReused allocates zero memory where other data was.
func TestZeroFillReused(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		for b := range Batch(6) {
			var secs []Section
			for k := range NumKinds {
				secs = append(secs, Section{Kind: k, Size: 40, Align: 8}, Section{Kind: k, Size: 5 << 20 >> b, Align: 8, ZeroFill: true})
			}
			id := mustAllocate(t, m, b, secs)
			for _, s := range secs {
				if s.ZeroFill && len(bytes.Trim(s.Mem, "\x00")) != 0 {
					t.Errorf("round %d: section of %v is not zero", b, s.Kind)
				}
				copy(s.Mem, bytes.Repeat([]byte{1}, len(s.Mem)))
			}
			mustFinalize(t, m, b)
			mustDeallocate(t, m, id)
		}
	})
}

func TestAlignment(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		for shift := range 23 {
			var secs []Section
			for k := range NumKinds {
				secs = append(secs, Section{Kind: k, Size: 1, Align: 1}, Section{Kind: k, Size: 100, Align: 1 << shift})
			}
			mustAllocate(t, m, 1, secs)
			for _, s := range secs {
				if uint64(s.Addr)%s.Align != 0 {
					t.Errorf("%v is not aligned to %d", s.Addr, s.Align)
				}
				s.Mem[0] = 1
			}
		}
		mustFinalize(t, m, 1)
	})
}

// TestEmptySections checks that sections without bytes have an address too, and that an allocation of nothing is one.
func TestEmptySections(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		secs := []Section{{Kind: ROData, Align: 8}, {Kind: Code, Align: 16, Size: 4}, {Kind: Code, Align: 32}}
		id, none := mustAllocate(t, m, 1, secs), mustAllocate(t, m, 1, nil)
		for _, s := range secs {
			if s.Addr == 0 || s.Mem == nil || uint64(s.Addr)%s.Align != 0 {
				t.Errorf("section is at %v, %v", s.Addr, s.Mem)
			}
		}
		mustFinalize(t, m, 1)
		mustDeallocate(t, m, id, none)
	})
}

func TestGuards(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		mustAllocate(t, m, 1, sections(30, 1<<20))
		mustFinalize(t, m, 1)
		maps := arenaMaps(t, m)
		whole := m.arenas[0].whole
		for what, at := range map[string]executor.Addr{
			"before all": addrOf(whole), "behind all": addrOf(whole) + executor.Addr(len(whole)) - 1,
		} {
			if got := protAt(maps, at); got != "---p" {
				t.Errorf("the page %s is %s", what, got)
			}
		}
		for _, s := range m.slabs {
			if got := protAt(maps, addrOf(s.mem)+executor.Addr(len(s.mem))); got != "---p" {
				t.Errorf("the page behind the slab of %v is %s", s.kind, got)
			}
			if s.dual {
				from, to := addrOf(s.work), addrOf(s.work)+executor.Addr(len(s.work))
				around := mappings(t, from-executor.Addr(m.page), to+executor.Addr(m.page))
				if before, behind := protAt(around, from-1), protAt(around, to); before != "---p" || behind != "---p" {
					t.Errorf("around the written view is %s and %s", before, behind)
				}
			}
		}
	})
}

// TestReach checks that all of the default reservation is within 32-bit displacements, with room for addends.
func TestReach(t *testing.T) {
	m := newManager(t)
	if strconv.IntSize == 32 {
		t.Skip("every address is in reach")
	}
	if n := len(m.arenas[0].whole); n > 1<<31-1<<24 || n < 1<<30 {
		t.Errorf("%d bytes are reserved", n)
	}
}

func TestErrors(t *testing.T) {
	m := newManager(t, WithReserve(1<<20))
	for what, s := range map[string]Section{
		"kind":        {Kind: NumKinds, Size: 1, Align: 1},
		"alignment 0": {Kind: Code, Size: 1},
		"alignment 3": {Kind: Code, Size: 1, Align: 3},
		"size":        {Kind: Code, Size: 1 << 63, Align: 1},
	} {
		_, err := m.Allocate(1, Module{Name: "bad.o"}, []Section{{Kind: Code, Size: 1, Align: 1}, s})
		var ae *AllocError
		if !errors.As(err, &ae) || !errors.Is(err, ErrBadSection) || !strings.Contains(err.Error(), "bad.o") {
			t.Errorf("bad %s: %v", what, err)
		}
	}
	if st := m.Stats(); st.Batches != 0 || st.Live() != 0 {
		t.Errorf("after errors: %+v", st)
	}
	id := mustAllocate(t, m, 1, tiny())
	if err := m.Deallocate(id+1, id, id); !errors.Is(err, ErrUnknownAlloc) {
		t.Errorf("deallocating what is not there: %v", err)
	}
	if n := m.Stats().Allocations; n != 0 {
		t.Errorf("%d allocations are left", n)
	}
	again := mustAllocate(t, m, 2, tiny())
	if again == id {
		t.Error("the number of an allocation has been used again")
	}
	if err := m.Finalize(77); err != nil {
		t.Errorf("finalizing an unknown batch: %v", err)
	}
	if err := errors.Join(m.Close(), m.Close()); err != nil {
		t.Error(err)
	}
	if _, err := m.Allocate(1, Module{}, tiny()); !errors.Is(err, ErrClosed) {
		t.Errorf("Allocate after Close: %v", err)
	}
	if err := errors.Join(m.Finalize(1), m.Deallocate(again)); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if st := m.Stats(); st != (Stats{}) {
		t.Errorf("after Close: %+v", st)
	}
}

func TestModuleBytes(t *testing.T) {
	m := newManager(t)
	for id := range uint64(3) {
		for range 2 {
			if _, err := m.Allocate(1, Module{ID: id}, []Section{{Kind: RWData, Size: 128 * id, Align: 1}, {Kind: Code, Size: 1, Align: 1}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, want := m.ModuleBytes(2), [NumKinds]uint64{2 * cellSize, 0, 512}; got != want || m.Modules()[2] != want {
		t.Errorf("module has %v bytes, want %v", got, want)
	}
	var sum uint64
	for _, n := range m.Modules() {
		sum += n[Code] + n[ROData] + n[RWData]
	}
	if live := m.Stats().Live(); sum != live {
		t.Errorf("modules have %d bytes, all together %d", sum, live)
	}
}

// TestConcurrent uses a manager from many goroutines.
func TestConcurrent(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		var wg sync.WaitGroup
		for g := range 16 {
			wg.Go(func() {
				for i := range 200 {
					b := Batch(g*1000 + i)
					id, f := load(t, m, b, uint16(g))
					mustFinalize(t, m, b)
					if got := call(f); got != g {
						t.Errorf("function %d returned %d", g, got)
					}
					m.Stats()
					mustDeallocate(t, m, id)
				}
			})
		}
		wg.Wait()
		if st := m.Stats(); st.Allocations != 0 || st.Held() != 0 {
			t.Errorf("in the end: %+v", st)
		}
	})
}

func Example() {
	m, err := New()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()

	// What a linker does for each module: allocate, fill, finalize.
	const batch = 1
	secs := []Section{
		{Kind: Code, Size: 1, Align: 16},
		{Kind: RWData, Size: 8, Align: 8, ZeroFill: true},
	}
	id, err := m.Allocate(batch, Module{ID: 1, Name: "hello.o"}, secs)
	if err != nil {
		fmt.Println(err)
		return
	}
	secs[0].Mem[0] = 0xc3
	if err := m.Finalize(batch); err != nil {
		fmt.Println(err)
		return
	}
	st := m.Stats()
	fmt.Println(st.Allocations, "allocation,", st.Kinds[Code].Live, "bytes of code")
	fmt.Println(m.Deallocate(id))
	// Output:
	// 1 allocation, 64 bytes of code
	// <nil>
}
