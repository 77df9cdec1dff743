package memmgr

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A world is a manager under random treatment, and what is known about it.
type world struct {
	t    *testing.T
	m    *SectionMemoryManager
	rng  *rand.Rand
	live []*alloc
	next Batch
	step int
}

type alloc struct {
	id     AllocID
	batch  Batch
	final  bool
	secs   []Section
	canary []byte // by section
}

// TestProperty allocates, finalizes and deallocates at random, and checks all that the manager promises about memory.
func TestProperty(t *testing.T) {
	reserves := map[string][]Option{
		"default": nil,
		"4MiB":    {WithReserve(4 << 20)},
		"grown":   {WithReserve(1 << 20), WithGrowth()},
		"plain":   {WithHugePages(false)},
	}
	ways(t, func(t *testing.T, opts ...Option) {
		for name, more := range reserves {
			t.Run(name, func(t *testing.T) {
				for seed := range uint64(4) {
					w := &world{t: t, m: newManager(t, append(slices.Clone(opts), more...)...), rng: rand.New(rand.NewPCG(seed, 7))}
					for w.step = range 400 {
						w.act()
						if w.step%10 == 0 {
							w.verify()
						}
						if t.Failed() {
							t.Fatalf("seed %d, step %d", seed, w.step)
						}
					}
					w.end()
				}
			})
		}
	})
}

func (w *world) act() {
	switch n := w.rng.IntN(10); {
	case n < 5:
		w.allocate()
	case n < 7:
		w.finalize(w.next)
		w.next++
	default:
		w.deallocate()
	}
}

func (w *world) randomSection(i int) Section {
	size := uint64(w.rng.IntN(1 << w.rng.IntN(10)))
	if w.rng.IntN(40) == 0 {
		size = uint64(w.rng.IntN(1 << 20))
	}
	align := uint64(1) << w.rng.IntN(7)
	if w.rng.IntN(100) == 0 {
		align = 1 << w.rng.IntN(22)
	}
	return Section{Kind: Kind(w.rng.IntN(int(NumKinds))), Index: i, Size: size, Align: align, ZeroFill: w.rng.IntN(4) == 0}
}

func (w *world) allocate() {
	a := &alloc{batch: w.next + Batch(w.rng.IntN(2))}
	for i := range w.rng.IntN(12) {
		a.secs = append(a.secs, w.randomSection(i))
		a.canary = append(a.canary, byte(w.rng.IntN(255)+1))
	}
	before := w.m.Stats()
	var err error
	a.id, err = w.m.Allocate(a.batch, Module{ID: uint64(w.step), Name: "world"}, a.secs)
	if err != nil {
		if !errors.Is(err, ErrExhausted) {
			w.t.Error(err)
		}
		if after := w.m.Stats(); after != before {
			w.t.Errorf("failed allocation changed the statistics from %+v to %+v", before, after)
		}
		return
	}
	for i, s := range a.secs {
		if s.ZeroFill && len(bytes.Trim(s.Mem, "\x00")) != 0 {
			w.t.Errorf("section of %d bytes is not zero", s.Size)
		}
		for j := range s.Mem {
			s.Mem[j] = a.canary[i]
		}
	}
	w.live = append(w.live, a)
}

func (w *world) finalize(b Batch) {
	if err := w.m.Finalize(b); err != nil {
		w.t.Error(err)
	}
	for _, a := range w.live {
		a.final = a.final || a.batch == b
	}
}

// deallocate removes a few allocations by one call.
func (w *world) deallocate() {
	var ids []AllocID
	for range min(1+w.rng.IntN(8), len(w.live)) {
		i := w.rng.IntN(len(w.live))
		ids = append(ids, w.live[i].id)
		w.live = slices.Delete(w.live, i, i+1)
	}
	if err := w.m.Deallocate(ids...); err != nil {
		w.t.Error(err)
	}
}

