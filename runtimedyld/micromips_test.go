package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"testing"
)

// st_other of functions.
const (
	inStandard  = 0
	inMicroMIPS = 0x80
	inMIPS16    = 0xf0
)

// A mipsSwitchCase is a jump or a branch, and a function.
type mipsSwitchCase struct {
	typ           elf.R_MIPS
	word          uint32
	place, target uint64
	callee        byte   // st_other
	stubs         uint64 // where stubs are
	flags         uint32 // e_flags of both
	want          uint32 // 0 for the stub
	err           error
}

const (
	r6    = mipsArch32R6 << 28
	jal   = 0x0c00_0000
	uJal  = 0xf400_0000
	uJals = 0x7400_0000
	uJ    = 0xd400_0000
)

var mipsSwitchCases = []mipsSwitchCase{
	// jal and j of microMIPS: 128 MiB, of the instruction behind them.
	{micro26S1, uJal, 0x4000_0000, 0x47ff_fffe, inMicroMIPS, 0x4600_0000, 0, 0xf7ff_ffff, nil},
	{micro26S1, uJal, 0x4000_0000, 0x4800_0000, inMicroMIPS, 0x4600_0000, 0, 0, nil},
	{micro26S1, uJ, 0x47ff_fffc, 0x4800_0000, inMicroMIPS, 0x4e00_0000, 0, 0xd400_0000, nil},
	{micro26S1, uJ, 0x47ff_fffc, 0x4000_0000, inMicroMIPS, 0x4e00_0000, 0, 0, nil},
	{micro26S1, uJal, 0x4000_0000, 0x5000_0000, inMicroMIPS, 0x5800_0000, 0, 0, ErrRelocationOverflow},
	// jalx: 256 MiB, and multiples of 4; j and jals have none.
	{micro26S1, uJal, 0x4000_0000, 0x4fff_fffc, inStandard, 0x4600_0000, 0, 0xf3ff_ffff, nil},
	{micro26S1, uJal, 0x4000_0000, 0x5000_0000, inStandard, 0x4600_0000, 0, 0, nil},
	{micro26S1, uJals, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0, nil},
	{micro26S1, uJ, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0, nil},
	{micro26S1, uJ, 0x4000_0000, 0x4000_1000, inStandard, 0x5600_0000, 0, 0, ErrUnsupportedRelocation},
	{elf.R_MIPS_26, jal, 0x4000_0000, 0x4fff_fffc, inMicroMIPS, 0x4600_0000, 0, 0x77ff_ffff, nil},
	{elf.R_MIPS_26, jal, 0x4000_0000, 0x4000_1002, inMicroMIPS, 0x4600_0000, 0, 0, nil},
	{elf.R_MIPS_26, 0x0800_0000, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x4600_0000, 0, 0, nil},
	{elf.R_MIPS_26, jal, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x4600_0000, r6, 0, nil},
	{elf.R_MIPS_26, 0x0800_0000, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x5600_0000, 0, 0, ErrUnsupportedRelocation},
	{elf.R_MIPS_26, jal, 0x4000_0000, 0x4000_1000, inMIPS16, 0x4600_0000, 0, 0x7400_0400, nil},
	// What was jalx becomes jal if nothing switches.
	{micro26S1, 0xf000_0000, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x4600_0000, 0, 0xf400_0800, nil},
	{elf.R_MIPS_26, 0x7400_0000, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0x0c00_0400, nil},
	// MIPS16 has calls only, and stubs in standard code.
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x4000_1000, inMIPS16, 0x4600_0000, 0, 0x1800_0400, nil},
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x4fff_fffc, inMIPS16, 0x4600_0000, 0, 0x1bff_ffff, nil},
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x4080_1000, inMIPS16, 0x4600_0000, 0, 0x1801_0400, nil},
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0x1c00_0400, nil},
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x4000_1002, inMIPS16, 0x4600_0000, 0, 0, ErrMisaligned},
	{mips16Call26, 0x1800_0000, 0x4000_0000, 0x5000_1000, inMIPS16, 0x5600_0000, 0, 0, ErrRelocationOverflow},
	{mips16PC16S1, 0xf7ff_101e, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0, ErrMisaligned},
	// Branches: bal becomes jalx before release 6, others go through stubs that are near.
	{microPC16S1, 0x4060_fffe, 0x4000_0000, 0x4000_fffe, inMicroMIPS, 0x4600_0000, 0, 0x4060_7ffd, nil},
	{microPC16S1, 0x4060_fffe, 0x4000_0000, 0x4001_0004, inMicroMIPS, 0x4600_0000, 0, 0, ErrRelocationOverflow},
	{microPC16S1, 0x4060_fffe, 0x4000_0000, 0x4001_0004, inMicroMIPS, 0x4000_8000, 0, 0, nil},
	{microPC16S1, 0x4060_fffe, 0x4000_0000, 0x4100_0000, inStandard, 0x4600_0000, 0, 0xf040_0000, nil},
	{microPC16S1, 0x4060_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, r6, 0, ErrMisaligned},
	{microPC16S1, 0x9404_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4000_8000, 0, 0, nil},
	{microPC16S1, 0x9404_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4600_0000, 0, 0, ErrMisaligned},
	{elf.R_MIPS_PC16, 0x0411_ffff, 0x4000_0000, 0x4100_0000, inMicroMIPS, 0x4600_0000, 0, 0x7440_0000, nil},
	{elf.R_MIPS_PC16, 0x1000_ffff, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x4000_8000, 0, 0, ErrMisaligned},
	{microPC26S1, 0xb7ff_fffe, 0x4000_0000, 0x4400_0000, inMicroMIPS, 0x4100_0000, r6, 0xb5ff_fffe, nil},
	{microPC26S1, 0xb7ff_fffe, 0x4000_0000, 0x4400_0004, inMicroMIPS, 0x4100_0000, r6, 0, nil},
	{microPC26S1, 0xb7ff_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4100_0000, r6, 0, nil},
	{microPC26S1, 0xb7ff_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4900_0000, r6, 0, ErrUnsupportedRelocation},
	{mipsPC26S2, 0xebff_ffff, 0x4000_0000, 0x4000_1000, inMicroMIPS, 0x4100_0000, r6, 0, nil},
	{microPC21S1, 0x809f_fffe, 0x4000_0000, 0x4020_0002, inMicroMIPS, 0x4600_0000, r6, 0x808f_ffff, nil},
	{microPC21S1, 0x809f_fffe, 0x4000_0000, 0x4000_1000, inStandard, 0x4010_0000, r6, 0, nil},
}

