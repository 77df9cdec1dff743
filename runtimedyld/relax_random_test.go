package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// A relaxCase is an instruction at some place that reads a GOT entry at some place, for a symbol at some place.
type relaxCase struct {
	access            access
	typ               elf.R_X86_64
	before, after     int // bytes of the section around the instruction
	text, got, symbol uint64
}

// randomCase makes a case. Sites are at the start of sections, at the end, and unaligned; text is anywhere, below 4 GiB as often as above; symbols are
// at what is peculiar about numbers of 32 bits and at the limits of displacements, give or take a few bytes.
func randomCase(random *rand.Rand, all []access) relaxCase {
	c := relaxCase{access: all[random.IntN(len(all))], before: random.IntN(4) * random.IntN(20), after: random.IntN(4) * random.IntN(4)}
	if random.IntN(4) == 0 {
		c.access = all[len(all)-1-random.IntN(2)] // call and jmp
	}
	c.access.code = bytes.Clone(c.access.code)
	switch c.typ = c.access.typ(); {
	case random.IntN(8) == 0:
		c.typ = elf.R_X86_64_GOTPCREL
	case c.access.rex && random.IntN(4) == 0:
		c.access.code[0] |= byte(random.IntN(4)) // REX.X and REX.B mean nothing where there is no register for them
	}
	c.text = []uint64{0x1_0000, 1 << 31, 1<<32 - 1<<20, 1<<47 - 1<<32, 1<<63 - 64, random.Uint64() &^ (1 << 63), random.Uint64N(1<<32) | 1<<20}[random.IntN(7)]
	c.text += random.Uint64N(256)
	c.got = c.text + random.Uint64N(1<<31-1<<12) + 1<<10
	if c.text > 1<<32 && random.IntN(2) == 0 {
		c.got = c.text - random.Uint64N(1<<31-1<<12) - 1<<10
	}
	c.got &^= 7
	end := c.text + uint64(c.before+len(c.access.code))
	specials := []uint64{0, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0xffff_ffff_8000_0000, 1 << 63, end, end + 1<<31, end - 1<<31, c.got, random.Uint64(), random.Uint64N(1 << 32)}
	c.symbol = specials[random.IntN(len(specials))]
	if random.IntN(2) == 0 {
		c.symbol += random.Uint64N(9) - 4
	}
	c.symbol = min(c.symbol, uint64(ClientHandled)-1)
	return c
}

// relaxes says whether B.2 lets the instruction do without the GOT when its end is where it is.
func (c *relaxCase) relaxes(end uint64) bool {
	fits := func(v uint64) bool { return int64(v) == int64(int32(v)) }
	is64 := c.access.reg >= x86asm.RAX && c.access.reg <= x86asm.R15
	immediate := is64 && fits(c.symbol) || !is64 && c.symbol == uint64(uint32(c.symbol))
	switch {
	case c.typ == elf.R_X86_64_GOTPCREL:
		return false
	case c.access.op == x86asm.CALL:
		return fits(c.symbol - end)
	case c.access.op == x86asm.JMP:
		return fits(c.symbol - (end - 1))
	case c.access.op == x86asm.MOV:
		return fits(c.symbol-end) || immediate
	}
	return immediate
}

// TestRelaxationRandom links each case at two places, and decodes.
func TestRelaxationRandom(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	cases := 40_000
	if testing.Short() {
		cases /= 10
	}
	random, all := rand.New(rand.NewPCG(7, 11)), accesses()
	relaxed := map[x86asm.Op][2]int{}
	for range cases {
		c := randomCase(random, all)
		w := newELF("relax.o")
		around := bytes.Repeat([]byte{0x90}, c.before+c.after)
		code := append(append(bytes.Clone(around[:c.before]), c.access.code...), around[c.before:]...)
		text := w.section(".text", flagsText, code)
		w.reloc(text, uint64(c.before+len(c.access.code)-4), c.typ, w.weak("symbol", secUndef, 0), -4)
		b := newBenchResolving(t, map[string]uint64{".text": c.text, ".got": c.got}, knows(map[string]uint64{"symbol": c.symbol}))
		o := b.load(w)
		for _, at := range []uint64{c.text, c.text + random.Uint64N(1<<10), c.text} {
			if err := b.MapSectionAddress(o, text, executor.Addr(at)); err != nil {
				t.Fatal(err)
			}
			b.resolve()
			mem := b.mm.section("relax.o", ".text").Mem
			site := at + uint64(c.before)
			got := decodeAccess(t, b, c.access, mem[c.before:], site)
			want := c.relaxes(site + uint64(len(c.access.code)))
			n := relaxed[c.access.op]
			if want {
				n[0]++
			}
			n[1]++
			relaxed[c.access.op] = n
			value := c.symbol
			if c.access.reg >= x86asm.EAX && c.access.reg <= x86asm.R15L {
				value = uint64(uint32(value))
			}
			if got.value != value || got.slot == want {
				t.Errorf("%s at %#x, GOT %#x: uses %#x (GOT read: %v), want %#x (%v): % x", c.access.name, site, c.got, got.value, got.slot, c.symbol, !want, mem)
			}
			if !bytes.Equal(mem[:c.before], around[:c.before]) || !bytes.Equal(mem[c.before+len(c.access.code):], around[c.before:]) {
				t.Errorf("%s: changed beyond the instruction: % x", c.access.name, mem)
			}
			if entry := b.word64(c.got); entry != c.symbol {
				t.Errorf("%s: GOT entry holds %#x, want %#x", c.access.name, entry, c.symbol)
			}
		}
		if b.Close() != nil || t.Failed() {
			t.Fatalf("%+v", c)
		}
	}
	t.Log(fmt.Sprint("relaxed, of all: ", relaxed))
	for op, n := range relaxed {
		if n[0] < n[1]/20 || n[0] > n[1]*19/20 {
			t.Errorf("%v: %d of %d were to be relaxed", op, n[0], n[1])
		}
	}
}