func (w *world) end() {
	w.finalize(w.next)
	w.finalize(w.next + 1)
	w.verify()
	for len(w.live) > 0 {
		w.deallocate()
	}
	w.verify()
	if st := w.m.Stats(); st.Live() != 0 || st.Held() != 0 || st.Allocations != 0 || st.Batches != 0 {
		w.t.Errorf("after all was removed: %+v", st)
	}
	for _, s := range w.m.slabs {
		if s != nil && s.runs.taken != s.unused {
			w.t.Errorf("slab %d of %v has %d units taken by nobody", s.index, s.kind, s.runs.taken-s.unused)
		}
	}
}

// A span is a live section at its target address.
type span struct {
	from, to executor.Addr
	kind     Kind
}

func (w *world) verify() {
	maps := mappings(w.t, 0, ^executor.Addr(0))
	var spans []span
	for _, a := range w.live {
		for i, s := range a.secs {
			if len(s.Mem) != int(s.Size) || s.Addr == 0 || uint64(s.Addr)%s.Align != 0 {
				w.t.Errorf("%d bytes aligned to %d are %d bytes at %v", s.Size, s.Align, len(s.Mem), s.Addr)
			}
			spans = append(spans, span{s.Addr, s.Addr + executor.Addr(s.Size), s.Kind})
			seen := bytesAt(w.m, s.Addr, len(s.Mem))
			if n := bytes.Count(seen, []byte{a.canary[i]}); n != len(seen) {
				w.t.Errorf("%d of %d bytes of a section are somebody else's", len(seen)-n, len(seen))
			}
			if err := w.checkProt(maps, a, &s); err != nil {
				w.t.Error(err)
			}
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			w.t.Errorf("sections %v and %v overlap", spans[i-1], spans[i])
		}
	}
	w.checkTraps(maps, spans)
}

func (w *world) checkProt(maps []mapping, a *alloc, s *Section) error {
	want := [...]string{"r-xp", "r--p", "rw-p"}[s.Kind]
	if !a.final && !w.m.dual {
		want = "rw-p"
	}
	if s.Size == 0 {
		return nil
	}
	for _, at := range []executor.Addr{s.Addr, s.Addr + executor.Addr(s.Size) - 1} {
		if got := protAt(maps, at); got != want {
			return fmt.Errorf("section of %v (finalized: %v) is %s, want %s", s.Kind, a.final, got, want)
		}
	}
	return nil
}

// checkTraps checks that all that can be executed is a live section or traps.
func (w *world) checkTraps(maps []mapping, spans []span) {
	for _, ar := range w.m.arenas {
		base, end := addrOf(ar.whole), addrOf(ar.whole)+executor.Addr(len(ar.whole))
		rest := spans
		at, to := executor.Addr(0), executor.Addr(0) // what is executable, from where on it has not been checked, and its end
		for _, mp := range maps {
			if mp.prot[2] != 'x' || mp.from < base || mp.to > end {
				continue
			}
			if mp.from != to {
				w.checkTrapped(at, to)
				at = mp.from
			}
			to = mp.to
			for len(rest) > 0 && rest[0].from < to {
				if sp := rest[0]; sp.kind == Code && sp.from >= mp.from {
					w.checkTrapped(at, sp.from)
					at = sp.to
				}
				rest = rest[1:]
			}
		}
		w.checkTrapped(at, to)
	}
}

func (w *world) checkTrapped(from, to executor.Addr) {
	if !replaces && !w.m.dual { // beside what runs nothing is written
		page := executor.Addr(w.m.page)
		if from, to = (from+page-1)&^(page-1), to&^(page-1); from >= to {
			return
		}
	}
	got := bytesAt(w.m, from, int(to-from))
	want := make([]byte, len(got))
	fillTraps(want, int(from))
	if !bytes.Equal(got, want) {
		w.t.Errorf("%v to %v can be executed, is free, and has no traps", from, to)
	}
}
