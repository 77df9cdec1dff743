package runtimedyld

import (
	"encoding/binary"
	"math"

	"github.com/gomcjit/gomcjit/objimage"
)

// LoongArch to a linker: near addresses are built of pcalau12i, which adds to the PC's page of 4 KiB, and an instruction that adds the low 12 bits, which are
// signed; both halves name the symbol. Far ones have two more halves, of 20 and 12 bits, in instructions that have to follow right behind, so that it is known which PC
// they go with. Absolute addresses are built of four parts that do not depend on each other. bl reaches 128 MiB, and pcaddu18i with jirl, the medium model's call, 128
// GiB; what is farther goes through a stub. Sections shrink (cuts.go), as on RISC-V.
//
// ELF for the LoongArch Architecture, 20231219 (psABI 2.30), "Relocations" and "Program Relaxation"; the far forms as in la-abi-specs, "Code models".

var loongarch64 = arch{
	name:      "loongarch64",
	word:      &fieldWord64,
	slotSize:  8,
	stubSize:  16,
	stubAlign: 4,
	stub:      loongarchStub,
	isBranch:  func([]byte, uint64) bool { return true },
	plan:      loongarchPlan,
	far:       loongarchFar,
	elastic:   loongarchElastic,
	shorter:   loongarchShorter,
	mend:      loongarchMend,
	relaxMark: loongarchRelax,
	entryRow:  loongarchEntryRow,
}

// Instructions ("LoongArch Reference Manual", volume 1, appendix B), without their operands.
const (
	loongarchPcaddu12i = 0x1c00_0000
	loongarchLdD       = 0x28c0_0000
	loongarchJirl      = 0x4c00_0000
	loongarchB         = 0x5000_0000
	loongarchBl        = 0x5400_0000
	loongarchNop       = 0x0340_0000 // andi $zero, $zero, 0
	loongarchRA        = 1
)

// isLoongarchJirl knows jirl, whose immediate is in words.
func isLoongarchJirl(w uint64) bool { return w>>26 == loongarchJirl>>26 }

// isLoongarchCall36 knows pcaddu18i with jirl that links to $ra, or to nothing.
func isLoongarchCall36(first, second uint32) bool {
	return first>>25 == 0x1e00_0000>>25 && isLoongarchJirl(uint64(second)) && second&31 <= loongarchRA
}

// Fields of instructions: k is bits 10 and up, j bits 5 and up, d bits 0 and up.
var (
	loongarchB16 = field{name: "b16", size: 4, bias: 1 << 17, span: 1<<18 - 1, low: 3, code: &code{insert: insertK16}}
	loongarchB21 = field{name: "b21", size: 4, bias: 1 << 22, span: 1<<23 - 1, low: 3, code: &code{insert: func(w, v uint64) uint64 {
		return insertK16(w&^0x1f, v) | v>>18&0x1f
	}}}
	loongarchB26 = field{name: "b26", size: 4, bias: 1 << 27, span: 1<<28 - 1, low: 3, code: &code{insert: func(w, v uint64) uint64 {
		return insertK16(w&^0x3ff, v) | v>>18&0x3ff
	}}}
	loongarchPCRel20 = field{name: "pcrel20", size: 4, bias: 1 << 21, span: 1<<22 - 1, low: 3, code: &code{insert: func(w, v uint64) uint64 { return insertJ20(w, v>>2) }}}
	loongarchHi20    = field{name: "hi20", size: 4, bias: 1 << 31, span: math.MaxUint32, code: &code{insert: func(w, v uint64) uint64 { return insertJ20(w, v>>12) }}}
	loongarchHi20R   = field{name: "hi20r", size: 4, bias: 1<<31 + 0x800, span: math.MaxUint32, code: &code{insert: func(w, v uint64) uint64 {
		return insertJ20(w, (v+0x800)>>12)
	}}}
	loongarchLo12 = field{name: "lo12", size: 4, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 {
		if isLoongarchJirl(w) {
			return insertK16(w, uint64(signExtend(v, 12)))
		}
		return insertK12(w, v)
	}}}
	loongarchFar20 = field{name: "far20", size: 4, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 { return insertJ20(w, v>>32) }}}
	loongarchFar12 = field{name: "far12", size: 4, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 { return insertK12(w, v>>52) }}}
	loongarchCall  = field{name: "call36", size: 8, bias: 1<<37 + 1<<17, span: 1<<38 - 1, low: 3, code: &code{insert: func(w, v uint64) uint64 {
		return insertJ20(w&math.MaxUint32, (v+1<<17)>>18) | insertK16(w>>32, v)<<32
	}}}
	fieldAdd24 = sumField("add24", 3, addTo)
	fieldSub24 = sumField("sub24", 3, subFrom)
)

func insertK16(w, v uint64) uint64 { return w&^(0xffff<<10) | v>>2&0xffff<<10 }
func insertK12(w, v uint64) uint64 { return w&^(0xfff<<10) | v&0xfff<<10 }
func insertJ20(w, v uint64) uint64 { return w&^(0xf_ffff<<5) | v&0xf_ffff<<5 }

// loongarchStub writes `pcaddu12i $t3, %hi(slot); ld.d $t3, $t3, %lo(slot); jr $t3; nop`. It reports whether the slot is in reach.
func loongarchStub(_ *fixer, b []byte, at, slot, _ uint64) bool {
	const t3 = 15
	disp := slot - at
	if !loongarchHi20R.fits(disp) {
		return false
	}
	le := binary.LittleEndian
	le.PutUint32(b, uint32(insertJ20(loongarchPcaddu12i|t3, (disp+0x800)>>12)))
	le.PutUint32(b[4:], uint32(insertK12(loongarchLdD|t3<<5|t3, disp)))
	le.PutUint32(b[8:], loongarchJirl|t3<<5)
	le.PutUint32(b[12:], loongarchNop)
	return true
}

// loongarchEntryRow: the page of a variable's pair has relocations of its own, the offset in the page, and the upper halves, those of all GOT entries.
func loongarchEntryRow(row *howto) *howto {
	if row.need&(needFix|needSlot) == needFix|needSlot {
		return &loongarchPair
	}
	return nil
}

// loongarchPair is what relocations of GOT entries mean for thread-local variables.
var loongarchPair = howto{"", &formulaSlot, &fieldNone, needThread | needPair, ""}

// loongarchFix computes where an entry of the GOT is, or that of a thread-local variable, and differences that are stored as ULEB128.
func loongarchFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.field == &fieldULEB || row.field == &fieldSubULEB {
		return f.fixULEB(row, at)
	}
	if a, ok := f.threadEntry(at.r.Sym, needPair); ok {
		f.v.G = a - f.v.GOT
	}
	return row.formula.eval(&f.v), true
}

// loongarchFar stores the second of four parts of an address, where the upper two make good what it has no room for: 8 bytes behind it is the third.
func loongarchFar(f *fixer, row *howto) bool {
	if row.field != &loongarchHi20 {
		return false
	}
	var buf [8]objimage.Reloc
	list := f.o.img.RelocsOf(f.site.table, f.site.index(), buf[:])
	for i := range list[:min(len(list), len(buf))] {
		r := &list[i]
		if third := f.o.arch.row(r.Type); r.Offset == list[0].Offset+8 && third != nil && third.field == &loongarchFar20 {
			x := row.formula.eval(&f.v)
			row.field.store(f.site.sec[f.site.r.Offset:], x)
			return true
		}
	}
	return false
}
