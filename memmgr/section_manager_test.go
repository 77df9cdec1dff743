package memmgr

import (
	"os"
	"strings"
	"testing"
)

// ways runs a test with both ways of mapping.
func ways(t *testing.T, fn func(t *testing.T, opts ...Option)) {
	t.Run("batch", func(t *testing.T) { fn(t) })
	t.Run("dual", func(t *testing.T) { fn(t, WithDualMapping()) })
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

func countMaps(t testing.TB) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	return strings.Count(string(b), "\n")
}

func tiny(id byte) []Section {
	return []Section{
		{Label: ".text", Kind: Code, Size: 6, Align: 16},
		{Label: ".rodata", Kind: ROData, Size: 3, Align: 1},
		{Label: ".data", Kind: RWData, Size: 8, Align: 8},
	}
}

func TestManyTinyModules(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		before := countMaps(t)
		var ids []AllocID
		for i := range 50_000 {
			secs := tiny(byte(i))
			id, err := m.Allocate(Batch(i/3), Module{ID: uint64(i)}, secs)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range secs {
				for j := range s.Mem {
					s.Mem[j] = byte(i)
				}
			}
			ids = append(ids, id)
			if i%3 == 2 {
				if err := m.Finalize(Batch(i / 3)); err != nil {
					t.Fatal(err)
				}
			}
		}
		t.Logf("loaded: %d maps more, %+v", countMaps(t)-before, m.Stats())
		if n := countMaps(t) - before; n > 100 {
			t.Errorf("50,000 modules take %d mappings", n)
		}
		for i := 0; i < len(ids); i += 2 {
			if err := m.Deallocate(ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("every second removed: %d maps more", countMaps(t)-before)
		for i := 1; i < len(ids); i += 2 {
			if err := m.Deallocate(ids[i]); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("all removed: %d maps more, %+v", countMaps(t)-before, m.Stats())
		if m.Stats().Held() != 0 {
			t.Error("memory is held by nothing")
		}
	})
}
