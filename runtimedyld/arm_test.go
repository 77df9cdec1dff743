package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestArmFormulaText: the formulas of irregular rows, too, say what they compute.
func TestArmFormulaText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for i := range armELF {
		row := &armELF[i]
		if row.formula == nil {
			continue
		}
		for range 50 {
			v := randomVars(random)
			if want, err := evalText(row.formula.text, &v); err != nil || row.formula.eval(&v) != want {
				t.Fatalf("%s: %s is %#x (%v), the function says %#x, of %+v", row.name, row.formula.text, want, err, row.formula.eval(&v), v)
			}
		}
	}
}

// TestArmLimits tries the rows that are irregular for the sake of the Thumb bit, or of the place's, as TestLimits does with others.
func TestArmLimits(t *testing.T) {
	for _, a := range []testArch{archByName(t, "arm"), archByName(t, "armeb")} {
		for typ := range a.rows {
			row := &a.rows[typ]
			if row.need&(needFix|needVeneer|needThread) != needFix || armGroupOf(elf.R_ARM(typ)) != nil { // descriptors: see TestArmDescriptors
				continue
			}
			for name, addrs := range a.limitLayouts() {
				for _, off := range []uint64{6, uint64(limitSize - row.field.size)} {
					c := limitCase{arch: a, row: row, typ: uint32(typ), off: off, backing: 0xee, local: off == 6, addrs: addrs}
					t.Run(fmt.Sprintf("%s/%s/%s/%d", a.name, row.name, name, off), c.run)
				}
			}
		}
	}
}

// An armBranchCase is a branch to a function, or to a label, so many bytes from the program counter.
type armBranchCase struct {
	typ      elf.R_ARM
	word     uint64
	off      uint64 // of the place
	distance int64
	toThumb  bool
	label    bool
	want     uint64 // the word that is expected; 0 for a branch to the veneer
	err      error  // if it is too far for a veneer, too, or has none
	nowhere  bool   // the veneers are out of reach
}

const (
	wordB, wordBL, wordBLX, wordBNE         = 0xeafffffe, 0xebfffffe, 0xfafffffe, 0x1afffffe
	thumbBW, thumbBLW, thumbBLXW, thumbBEQW = 0xf7ffbffe, 0xf7fffffe, 0xf7ffeffe, 0xf43faffe
)

func (c *armBranchCase) run(t *testing.T, a testArch) {
	thumb := armIsThumb(c.typ)
	at := uint64(0x4000_0000)
	target := at + c.off + uint64(armAhead(thumb)) + uint64(c.distance)
	row := a.row(uint32(c.typ))
	w := a.newELF("branch.o")
	code := make([]byte, 16)
	row.field.order.store(code[c.off:], 4, c.word)
	place, there := w.section(".place", flagsText, code), w.section(".target", flagsText, make([]byte, 8))
	y := elfSymbol{name: "target", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: there}
	if c.label {
		y.typ, y.bind = elf.STT_NOTYPE, elf.STB_LOCAL
	} else if c.toThumb {
		y.value = 1
	}
	sym := w.symbol(y)
	w.relocate(place, c.off, uint32(c.typ), sym, -armAhead(thumb))
	w.relocate(place, c.off, uint32(c.typ), sym, -armAhead(thumb)) // a second one finds the same veneer
	stubs := at + 0x1000
	if c.nowhere {
		stubs = 0x1000_0000
	}
	b := newBench(t, map[string]uint64{".place": at, ".target": target, ".stubs": stubs})
	b.load(w)
	err := b.ResolveRelocations()
	if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
		t.Errorf("%v, want %v", err, c.err)
	}
	if err != nil {
		return
	}
	got := row.field.order.load(b.bytesAt(at+c.off, 4), 4)
	if c.want != 0 {
		if got != c.want {
			t.Errorf("%#x, want %#x", got, c.want)
		}
		return
	}
	if to := at + c.off + uint64(armAhead(thumb)) + uint64(row.field.addend(b.bytesAt(at+c.off, 4))); to != stubs {
		t.Errorf("%#x leads to %#x, the veneer is at %#x", got, to, stubs)
	}
	bit := uint64(0)
	if c.toThumb {
		bit = 1
	}
	if s := b.mm.section("branch.o", ".stubs"); s.Size != a.stubSize || uint64(row.field.order.load(s.Mem, 4)) == 0 || a.word.order.load(s.Mem[4:], 4) != target|bit {
		t.Errorf("the veneers are % x", s.Mem)
	}
}

