package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"testing"
)

// A mipsPlace is an object with one section to be relocated, of words, and a target of its own.
type mipsPlace struct {
	*elfWriter
	a             testArch
	place, target int
}

func newMipsPlace(a testArch, flags uint32, words int) *mipsPlace {
	w := a.newELF("mips.o")
	w.flags = flags
	p := &mipsPlace{elfWriter: w, a: a, place: w.section(".place", flagsText, make([]byte, 4*words)), target: w.section(".target", flagsText, make([]byte, 0x2_0000))}
	w.sec(p.place).align, w.sec(p.target).align = 8, 8
	w.sec(p.place).rel = a.implicit
	return p
}

// put stores a word into the section, with a relocation that has the addend there, or in itself.
func (p *mipsPlace) put(i int, word uint32, typ uint32, sym uint32, addend int64) {
	p.a.order().PutUint32(p.sec(p.place).data[4*i:], word)
	p.relocate(p.place, uint64(4*i), typ, sym, addend)
}

// link returns the section's words.
func (p *mipsPlace) link(t *testing.T, addrs map[string]uint64) ([]uint32, *bench, error) {
	t.Helper()
	b := newBench(t, addrs)
	b.load(p.elfWriter)
	err := b.ResolveRelocations()
	mem := b.mm.section("mips.o", ".place").Mem
	words := make([]uint32, len(mem)/4)
	for i := range words {
		words[i] = p.a.order().Uint32(mem[4*i:])
	}
	return words, b, err
}

// TestMipsHalves: the two halves of an addend, in any order, several high ones for one low one, and the other way round.
func TestMipsHalves(t *testing.T) {
	for _, name := range []string{"mips", "mipsel"} {
		a := archByName(t, name)
		for _, c := range []struct {
			high, low uint32
			order     string // of relocations: H high, L low
		}{
			{5, 6, "HL"}, {5, 6, "LH"}, {5, 6, "HHL"}, {5, 6, "HLL"}, {5, 6, "LHH"}, {64, 65, "HL"}, {64, 65, "LH"},
		} {
			p := newMipsPlace(a, 0, len(c.order))
			sym := p.local("target", p.target, 0)
			other := p.local("other", p.target, 0x100)
			for i, half := range c.order {
				if half == 'H' {
					p.put(i, 0x3c01_0001, c.high, sym, 0)
				} else {
					p.put(i, 0x2421_9000, c.low, sym, 0) // 0x10000 - 0x7000 together
				}
			}
			p.relocate(p.place, uint64(4*(len(c.order)-1)), 0, other, 0)
			words, _, err := p.link(t, map[string]uint64{".place": 0x40_0000, ".target": 0x1234_5670})
			if err != nil {
				t.Errorf("%s %s: %v", name, c.order, err)
				continue
			}
			for i, half := range c.order {
				x := uint32(0x1234_5670 + 0x9000)
				if c.high == 64 {
					x -= 0x40_0000 + uint32(4*i)
				}
				want := 0x2421_0000 | x&0xffff
				if half == 'H' {
					want = 0x3c01_0000 | (x+0x8000)>>16
				}
				if words[i] != want {
					t.Errorf("%s %s of %d: word %d is %#x, want %#x", name, c.order, c.high, i, words[i], want)
				}
			}
		}
		p := newMipsPlace(a, 0, 2)
		p.put(0, 0x3c01_0001, 5, p.local("target", p.target, 0), 0)
		p.put(1, 0x2421_9000, 6, p.local("other", p.target, 0), 0)
		if _, _, err := p.link(t, nil); !errors.Is(err, ErrMalformedRelocation) {
			t.Errorf("%s: a half without the other one: %v", name, err)
		}
	}
}

// TestMipsGPDisp: _gp_disp is the distance of $gp from the instruction of the high half, and the other names are $gp.
func TestMipsGPDisp(t *testing.T) {
	a := archByName(t, "mips")
	p := newMipsPlace(a, mipsFlagPIC, 6)
	disp := p.undefined("_gp_disp")
	p.put(0, 0x3c1c_0000, 5, disp, 0)
	p.put(1, 0x279c_0000, 6, disp, 0)
	for i, name := range []string{"__gnu_local_gp", "_gp"} {
		sym := p.undefined(name)
		p.put(2+2*i, 0x3c1c_0000, 5, sym, 0)
		p.put(3+2*i, 0x279c_0000, 6, sym, 0)
	}
	words, _, err := p.link(t, map[string]uint64{".place": 0x40_0000, ".got": 0x1000_0010})
	if err != nil {
		t.Fatal(err)
	}
	gp := uint32(0x1000_0010 + mipsGPBias)
	for i, want := range []uint32{gp - 0x40_0000, gp, gp} {
		got := words[2*i]<<16 + uint32(int32(int16(words[2*i+1])))
		if got != want {
			t.Errorf("pair %d is %#x, want %#x", i, got, want)
		}
	}
}

