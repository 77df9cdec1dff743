package runtimedyld

import (
	"debug/elf"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

const hostDataAddr = 0x7000_0000

// newHostBench returns a linker for a process that has the given data, all at one address.
func newHostBench(t testing.TB, names ...string) *bench {
	b := newBenchResolving(t, nil, ResolverFunc(func(name string) (executor.Addr, bool) {
		for _, n := range names {
			if n == name {
				return hostDataAddr, true
			}
		}
		return 0, false
	}))
	b.BindHostData(true)
	return b
}

// TestHostDataStays: data that is bound to the process's stays so when modules with copies of it come, and go before or after they are linked.
func TestHostDataStays(t *testing.T) {
	for _, linked := range []bool{false, true} {
		b := newHostBench(t, "x")
		b.load(defining("a.o", "x", elf.STB_WEAK))
		b.finalize()
		second := b.load(defining("b.o", "x", elf.STB_WEAK))
		if got := b.addr("x"); got != hostDataAddr {
			t.Errorf("with a second copy x is at %#x", got)
		}
		if linked {
			b.finalize()
		}
		b.remove(second)
		if got := b.addr("x"); got != hostDataAddr {
			t.Errorf("linked %v: after the second copy is gone x is at %#x", linked, got)
		}
	}
}

// TestHostDataTakesOver: a weak definition that comes into force because a strong one is removed is bound to the process's as if it had always been.
func TestHostDataTakesOver(t *testing.T) {
	b := newHostBench(t, "x")
	strong := b.load(defining("strong.o", "x", elf.STB_GLOBAL))
	b.load(defining("a.o", "x", elf.STB_WEAK))
	b.remove(strong)
	b.finalize()
	if got := b.addr("x"); got != hostDataAddr {
		t.Errorf("x is at %#x", got)
	}
}

// TestHostDataComesBack: a strong definition takes the name from the process's data while it is there, and no longer.
func TestHostDataComesBack(t *testing.T) {
	for _, linked := range []bool{false, true} {
		b := newHostBench(t, "x")
		b.load(defining("a.o", "x", elf.STB_WEAK))
		b.finalize()
		strong := b.load(defining("strong.o", "x", elf.STB_GLOBAL))
		if got := b.winner("x"); got != "strong.o" {
			t.Errorf("x is in %s", got)
		}
		if linked {
			b.finalize()
		}
		for range 2 {
			b.remove(strong)
			if got, ok := b.FinalizedAddress("x"); !ok || got != hostDataAddr {
				t.Errorf("linked %v: after the strong definition is gone x is at %#x, %v", linked, got, ok)
			}
			strong = b.load(defining("strong.o", "x", elf.STB_GLOBAL))
		}
		user := b.load(undefining("user.o", "x", false))
		b.remove(strong)
		b.finalize()
		at, _ := user.SectionLoadAddress(1)
		if got := b.word64(uint64(at)); got != hostDataAddr {
			t.Errorf("what is linked then refers to %#x", got)
		}
	}
}

// TestHostDataHidden: what is hidden is a module's own, whatever the process has.
func TestHostDataHidden(t *testing.T) {
	b := newHostBench(t, "x")
	w := defining("a.o", "x", elf.STB_WEAK)
	w.syms[0].vis = elf.STV_HIDDEN
	b.load(w)
	b.finalize()
	if got := b.addr("x"); got == hostDataAddr {
		t.Error("hidden data is the process's")
	}
}

// TestHostDataNoted: modules that come and go without being linked leave nothing behind.
func TestHostDataNoted(t *testing.T) {
	b := newHostBench(t)
	w := newELF("a.o")
	w.reloc(w.section(".data", flagsData, make([]byte, 8)), 0, elf.R_X86_64_64, w.undefined("x"), 0)
	b.load(w)
	for range 100 {
		b.remove(b.load(defining("b.o", "x", elf.STB_WEAK)))
	}
	if n := len(b.weakData); n > 1 {
		t.Errorf("one name is to be asked for %d times", n)
	}
}
