package runtimedyld

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
)

// largeObject has a section of code of so many MiB, with branches near its beginning, in its middle and near its end to its beginning, its end, a place behind a symbol and to another object.
func largeObject(name string, size uint64) *elfWriter {
	w := testAArch64.newELF(name)
	text := w.bss(".text", size<<20, 16)
	w.sec(text).flags = flagsText
	first, last := w.local("first", text, 0), w.global("last", text, size<<20-4)
	far := w.undefined("far")
	for _, at := range []uint64{0x100, size << 19, size<<20 - 0x100} {
		w.relocate(text, at, uint32(elf.R_AARCH64_CALL26), first, 0)
		w.relocate(text, at+4, uint32(elf.R_AARCH64_JUMP26), last, 0)
		w.relocate(text, at+8, uint32(elf.R_AARCH64_CALL26), far, 0)
		w.relocate(text, at+12, uint32(elf.R_AARCH64_CALL26), first, 64)
	}
	return w
}

// branch26 follows a branch of AArch64 in memory of which the first byte is at base.
func branch26(mem []byte, base, at uint64) uint64 {
	return at + uint64(signExtend(uint64(binary.LittleEndian.Uint32(mem[at-base:])), 26))*4
}

// stubTarget follows a stub of AArch64: adrp, ldr, br.
func stubTarget(t *testing.T, o *Object, stub []byte, at uint64) uint64 {
	t.Helper()
	page, load := binary.LittleEndian.Uint32(stub), binary.LittleEndian.Uint32(stub[4:])
	slot := at&^0xfff + uint64(signExtend(uint64(page>>5&0x7ffff<<2|page>>29&3), 21))<<12 + uint64(load>>10&0xfff)*8
	got := o.gotAddr()
	if page&0x9f00001f != 0x90000010 || load&0xffc003ff != 0xf9400211 || binary.LittleEndian.Uint32(stub[8:]) != 0xd61f0220 || slot-got > 0x1000 {
		t.Fatalf("% x at %#x is no stub", stub[:12], at)
	}
	return binary.LittleEndian.Uint64(o.mem(int(o.gotBase), slot-got+8)[slot-got:])
}

// TestIslands: in a section that branches do not reach over, all of them lead where they should, directly where that is in reach.
func TestIslands(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	mm, err := memmgr.New() // its memory costs nothing before it is written
	if err != nil {
		t.Skip(err)
	}
	defer mm.Close()
	const far = executor.Addr(0x1234_5678_9abc)
	d := New(mm, ResolverFunc(func(string) (executor.Addr, bool) { return far, true }))
	defer d.Close()
	for _, size := range []uint64{100, 150, 250} {
		o, err := d.LoadObject(largeObject("large.o", size).parse(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.ResolveRelocations(); err != nil {
			t.Fatal(size, err)
		}
		base, n := o.loadAddr(0), size<<20
		mem := o.mem(0, n)
		for _, at := range []uint64{0x100, n / 2, n - 0x100} {
			for i, want := range []uint64{base, base + n - 4, uint64(far), base + 64} {
				place := base + at + uint64(i)*4
				got := branch26(mem, base, place)
				direct := want-place+128<<20 < 256<<20
				switch {
				case direct && got != want:
					t.Errorf("%d MiB: the branch at %#x goes to %#x, want %#x", size, at, got, want)
				case !direct:
					stub := o.islandAt(got)
					if stub == nil {
						stub = o.mem(int(o.stubBase), got-o.loadAddr(int(o.stubBase))+12)[got-o.loadAddr(int(o.stubBase)):]
					}
					if to := stubTarget(t, o, stub, got); to != want {
						t.Errorf("%d MiB: the stub of the branch at %#x leads to %#x, want %#x", size, at, to, want)
					}
				}
			}
		}
		if (len(o.islands) > 0) != (size > 112) || size > 130 && o.islands[0].ahead == 0 {
			t.Errorf("%d MiB: islands %+v", size, o.islands)
		}
		if err := d.Remove(o); err != nil {
			t.Error(err)
		}
	}
}

// islandAt returns working memory of a stub of an island, or nil.
func (o *Object) islandAt(at uint64) []byte {
	for k, is := range o.islands {
		for i, start := range []uint64{o.loadAddr(int(k)) + is.behind, o.loadAddr(int(k)) - uint64(len(is.mem[1]))} {
			if off := at - start; off < uint64(len(is.mem[i])) {
				return is.mem[i][off:]
			}
		}
	}
	return nil
}

// TestIslandsTooFar: the middle of a section of more than 256 MiB reaches no stub, which the error says.
func TestIslandsTooFar(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	mm, err := memmgr.New()
	if err != nil {
		t.Skip(err)
	}
	defer mm.Close()
	d := New(mm, knows(map[string]uint64{"far": 1 << 40}))
	defer d.Close()
	if _, err := d.LoadObject(largeObject("huge.o", 300).parse(t)); err != nil {
		t.Fatal(err)
	}
	err = d.ResolveRelocations()
	if !errors.Is(err, ErrRelocationOverflow) || !strings.Contains(err.Error(), "-ffunction-sections") {
		t.Fatal(err)
	}
	for _, e := range relocationErrors(t, err) {
		if e.Offset < 150<<20 || e.Offset > 150<<20+12 {
			t.Errorf("not in the middle: %v", e)
		}
	}
}
