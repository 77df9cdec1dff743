package slabs

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAccounts takes and gives back at random: nothing is taken twice, and in the end everything has been unmapped once.
func TestAccounts(t *testing.T) {
	const page = 4096
	mapped := map[uint64]bool{} // pages
	unmap := func(list []Range) {
		for _, r := range list {
			for at := r.Base; at < r.Base+r.Size; at += page {
				if !mapped[at] {
					t.Fatalf("%v is unmapped, and was not there", at)
				}
				delete(mapped, at)
			}
		}
	}
	var s Slabs
	var live []Range
	used := map[uint64]bool{}
	next := uint64(0x1000_0000)
	for range 20000 {
		if len(live) > 0 && rand.IntN(100) < 48 {
			i := rand.IntN(len(live))
			r := live[i]
			live = slices.Delete(live, i, i+1)
			for at := r.Base; at < r.Base+r.Size; at += page {
				delete(used, at)
			}
			free, ok := s.Give(r.Base, r.Size)
			if !ok {
				t.Fatalf("%v is of no slab", r)
			}
			unmap(free)
			continue
		}
		size := uint64(1+rand.IntN(16)) * page
		base, ok := s.Take(size, 0)
		if !ok {
			s.Add(next)
			for at := next; at < next+Size; at += page {
				mapped[at] = true
			}
			next += Size + page
			if base, ok = s.Take(size, 0); !ok {
				t.Fatal("a new slab has no room")
			}
		}
		for at := base; at < base+size; at += page {
			if used[at] || !mapped[at] {
				t.Fatalf("%v was taken twice, or is not there", at)
			}
			used[at] = true
		}
		live = append(live, Range{base, size})
	}
	unmap(s.Rest())
	for _, r := range live {
		free, _ := s.Give(r.Base, r.Size)
		unmap(free)
	}
	if len(mapped) != 0 {
		t.Errorf("%d pages stay", len(mapped))
	}
}

func TestNear(t *testing.T) {
	var s Slabs
	s.Add(0x1000_0000)
	if _, ok := s.Take(4096, 0x7000_0000_0000); ok {
		t.Error("memory that is far away was taken")
	}
	if at, ok := s.Take(4096, 0x1100_0000); !ok || at != 0x1000_0000 {
		t.Errorf("%v, %v", at, ok)
	}
	if _, ok := s.Give(0x2000_0000, 4096); ok {
		t.Error("memory of no slab was given back")
	}
}