// TestArmBranches tries branches at their limits and beyond, in both instruction sets and from the one to the other.
func TestArmBranches(t *testing.T) {
	const mib = 1 << 20
	cases := []armBranchCase{
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 32*mib - 4, want: 0xeb7fffff},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: -32 * mib, want: 0xeb800000},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 32 * mib},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: -32*mib - 4},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 32 * mib, nowhere: true, err: ErrRelocationOverflow},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 0x102, toThumb: true, want: 0xfb000040},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 32*mib - 2, toThumb: true, want: 0xfb7fffff},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: -32 * mib, toThumb: true, want: 0xfa800000},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 32 * mib, toThumb: true},
		{typ: elf.R_ARM_CALL, word: wordBLX, distance: 0x100, want: 0xeb000040},
		{typ: elf.R_ARM_CALL, word: wordBLX, distance: 0x102, label: true, want: 0xfb000040},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 0x100, label: true, want: 0xeb000040},
		{typ: elf.R_ARM_CALL, word: wordBL, distance: 0x102, err: ErrMisaligned},
		{typ: elf.R_ARM_PC24, word: wordBLX, distance: 0x100, toThumb: true, want: 0xfa000040},
		{typ: elf.R_ARM_PLT32, word: wordBNE, distance: 0x100, toThumb: true},
		{typ: elf.R_ARM_JUMP24, word: wordB, distance: 32*mib - 4, want: 0xea7fffff},
		{typ: elf.R_ARM_JUMP24, word: wordB, distance: 0x100, toThumb: true},
		{typ: elf.R_ARM_JUMP24, word: wordBNE, distance: -0x100, want: 0x1affffc0},
		{typ: elf.R_ARM_JUMP24, word: wordBNE, distance: 0x100, toThumb: true},
		{typ: elf.R_ARM_JUMP24, word: wordB, distance: 64 * mib},

		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, off: 2, distance: 16*mib - 2, toThumb: true, want: 0xf3ffd7ff},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: -16 * mib, toThumb: true, want: 0xf400d000},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 16 * mib, toThumb: true},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: -16*mib - 2, toThumb: true},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 16 * mib, toThumb: true, nowhere: true, err: ErrRelocationOverflow},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 0x100, want: 0xf000e880},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, off: 2, distance: 0xfe, want: 0xf000e880}, // from the program counter rounded down
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 16*mib - 4, want: 0xf3ffc7fe},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, off: 2, distance: 16*mib - 2},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 0x102, err: ErrMisaligned},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLXW, distance: 0x102, toThumb: true, want: 0xf000f881},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLXW, distance: 0x100, label: true, want: 0xf000e880},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 0x102, label: true, want: 0xf000f881},
		{typ: elf.R_ARM_THM_PC22, word: thumbBLW, distance: 64 * mib, label: true, toThumb: true},
		{typ: elf.R_ARM_THM_JUMP24, word: thumbBW, distance: 16*mib - 2, toThumb: true, want: 0xf3ff97ff},
		{typ: elf.R_ARM_THM_JUMP24, word: thumbBW, distance: 16 * mib, toThumb: true},
		{typ: elf.R_ARM_THM_JUMP24, word: thumbBW, distance: 0x100},
		{typ: elf.R_ARM_THM_JUMP24, word: thumbBW, distance: 0x102, label: true, want: 0xf000b881},
		{typ: elf.R_ARM_THM_JUMP19, word: thumbBEQW, distance: mib - 2, toThumb: true, want: 0xf03faf7f | 0x7ff},
		{typ: elf.R_ARM_THM_JUMP19, word: thumbBEQW, distance: -mib, toThumb: true, want: 0xf4008000},
		{typ: elf.R_ARM_THM_JUMP19, word: thumbBEQW, distance: mib, toThumb: true},
		{typ: elf.R_ARM_THM_JUMP19, word: thumbBEQW, distance: 0x100},
		{typ: elf.R_ARM_THM_JUMP19, word: thumbBEQW, distance: 0x100, nowhere: true, err: ErrRelocationOverflow},
	}
	for _, a := range []testArch{archByName(t, "arm"), archByName(t, "armeb")} {
		for _, c := range cases {
			t.Run(fmt.Sprintf("%s/%v/%#x/%#x/%v", a.name, c.typ, c.word, c.distance, c.toThumb), func(t *testing.T) { c.run(t, a) })
		}
	}
}

