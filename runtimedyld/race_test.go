package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// hammerObject defines a name of its own, and refers to names that come and go and to one that is always there.
func hammerObject(g, i int) *elfWriter {
	w := defining(fmt.Sprintf("g%d_%d.o", g, i), fmt.Sprintf("own_%d_%d", g, i), elf.STB_GLOBAL)
	w.reloc(1, 0, elf.R_X86_64_64, w.undefined("anchor"), 0)
	w.reloc(1, 8, elf.R_X86_64_64, w.weak(fmt.Sprintf("own_%d_%d", (g+1)%16, i), secUndef, 0), 0)
	w.reloc(1, 16, elf.R_X86_64_64, w.weak("inline", 1, 24), 0)
	w.reloc(1, 24, elf.R_X86_64_64, w.common("shared", 32, 8), 0)
	return w
}

// TestHammer has 16 goroutines do everything at a time. What is checked: what was loaded can be found, what is finalized stays as it is, nothing
// is left in the end; and whatever the race detector sees.
func TestHammer(t *testing.T) {
	const goroutines, rounds = 16, 40
	b := newBenchResolving(t, nil, knows(map[string]uint64{"resolved": 4096}))
	b.mm.keepDead = true
	anchor := b.load(defining("anchor.o", "anchor", elf.STB_GLOBAL))
	b.finalize()
	where := b.addr("anchor")
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 2))
			for i := range rounds {
				if a, ok := b.FinalizedAddress("anchor"); !ok || uint64(a) != where {
					t.Errorf("anchor is %#x, %v", a, ok)
				}
				b.hammer(g, i, random)
			}
		})
	}
	wg.Wait()
	if err := b.Remove(b.Objects()...); err != nil {
		t.Error(err)
	}
	if anchor.State() != Removed {
		t.Error(anchor.State())
	}
	for g := range goroutines {
		if err := b.DefineAbsolute(fmt.Sprint("mapping", g), 0); err != nil {
			t.Error(err)
		}
	}
	b.Finalize()
	if b.mm.count() != 0 || b.NumSymbols() != 0 {
		t.Errorf("%d allocations and %d symbols are left", b.mm.count(), b.NumSymbols())
	}
}

// hammer is one round of one goroutine.
func (b *bench) hammer(g, i int, random *rand.Rand) {
	w := hammerObject(g, i)
	o, err := b.LoadObject(w.parse(b.t))
	if err != nil {
		b.t.Error(err)
		return
	}
	own := fmt.Sprintf("own_%d_%d", g, i)
	if _, ok := b.SymbolLoadAddress(own); !ok {
		b.t.Errorf("%s is loaded, and not found", own)
	}
	switch random.IntN(3) {
	case 0:
		if _, err := b.Finalize(); err != nil {
			b.t.Error(err)
		}
		if a, ok := b.FinalizedAddress(own); !ok {
			b.t.Errorf("%s is finalized as %#x, %v", own, a, ok)
		}
	case 1:
		if err := b.ResolveRelocations(); err != nil {
			b.t.Error(err)
		}
	}
	to := executor.Addr(0x4000_0000_0000 + random.Uint64N(1<<20)*4096)
	if err := b.MapSectionAddress(o, 1, to); err != nil && !errors.Is(err, ErrState) {
		b.t.Error(err)
	}
	if mem, err := b.SectionContent(o, 1); err != nil && !errors.Is(err, ErrState) || err == nil && len(mem) != 32 {
		b.t.Errorf("%d bytes, %v", len(mem), err)
	}
	if _, err := b.LoadObject(w.parse(b.t)); !errors.Is(err, ErrDuplicateSymbol) {
		b.t.Errorf("loaded twice: %v", err)
	}
	for _, name := range []string{"inline", "shared", "resolved", "unknown", fmt.Sprintf("own_%d_%d", random.IntN(16), i)} {
		b.SymbolLoadAddress(name)
		b.FinalizedAddress(name)
		b.SymbolLocalAddress(name)
	}
	if err := b.DefineAbsolute(fmt.Sprint("mapping", g), executor.Addr(4096*(1+random.IntN(9)))); err != nil {
		b.t.Error(err)
	}
	for _, p := range b.Objects() {
		p.State()
		p.SectionLoadAddress(1)
	}
	b.NumSymbols()
	if random.IntN(4) > 0 {
		if err := b.Remove(o); err != nil {
			b.t.Error(err)
		}
		if _, ok := b.SymbolLoadAddress(own); ok {
			b.t.Errorf("%s is found after it was removed", own)
		}
	}
}

// TestLookupsAlongside looks up names that never change while the table grows, shrinks and is compacted.
func TestLookupsAlongside(t *testing.T) {
	b := newBench(t, nil)
	w := newELF("fixed.o")
	sec := w.section(".data", flagsData, make([]byte, 8))
	for i := range 500 {
		w.global(fmt.Sprint("fixed", i), sec, uint64(i))
	}
	o := b.load(w)
	b.finalize()
	base, _ := o.SectionLoadAddress(1)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := g; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				n := i % 500
				for _, lookup := range []func(string) (executor.Addr, bool){b.FinalizedAddress, b.SymbolLoadAddress} {
					if a, ok := lookup(fmt.Sprint("fixed", n)); !ok || a != base+executor.Addr(n) {
						t.Errorf("fixed%d is %#x, %v", n, a, ok)
						return
					}
				}
				if _, ok := b.SymbolLoadAddress(fmt.Sprint("unfixed", n)); ok {
					t.Error("an unknown name is found")
				}
			}
		})
	}
	for round := range 30 {
		churn := newELF(fmt.Sprintf("churn%d.o", round))
		sec := churn.section(".data", flagsData, make([]byte, 8))
		for i := range 2000 {
			churn.global(fmt.Sprintf("%s%d_%d", strings.Repeat("x", round), round, i), sec, 0)
		}
		b.remove(b.load(churn))
	}
	close(stop)
	wg.Wait()
	if b.NumSymbols() != 500 {
		t.Errorf("%d symbols", b.NumSymbols())
	}
}

// TestLoadWithoutLinking loads and removes again and again without a link: nothing may pile up.
func TestLoadWithoutLinking(t *testing.T) {
	b := newBench(t, nil)
	for i := range 5000 {
		w := undefining(fmt.Sprintf("o%d.o", i), fmt.Sprint("missing", i), false)
		w.common(fmt.Sprint("common", i), 8, 8)
		b.remove(b.load(w))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.fresh) > 100 || len(b.pending) > 2000 || len(b.retired) > 0 || len(b.commons) > 0 || len(b.waiting) > 100 || len(b.objects) > 100 {
		t.Errorf("%d fresh, %d pending, %d retired, %d commons, %d waiting, %d objects", len(b.fresh), len(b.pending), len(b.retired), len(b.commons), len(b.waiting), len(b.objects))
	}
}
