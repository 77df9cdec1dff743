package runtimedyld

import (
	"encoding/binary"
	"math"

	"github.com/gomcjit/gomcjit/objimage"
)

// RISC-V to a linker: addresses are built of two instructions, lui or auipc for 20 bits, and an I- or S-type one that adds 12, which are signed, so that the 20 are
// rounded. Both halves of an absolute address name the symbol. Of one relative to the PC only the auipc does, and the other half names a label at the auipc: see pairs.go.
// Branches reach 4 KiB (256 bytes if compressed), jal 1 MiB (2 KiB), and calls are auipc and jalr, which reach 2 GiB; what is farther goes through a stub. Differences
// of labels are not known to assemblers, since sections shrink when they are linked (cuts.go), and so are sums of relocations at one place.
//
// RISC-V ELF psABI 1.1: 8.4 "Relocations", 8.5 "Code models", 8.8 "Linker Relaxation"; 9 "Thread Local Storage" for the bias of offsets.

var riscv64 = arch{
	name:      "riscv64",
	word:      &fieldWord64,
	slotSize:  8,
	stubSize:  12,
	stubAlign: 4,
	tooFar:    tooFarPIC,
	stub:      riscv64Stub,
	isBranch:  func([]byte, uint64) bool { return true },
	plan:      riscvPlan,
	far:       riscvFar,
	elastic:   riscvElastic,
	shorter:   riscvShorter,
	mend:      riscvMend,
	relaxMark: riscvRelax,

	landing:         "\x17\x00\x00\x00", // lpad 0
	landingProperty: 0xc0000000,         // GNU_PROPERTY_RISCV_FEATURE_1_AND

	threadBias: 0x800,
}

// riscv32 reaches everything: what is added to the PC wraps around.
var riscv32 = func() arch {
	a := riscv64
	a.name, a.like, a.narrow = "riscv32", &riscv64, true
	a.word, a.slotSize, a.stub, a.far = &fieldWord32, 4, riscv32Stub, nil
	return a
}()

// Opcodes and the like ("The RISC-V Instruction Set Manual", volume I, 2.2 and 16.8).
const (
	riscvOpLui   = 0x37
	riscvOpAuipc = 0x17
	riscvOpJal   = 0x6f
	riscvOpJalr  = 0x67
	riscvOpMask  = 0x7f
	riscvNop     = 0x0000_0013
	riscvNopRVC  = 0x0001
	riscvJumpRVC = 0xa001 // c.j
	riscvCallRVC = 0x2001 // c.jal, on RV32
	riscvZero    = 0      // x0
	riscvRA      = 1      // x1
	riscvFlagRVC = 1      // of e_flags: the object has compressed instructions, and linkers may make some
)

// Fields of instructions.
var (
	riscvHi20    = field{name: "hi20", size: 4, bias: 1<<31 + 0x800, span: math.MaxUint32, code: &code{bits: bitsOf{mask: 0xffff_f000, round: 0x800}}}
	riscvHi20All = field{name: "hi20", size: 4, span: math.MaxUint64, code: riscvHi20.code}
	riscvLo12I   = field{name: "lo12i", size: 4, span: math.MaxUint64, code: &code{bits: bitsOf{mask: 0xfff0_0000, at: 20}}}
	riscvLo12S   = field{name: "lo12s", size: 4, span: math.MaxUint64, code: &code{insert: func(w, v uint64) uint64 {
		return w&0x01ff_f07f | v>>5<<25 | v&0x1f<<7
	}}}
	riscvBranch = field{name: "branch13", size: 4, bias: 1 << 12, span: 1<<13 - 1, low: 1, code: &code{insert: func(w, v uint64) uint64 {
		return w&0x01ff_f07f | v>>12&1<<31 | v>>5&0x3f<<25 | v>>1&0xf<<8 | v>>11&1<<7
	}}}
	riscvJal = field{name: "jal21", size: 4, bias: 1 << 20, span: 1<<21 - 1, low: 1, code: &code{insert: func(w, v uint64) uint64 {
		return w&0xfff | v>>20&1<<31 | v>>1&0x3ff<<21 | v>>11&1<<20 | v&0xf_f000
	}}}
	riscvBranchRVC = field{name: "branch9", size: 2, bias: 1 << 8, span: 1<<9 - 1, low: 1, code: &code{insert: func(w, v uint64) uint64 {
		return w&0xe383 | v>>8&1<<12 | v>>3&3<<10 | v>>6&3<<5 | v>>1&3<<3 | v>>5&1<<2
	}}}
	riscvJumpFieldRVC = field{name: "jump12", size: 2, bias: 1 << 11, span: 1<<12 - 1, low: 1, code: &code{insert: func(w, v uint64) uint64 {
		return w&0xe003 | v>>11&1<<12 | v>>4&1<<11 | v>>8&3<<9 | v>>10&1<<8 | v>>6&1<<7 | v>>7&1<<6 | v>>1&7<<3 | v>>5&1<<2
	}}}
	// c.lui cannot have 0, and becomes c.li, which can.
	riscvLuiRVC = field{name: "hi6", size: 2, bias: 1<<17 + 0x800, span: 1<<18 - 1, code: &code{insert: func(w, v uint64) uint64 {
		if v += 0x800; v>>12&0x3f == 0 {
			return w&0x0f80 | 0x4001
		}
		return w&0x0f80 | 0x6001 | v>>17&1<<12 | v>>12&0x1f<<2
	}}}
	riscvCall = field{name: "call", size: 8, bias: 1<<31 + 0x800, span: math.MaxUint32, code: &code{insert: func(w, v uint64) uint64 {
		return w&0x000f_ffff_0000_0fff | (v+0x800)&0xffff_f000 | v<<52
	}}}
	riscvCallAll = field{name: "call", size: 8, span: math.MaxUint64, code: riscvCall.code}
)