// TestMipsPages: what is local and near has one entry in the GOT, and what is too far outside of its section none.
func TestMipsPages(t *testing.T) {
	for _, name := range []string{"mips", "mipsel", "mips64", "mips64el"} {
		a := archByName(t, name)
		p := newMipsPlace(a, mipsFlagPIC, 8)
		sym, got, low := p.local("target", p.target, 0), uint32(elf.R_MIPS_GOT16), uint32(elf.R_MIPS_LO16)
		if a.wide {
			got, low = uint32(elf.R_MIPS_GOT_PAGE), uint32(elf.R_MIPS_GOT_OFST)
		}
		offsets := []int64{0, 0x7000, 0x1_8000, 0x1_0000}
		for i, off := range offsets {
			high, rest := uint32(off+0x8000)>>16, uint32(off)&0xffff
			if a.wide {
				high, rest = 0, 0
			}
			p.put(2*i, 0x8f81_0000|high, got, sym, off)
			p.put(2*i+1, 0x2421_0000|rest, low, sym, off)
		}
		words, b, err := p.link(t, map[string]uint64{".place": 0x40_0000, ".target": 0x1234_8010, ".got": 0x1000_0010})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		entries := map[uint32]bool{}
		for i, off := range offsets {
			entries[words[2*i]] = true
			at := uint64(0x1000_0010+mipsGPBias) + uint64(int64(int16(words[2*i])))
			page := a.word.order.load(b.bytesAt(at, a.slotSize), int(a.slotSize))
			if x := page + uint64(int64(int16(words[2*i+1]))); x != 0x1234_8010+uint64(off) {
				t.Errorf("%s: %#x is found at %#x", name, 0x1234_8010+off, x)
			}
		}
		if len(entries) != 2 {
			t.Errorf("%s: %d entries are used, want 2", name, len(entries))
		}
	}
}

// TestMipsComposed: N64 has several operations in a relocation, N32 several relocations of a place.
func TestMipsComposed(t *testing.T) {
	const gprel, sub, hi, lo = uint32(elf.R_MIPS_GPREL16), uint32(elf.R_MIPS_SUB), uint32(elf.R_MIPS_HI16), uint32(elf.R_MIPS_LO16)
	check := func(t *testing.T, p *mipsPlace) {
		words, _, err := p.link(t, map[string]uint64{".place": 0x40_0000, ".target": 0x50_1234, ".got": 0x1000_0000})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := words[0]<<16+uint32(int32(int16(words[1]))), uint32(0x1000_0000+mipsGPBias-0x50_1234-8); got != want {
			t.Errorf("%%neg(%%gp_rel(target + 8)) is %#x, want %#x", got, want)
		}
	}
	for _, name := range []string{"mips64", "mips64el"} {
		t.Run(name, func(t *testing.T) {
			p := newMipsPlace(archByName(t, name), 0, 4)
			sym := p.local("target", p.target, 0)
			p.put(0, 0x3c1c_0000, gprel|sub<<8|hi<<16, sym, 8)
			p.put(1, 0x279c_0000, gprel|sub<<8|lo<<16, sym, 8)
			p.put(2, 0, uint32(elf.R_MIPS_GPREL32)|uint32(elf.R_MIPS_64)<<8, sym, 8)
			check(t, p)
		})
	}
	for _, name := range []string{"mips", "mipsel"} {
		t.Run(name+" N32", func(t *testing.T) {
			p := newMipsPlace(archByName(t, name), mipsFlagABI2, 2)
			p.sec(p.place).rel = false
			sym := p.local("target", p.target, 0)
			for i, half := range []uint32{hi, lo} {
				p.put(i, []uint32{0x3c1c_0000, 0x279c_0000}[i], gprel, sym, 8)
				p.relocate(p.place, uint64(4*i), sub, 0, 0)
				p.relocate(p.place, uint64(4*i), half, 0, 0)
			}
			check(t, p)
		})
	}
	p := newMipsPlace(archByName(t, "mips64"), 0, 2)
	p.put(0, 0, gprel|uint32(elf.R_MIPS_SHIFT5)<<8, p.local("target", p.target, 0), 0)
	b := newBench(t, nil)
	if _, err := b.LoadObject(p.parse(t)); !errors.Is(err, ErrUnsupportedRelocation) {
		t.Errorf("a composed relocation with an obsolete part: %v", err)
	}
}