// TestArmRefusals: what cannot be done is said.
func TestArmRefusals(t *testing.T) {
	a := archByName(t, "arm")
	for _, c := range []struct {
		typ    elf.R_ARM
		value  uint64 // of the target, which is a function if it is 0, and an indirect one if it is 1
		addend int64
		err    error
	}{
		{elf.R_ARM_THM_JUMP11, 0, -4, ErrUnsupportedRelocation}, // to ARM code
		{elf.R_ARM_THM_JUMP6, 0, -4, ErrUnsupportedRelocation},
		{elf.R_ARM_THM_JUMP11, 1, -4, ErrUnsupportedRelocation}, // to its stub, which is ARM code
		{elf.R_ARM_ALU_PC_G0, 0x101, 0, ErrRelocationOverflow},  // 9 bits from the first to the last
		{elf.R_ARM_ALU_PC_G0, 0x3fc, 0, nil},
		{elf.R_ARM_ALU_PC_G1, 0x10101, 0, ErrRelocationOverflow},
		{elf.R_ARM_ALU_PC_G1, 0x10100, 0, nil},
		{elf.R_ARM_ALU_PC_G2, 0x1234567, 0, ErrRelocationOverflow},
		{elf.R_ARM_PC13, 0x1000, -1, nil},
		{elf.R_ARM_PC13, 0x1000, 0, ErrRelocationOverflow},
		{elf.R_ARM_PC13, 0, -0xfff, nil},
		{elf.R_ARM_LDR_PC_G1, 0x12fff, 0, nil},
		{elf.R_ARM_LDR_PC_G1, 0x1fffff, 0, ErrRelocationOverflow},
		{elf.R_ARM_LDRS_PC_G0, 0xff, 0, nil},
		{elf.R_ARM_LDRS_PC_G0, 0x100, 0, ErrRelocationOverflow},
		{elf.R_ARM_LDC_PC_G0, 0x3fc, 0, nil},
		{elf.R_ARM_LDC_PC_G0, 0x3fa, 0, ErrMisaligned},
		{elf.R_ARM_LDC_PC_G0, 0x400, 0, ErrRelocationOverflow},
	} {
		w := a.newELF("refused.o")
		place := w.section(".place", flagsText, make([]byte, 16))
		there := w.section(".target", flagsText, make([]byte, 8))
		y := elfSymbol{name: "target", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: there}
		switch c.value {
		case 0:
		case 1:
			y.typ, y.value = elf.STT_GNU_IFUNC, c.value
		default:
			y.typ, y.value = elf.STT_OBJECT, c.value
		}
		w.relocate(place, 0, uint32(c.typ), w.symbol(y), c.addend)
		b := newBench(t, map[string]uint64{".place": 0x1_0000, ".target": 0x1_0000})
		b.load(w)
		if err := b.ResolveRelocations(); !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%v of %#x%+d: %v, want %v", c.typ, c.value, c.addend, err, c.err)
		}
	}
}

// TestArmDescriptors links calls of descriptors of thread-local variables, and what is none. TestCrossExecution runs such code.
func TestArmDescriptors(t *testing.T) {
	for _, a := range []testArch{archByName(t, "arm"), archByName(t, "armeb")} {
		for _, c := range []struct {
			typ        elf.R_ARM
			word, want uint64 // the word at the place, as armField counts
		}{
			{elf.R_ARM_TLS_CALL, wordBL, armLoadEntry}, {elf.R_ARM_TLS_CALL, wordBLX, armLoadEntry}, {elf.R_ARM_TLS_CALL, wordB, 0},
			{elf.R_ARM_THM_TLS_CALL, thumbBLW, thumbLoadEntry}, {elf.R_ARM_THM_TLS_CALL, thumbBLXW, thumbLoadEntry}, {elf.R_ARM_THM_TLS_CALL, wordBL, 0},
		} {
			row := a.row(uint32(c.typ))
			code := make([]byte, 8)
			row.field.order.store(code[4:], 4, c.word)
			w := a.newELF("descriptors.o")
			text := w.section(".text", flagsText, code)
			variable := w.section(".tdata", flagsThread, make([]byte, 8))
			w.relocate(text, 4, uint32(c.typ), w.symbol(elfSymbol{name: "variable", bind: elf.STB_GLOBAL, typ: elf.STT_TLS, sec: variable, size: 4}), 0)
			b := newBench(t, nil)
			b.SetThreadStorage(newTestStorage())
			b.load(w)
			_, err := b.Finalize()
			if c.want == 0 {
				if !errors.Is(err, ErrMalformedRelocation) {
					t.Errorf("%s: %s at %#x: %v", a.name, row.name, c.word, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %s at %#x: %v", a.name, row.name, c.word, err)
			} else if got := row.field.order.load(b.mm.section("descriptors.o", ".text").Mem[4:], 4); got != c.want {
				t.Errorf("%s: %s makes %#x %#x, want %#x", a.name, row.name, c.word, got, c.want)
			}
		}
	}
}