// riscv64Stub writes `auipc t3, %hi(slot); ld t3, %lo(slot)(t3); jr t3`. It reports whether the slot is in reach.
func riscv64Stub(_ *fixer, b []byte, at, slot, _ uint64) bool {
	return riscvStub(b, at, slot, 3, &riscvHi20)
}

func riscv32Stub(_ *fixer, b []byte, at, slot, _ uint64) bool {
	return riscvStub(b, at, slot, 2, &riscvHi20All)
}

func riscvStub(b []byte, at, slot uint64, load uint32, hi *field) bool {
	const t3 = 28
	disp := slot - at
	if !hi.fits(disp) {
		return false
	}
	le := binary.LittleEndian
	le.PutUint32(b, riscvOpAuipc|t3<<7|uint32(disp+0x800)&0xffff_f000)
	le.PutUint32(b[4:], 0x03|t3<<7|load<<12|t3<<15|uint32(disp)<<20)
	le.PutUint32(b[8:], riscvOpJalr|t3<<15)
	return true
}

// riscvFix computes the second half of a pair, and differences that are stored as ULEB128.
func riscvFix(f *fixer, row *howto, at *site) (uint64, bool) {
	if row.field == &fieldULEB || row.field == &fieldSubULEB {
		return f.fixULEB(row, at)
	}
	if f.first.known && f.first.at == f.v.S { // nearly always
		return f.first.value, true
	}
	first, ok := f.partner(f.v.S - at.base)
	if !ok {
		return f.refuse(ErrMalformedRelocation, "its symbol is no label at a relocation like R_RISCV_PCREL_HI20 of the same section")
	}
	if first.Type == riscvPCRelHi20 && uint64(first.Sym) < uint64(len(f.addrs)) {
		target := f.addrs[first.Sym] + uint64(first.Addend)
		if x := target - at.base - first.Offset; f.o.arch.rows[riscvPCRelHi20].field.fits(x) {
			return x, true
		}
		return target, true // or the first one is an error
	}
	return f.valueOf(first) // if it is refused, the first one says why
}

// riscvFar makes an auipc whose target is out of its reach a lui, if that reaches it: absolute symbols, and weak ones that nothing defines, may be at the
// other end of the address space. GNU ld does so.
func riscvFar(f *fixer, row *howto) bool {
	if f.site.r.Type != riscvPCRelHi20 {
		return false
	}
	var y [1]objimage.Symbol
	f.o.img.Symbols(int(f.site.r.Sym), y[:])
	if x := f.v.S + f.v.A; y[0].Place != objimage.PlaceSection && row.field.fits(x) {
		b := f.site.sec[f.site.r.Offset:]
		b[0] = b[0]&^riscvOpMask | riscvOpLui
		row.field.store(b, x)
		return true
	}
	return false
}