// TestMipsJumps: jumps within a region of 256 MiB are direct, others go through one stub, as do calls of position-independent code by such that is not.
func TestMipsJumps(t *testing.T) {
	jump, branch := uint32(elf.R_MIPS_26), uint32(mipsPC26S2)
	for _, c := range []struct {
		typ, word      uint32
		place, target  uint64
		stubs          uint64
		caller, callee uint32 // e_flags
		want           uint32 // 0 for the stub
		err            error
	}{
		{jump, 0x0c00_0000, 0x4000_0000, 0x4fff_fffc, 0x4800_0000, 0, 0, 0x0fff_ffff, nil},
		{jump, 0x0c00_0000, 0x4000_0000, 0x5000_0000, 0x4800_0000, 0, 0, 0, nil},
		{jump, 0x0800_0000, 0x4fff_fffc, 0x5000_0000, 0x4800_0000, 0, 0, 0x0800_0000, nil}, // the region is that of the delay slot
		{jump, 0x0800_0000, 0x4fff_fffc, 0x4000_0000, 0x5800_0000, 0, 0, 0, nil},
		{jump, 0x0c00_0000, 0x4000_0000, 0x4000_1000, 0x4800_0000, 0, mipsFlagPIC, 0, nil},
		{jump, 0x0c00_0000, 0x4000_0000, 0x5000_0000, 0x6800_0000, 0, 0, 0, ErrRelocationOverflow},
		{jump, 0x0c00_0000, 0x4000_0000, 0x4000_1002, 0x4800_0000, 0, 0, 0, ErrMisaligned},
		{branch, 0xe800_0000, 0x4000_0000, 0x4800_0000, 0x4700_0000, mipsArch32R6 << 28, 0, 0xe9ff_ffff, nil},
		{branch, 0xe800_0000, 0x4000_0000, 0x4800_0004, 0x4700_0000, mipsArch32R6 << 28, 0, 0, nil},
		{branch, 0xe800_0000, 0x4800_0000, 0x4000_0004, 0x4700_0000, mipsArch32R6 << 28, 0, 0xea00_0000, nil},
		{branch, 0xe800_0000, 0x4000_0000, 0x4800_0004, 0x5700_0000, mipsArch32R6 << 28, 0, 0, ErrRelocationOverflow},
	} {
		for _, name := range []string{"mips", "mipsel", "mips64"} {
			t.Run(fmt.Sprintf("%s/%d/%#x/%#x", name, c.typ, c.place, c.target), func(t *testing.T) {
				a := archByName(t, name)
				p := newMipsPlace(a, c.caller, 2)
				addend := int64(0)
				if c.typ == branch {
					addend = -4
					c.word |= 0x3ff_ffff
				}
				sym := p.undefined("callee")
				p.put(0, c.word, c.typ, sym, addend)
				other := a.newELF("callee.o")
				other.flags = c.callee
				text := other.section(".callee", flagsText, make([]byte, 8))
				other.symbol(elfSymbol{name: "callee", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text})
				b := newBench(t, map[string]uint64{".place": c.place, ".callee": c.target, ".stubs": c.stubs})
				b.load(p.elfWriter)
				b.load(other)
				err := b.ResolveRelocations()
				if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
					t.Fatalf("%v, want %v", err, c.err)
				}
				if err != nil {
					return
				}
				got, want := a.order().Uint32(b.bytesAt(c.place, 4)), c.want
				if want == 0 {
					want = c.word&0xfc00_0000 | uint32(c.stubs)>>2&0x3ff_ffff
					if c.typ == branch {
						want = c.word&0xfc00_0000 | uint32(c.stubs-4-c.place)>>2&0x3ff_ffff
					}
					p.checkStub(t, b, c.target, c.caller>>28 == mipsArch32R6)
				}
				if got != want {
					t.Errorf("%#x, want %#x", got, want)
				}
			})
		}
	}
}

// checkStub computes from where a stub loads $25, and what is there.
func (p *mipsPlace) checkStub(t *testing.T, b *bench, target uint64, r6 bool) {
	s := b.mm.section("mips.o", ".stubs")
	if s.Size != p.a.stubSize {
		t.Fatalf("%d bytes of stubs", s.Size)
	}
	word := int(s.Size) - p.a.wordSize()
	x, loaded, jumps := int64(0), false, false
	for i := 0; i < word; i += 4 {
		switch w := p.order().Uint32(s.Mem[i:]); {
		case w>>16 == 0x3c19:
			x = int64(int32(w << 16))
		case w>>16 == 0x6739:
			x += int64(int16(w))
		case w == 0x0019cc38:
			x <<= 16
		case w>>16 == 0x8f39 && !p.a.wide, w>>16 == 0xdf39 && p.a.wide:
			x, loaded = x+int64(int16(w)), true
		case w == 0x03200009 && r6, w == 0x03200008 && !r6:
			jumps = loaded && i >= 12
		case w != 0:
			t.Errorf("the stub has %#x", w)
		}
	}
	if at := uint64(s.Addr) + uint64(word); uint64(x) != at || !jumps || at%uint64(p.a.wordSize()) != 0 {
		t.Errorf("the stub loads what is at %#x, want %#x", x, at)
	}
	if got := p.a.word.order.load(s.Mem[word:], p.a.wordSize()); got != target {
		t.Errorf("the stub jumps to %#x, want %#x", got, target)
	}
}
