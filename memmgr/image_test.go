package memmgr

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// An image of the test: where its code is, and its lowest and its highest byte.
type imageAt struct {
	id                       AllocID
	code, codeEnd, low, high uint64
}

func allocateImage(t *testing.T, m *SectionMemoryManager, b Batch, size func() uint64) (a imageAt) {
	t.Helper()
	secs := []Section{{Kind: RWData, Align: 16}, {Kind: Code, Align: 32}, {Kind: ROData, Align: 8}, {Kind: Code, Align: 4}}
	for i := range secs {
		secs[i].Size = size()
	}
	var err error
	if a.id, err = m.Allocate(b, Module{Name: "a.obj", Image: true}, secs); err != nil {
		t.Fatal(err)
	}
	a.code, a.low = ^uint64(0), ^uint64(0)
	for _, s := range secs {
		at, end := uint64(s.Addr), uint64(s.Addr)+s.Size
		a.low, a.high = min(a.low, at), max(a.high, end)
		if s.Kind == Code {
			a.code, a.codeEnd = min(a.code, at), max(a.codeEnd, end)
		}
	}
	if a.low != a.code || a.high-a.low >= 1<<32 {
		t.Errorf("code is at %#x, all at %#x to %#x", a.code, a.low, a.high)
	}
	return a
}

// TestImages: code of an image is lowest, what else it has is less than 4 GiB away, and nobody else's code is between its own; also when one reservation has room for
// a part of it only, and when much has come and gone.
func TestImages(t *testing.T) {
	for name, opts := range map[string][]Option{"batch": nil, "dual": {WithDualMapping()}} {
		t.Run(name, func(t *testing.T) {
			m, err := New(append(opts, WithReserve(1<<20), WithGrowth())...)
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			r := rand.New(rand.NewPCG(1, 2))
			size := func() uint64 { return 1 + r.Uint64N(1<<16) }
			live := []imageAt{allocateImage(t, m, 0, func() uint64 { return 1 })}
			for len(m.arenas) < 2 { // the first has room for code only
				if _, err := m.Allocate(0, Module{Name: "data.o"}, []Section{{Kind: RWData, Size: 1 << 16, Align: 1}}); err != nil {
					t.Fatal(err)
				}
			}
			for b := range Batch(300) {
				if r.IntN(4) == 0 { // what is no image takes what it gets
					kind := Kind(r.IntN(int(NumKinds)))
					if _, err := m.Allocate(b, Module{Name: "other.o"}, []Section{{Kind: kind, Size: 4 * size(), Align: 1}}); err != nil {
						t.Fatal(err)
					}
				}
				live = append(live, allocateImage(t, m, b, size))
				if err := m.Finalize(b); err != nil {
					t.Fatal(err)
				}
				for r.IntN(3) != 0 && len(live) > 0 {
					n := r.IntN(len(live))
					if err := m.Deallocate(live[n].id); err != nil {
						t.Fatal(err)
					}
					live = slices.Delete(live, n, n+1)
				}
			}
			slices.SortFunc(live, func(a, b imageAt) int { return cmp.Compare(a.code, b.code) })
			for i, a := range live {
				if i > 0 && live[i-1].codeEnd > a.code {
					t.Errorf("the code of image %d ends at %#x, that of the next begins at %#x", i-1, live[i-1].codeEnd, a.code)
				}
			}
		})
	}
}

// TestImageTooLarge: an image for which there is no room is an error, after which everything is as before.
func TestImageTooLarge(t *testing.T) {
	m, err := New(WithReserve(1<<20), WithGrowth(), WithMapper(refusingMapper{SystemMapper()}))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	before := m.Stats()
	secs := []Section{{Kind: Code, Size: 1, Align: 1}, {Kind: ROData, Size: 40 << 20, Align: 1}}
	if _, err := m.Allocate(1, Module{Image: true}, secs); err == nil {
		t.Fatal("there is room")
	}
	if after := m.Stats(); after != before {
		t.Errorf("%+v became %+v", before, after)
	}
}

// refusingMapper has no more than 32 MiB in one piece.
type refusingMapper struct{ Mapper }

func (r refusingMapper) Reserve(size int, near executor.Addr) ([]byte, error) {
	if size > 32<<20 {
		return nil, errNoMemory
	}
	return r.Mapper.Reserve(size, near)
}