// TestMipsSwitches: jumps and branches between code of the three instruction sets.
func TestMipsSwitches(t *testing.T) {
	for _, c := range mipsSwitchCases {
		for _, name := range []string{"mips", "mipsel"} {
			t.Run(fmt.Sprintf("%s/%s/%#x/%#x/%#x/%#x", name, mipsELF[c.typ].name, c.word, c.place, c.target, c.callee), func(t *testing.T) { c.run(t, archByName(t, name)) })
		}
	}
}

func (c *mipsSwitchCase) run(t *testing.T, a testArch) {
	p := newMipsPlace(a, c.flags, 2)
	row := &a.rows[c.typ]
	order := row.field.order
	order.store(p.sec(p.place).data, 4, uint64(c.word))
	p.relocate(p.place, 0, uint32(c.typ), p.undefined("callee"), 0)
	other := a.newELF("callee.o")
	other.flags = c.flags
	text := other.section(".callee", flagsText, make([]byte, 8))
	other.symbol(elfSymbol{name: "callee", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, other: c.callee})
	b := newBench(t, map[string]uint64{".place": c.place, ".callee": c.target, ".stubs": c.stubs})
	b.load(p.elfWriter)
	b.load(other)
	for range 2 { // linked again, it is the same
		err := b.ResolveRelocations()
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Fatalf("%v, want %v", err, c.err)
		}
		if err != nil {
			return
		}
		b.version++
	}
	if got, _ := b.SymbolLoadAddress("callee"); uint64(got)&1 != 0 != (c.callee != inStandard) {
		t.Errorf("the function is at %#x", got)
	}
	got := uint32(order.load(b.bytesAt(c.place, 4), 4))
	if want := c.want; want != 0 && got != want {
		t.Errorf("%#x, want %#x", got, want)
	} else if want == 0 {
		c.checkStub(t, p, b, row, got)
	}
}

// checkStub says whether the instruction goes to the stub, and this to the function.
func (c *mipsSwitchCase) checkStub(t *testing.T, p *mipsPlace, b *bench, row *howto, got uint32) {
	t.Helper()
	x := c.stubs
	if row.formula == &formulaPC || row.formula == &formulaMicroPC {
		x -= c.place + 4
	}
	want := []byte{0, 0, 0, 0}
	row.field.order.store(want, 4, uint64(c.word))
	row.field.store(want, x)
	if w := uint32(row.field.order.load(want, 4)); got != w {
		t.Errorf("%#x, want %#x", got, w)
	}
	mem := b.mm.section("mips.o", ".stubs").Mem
	function := c.target
	if c.callee != inStandard {
		function++
	}
	if to := uint64(p.order().Uint32(mem[20:])); to != function {
		t.Errorf("the stub goes to %#x, want %#x", to, function)
	}
	first := mipsLuiT9 | uint32(c.stubs+0x8014)>>16
	if mipsKinds[c.typ].isa == microMIPS {
		if first = microLuiT9 | uint32(c.stubs+0x8014)>>16; c.flags == r6 {
			first = microLuiT9R6 | uint32(c.stubs+0x8014)>>16
		}
	}
	if lui := uint32(row.field.order.load(mem, 4)); lui != first {
		t.Errorf("the stub begins with %#x, want %#x", lui, first)
	}
}

// TestMicroMIPSPlaces: an instruction is at an even place. GNU as puts R_MICROMIPS_JALR at odd ones, which does no harm.
func TestMicroMIPSPlaces(t *testing.T) {
	for _, c := range []struct {
		typ elf.R_MIPS
		err error
	}{{microLO16, ErrMisaligned}, {micro26S1, ErrMisaligned}, {mips16LO16, ErrMisaligned}, {microCALL16, ErrMisaligned}, {microJALR, nil}} {
		a := archByName(t, "mips")
		p := newMipsPlace(a, 0, 4)
		p.relocate(p.place, 5, uint32(c.typ), p.global("function", p.target, 0), 0)
		b := newBench(t, nil)
		if _, err := b.LoadObject(p.parse(t)); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v, want %v", mipsELF[c.typ].name, err, c.err)
		}
	}
}

// TestMicroMIPSUndefined: branches to what is undefined and weak go to the next instruction, and jumps nowhere.
func TestMicroMIPSUndefined(t *testing.T) {
	for _, c := range []struct {
		typ        elf.R_MIPS
		word, want uint32
	}{
		{microPC16S1, 0x9404_fffe, 0x9404_0000}, {microPC26S1, 0xb7ff_fffe, 0xb400_0000}, {micro26S1, uJal, uJal}, {mips16PC16S1, 0xf7ff_101e, 0xf000_1000},
		{microPC10S1, 0xcfff_0c00, 0xcc00_0c00}, {microPC7S1, 0x8e7f_0c00, 0x8e00_0c00},
	} {
		a := archByName(t, "mips")
		p := newMipsPlace(a, 0, 2)
		sym := p.symbol(elfSymbol{name: "nowhere", bind: elf.STB_WEAK})
		p.put(0, c.word, uint32(c.typ), sym, 0)
		words, _, err := p.link(t, map[string]uint64{".place": 0x4000_0000})
		if err != nil || words[0] != c.want {
			t.Errorf("%s: %#x, want %#x (%v)", mipsELF[c.typ].name, words[0], c.want, err)
		}
	}
}

// TestMicroMIPSHalves: the two halves of an addend, in any order, in both orders of bytes.
func TestMicroMIPSHalves(t *testing.T) {
	for _, name := range []string{"mips", "mipsel"} {
		a := archByName(t, name)
		for _, c := range []struct {
			high, low elf.R_MIPS
			order     string // of relocations: H high, L low
		}{
			{microHI16, microLO16, "HL"}, {microHI16, microLO16, "LH"}, {microHI16, microLO16, "HHL"}, {microHI16, microLO16, "LHH"}, {mips16HI16, mips16LO16, "HL"}, {mips16HI16, mips16LO16, "LHH"},
		} {
			p := newMipsPlace(a, 0, len(c.order))
			sym := p.symbol(elfSymbol{name: "function", bind: elf.STB_LOCAL, typ: elf.STT_FUNC, sec: p.target, other: inMicroMIPS})
			data := p.sec(p.place).data
			for i, half := range c.order {
				typ, x := c.high, uint64(1)<<16
				if half == 'L' {
					typ, x = c.low, 0x9000 // 0x10000 - 0x7000 together
				}
				a.rows[typ].field.store(data[4*i:], x)
				p.relocate(p.place, uint64(4*i), uint32(typ), sym, 0)
			}
			_, b, err := p.link(t, map[string]uint64{".place": 0x40_0000, ".target": 0x1234_5670})
			if err != nil {
				t.Errorf("%s %s: %v", name, c.order, err)
				continue
			}
			for i, half := range c.order {
				typ, want := c.high, uint64(0x1234_5671+0x9000+0x8000)&0xffff_0000
				if half == 'L' {
					typ, want = c.low, uint64(signExtend((0x5671+0x9000)&0xffff, 16))
				}
				if got := uint64(a.rows[typ].field.addend(b.bytesAt(uint64(0x40_0000+4*i), 4))); got != want {
					t.Errorf("%s %s of %d: half %d is %#x, want %#x", name, c.order, c.high, i, got, want)
				}
			}
		}
	}
}
