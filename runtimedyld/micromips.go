package runtimedyld

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// microMIPS to a linker: MIPS in instructions of 16 and 32 bits, in one program with standard code. The lowest bit of an address by which a jump gets there is 1, and so it is of symbols (their values have it here, see
// objimage.Symbol), of entries in the GOT, and of pointers in data; what jumps and branches encode does not have it. jal becomes jalx where the instruction set changes, and jalx jal where it does
// not; so does bal. Release 6 has no jalx, and other jumps and branches cannot switch: they go through a stub in their own code, which loads the address into $25 as others do, or fail with an error that says so.
// Jumps replace the lowest 27 bits of the program counter, and jalx 28; a function for jalx has to be at a multiple of 4.
//
// A word is two halfwords, the one with the opcode first in either order of bytes (littleHalves). _gp_disp is one less than for standard code, since $25 has the lowest bit set.
//
// "MIPS Architecture for Programmers, Volume II-B: microMIPS32" (MD00582), 2.6 and 5.4; relocations are those of GNU tools and of LLVM.

// A mipsISA is an instruction set.
type mipsISA uint8

const (
	standardMIPS mipsISA = iota
	microMIPS
	mips16
)

// bit returns the lowest bit of addresses of such code.
func (isa mipsISA) bit() uint64 {
	if isa == standardMIPS {
		return 0
	}
	return 1
}

// region returns how many bits of the program counter its jumps replace.
func (isa mipsISA) region() int {
	if isa == microMIPS {
		return 27
	}
	return 28
}

// A mipsKind is what a relocation type means beyond its formula: what the standard one does, in code of an instruction set.
type mipsKind struct {
	kind elf.R_MIPS
	low  uint32 // the type of the low half that completes the addend of this high half; 0 if it is none
	isa  mipsISA
}

// mipsKinds has all types; init fills it in.
var mipsKinds [256]mipsKind

// Instructions of microMIPS stubs. The jump has a delay slot before release 6, and none from then on: what follows it is a nop.
const (
	microLuiT9    = 0x41b90000 // lui $25, imm
	microLuiT9R6  = 0x13200000 // the same in release 6, aui $25, $0, imm
	microLwT9     = 0xff390000 // lw $25, imm($25)
	microDaddiuT9 = 0x5f390000 // daddiu $25, $25, imm
	microDsllT9   = 0x5b398000 // dsll $25, $25, 16
	microLdT9     = 0xdf390000 // ld $25, imm($25)
	microJumpT9   = 0x00190f3c // jr $25, and jrc $25
)

// microMIPSStub returns what writes the stubs of mipsStub for microMIPS code.
func microMIPSStub(order binary.ByteOrder) func(f *fixer, b []byte, at, target uint64) {
	return func(f *fixer, b []byte, at, target uint64) {
		word := at + 20
		microWrite(order, b, microLui(f.o.img)|(word+0x8000)>>16&0xffff, microLwT9|word&0xffff, mipsNop, microJumpT9, mipsNop)
		order.PutUint32(b[20:], uint32(target))
	}
}

// microMIPS64Stub returns what writes those of mips64Stub.
func microMIPS64Stub(order binary.ByteOrder) func(f *fixer, b []byte, at, target uint64) {
	return func(f *fixer, b []byte, at, target uint64) {
		word := at + 32
		part := func(n int) uint64 { return (word + 0x8000_8000_8000>>(48-16*n)) >> (16 * n) & 0xffff }
		microWrite(order, b, microLui(f.o.img)|part(3), microDaddiuT9|part(2), microDsllT9, microDaddiuT9|part(1), microDsllT9, microLdT9|part(0), microJumpT9, mipsNop)
		order.PutUint64(b[32:], target)
	}
}

func microLui(img *objimage.Object) uint64 {
	if mipsIsR6(img) {
		return microLuiT9R6
	}
	return microLuiT9
}

func microWrite(order binary.ByteOrder, b []byte, words ...uint64) {
	for i, w := range words {
		order.PutUint16(b[4*i:], uint16(w>>16))
		order.PutUint16(b[4*i+2:], uint16(w))
	}
}

// mipsBranchSize returns how far the address from which a branch counts is behind it: the size of the instruction.
func mipsBranchSize(row *howto) int64 { return int64(row.field.size) }

// mipsPlanBranch asks for a veneer for a conditional branch, or one of 16 bits, if it goes to a function whose instruction set is another one, or in microMIPS code to one that may be anywhere.
func (p *plan) mipsPlanBranch(row *howto, r *objimage.Reloc, isa mipsISA) {
	y := &p.syms[r.Sym]
	switches := y.Place == objimage.PlaceSection && y.Type == objimage.TypeFunc && y.Value&1 != isa.bit()
	if r.Sym != 0 && p.traits[r.Sym]&traitThread == 0 && (switches || isa != standardMIPS && p.traits[r.Sym]&traitFar != 0) {
		p.planVeneer(veneer{sym: r.Sym, bytes: r.Addend + mipsBranchSize(row), thumb: isa == microMIPS})
	}
}

// mipsFar is for branches whose targets are out of reach, or odd, that is, in another instruction set: bal becomes jalx, and others go through a veneer if they have one.
func mipsFar(f *fixer, row *howto) bool {
	at, v := &f.site, &f.v
	if at.r.Type > 0xff || row.formula != &formulaPC && row.formula != &formulaMicroPC || row.field.code == nil {
		return false
	}
	k, bytes := &mipsKinds[at.r.Type], at.r.Addend+mipsBranchSize(row)
	switches, target := v.S&1 != k.isa.bit(), v.S&^1+uint64(bytes)
	if switches && k.kind == elf.R_MIPS_PC16 && !f.wantsStub(at.r.Sym) && mipsBalx(f, at, row, k.isa, target) {
		return true
	}
	if stub, ok := f.veneers[veneer{sym: at.r.Sym, bytes: bytes, thumb: k.isa == microMIPS}]; ok && row.need&needVeneer != 0 { // no load, of what is not the function's code then
		x := uint64(signExtend(stub-uint64(mipsBranchSize(row))-v.P, f.o.img.Bits()))
		if row.field.fits(x) {
			row.field.store(at.sec[at.r.Offset:], x)
			return true
		}
	}
	if switches && k.kind == elf.R_MIPS_PC16 && mipsBalx(f, at, row, k.isa, target) {
		return true
	}
	x := signExtend(row.formula.eval(v), f.o.img.Bits())
	if !switches || x&1 == 0 {
		return false
	}
	e := f.newError(at.target, &at.r, ErrMisaligned)
	e.Value, e.Detail = x, mipsNoSwitch
	e.Min, e.Max = row.field.limits()
	f.report(at.target, e)
	return true
}

const mipsNoSwitch = "its target is in code of another instruction set (standard, microMIPS or MIPS16), to which it cannot switch: compile both alike, or call by a pointer"

// mipsBals are bal, by instruction set: branches that calls can be made of.
var mipsBals = [...]uint64{standardMIPS: 0x0411, microMIPS: 0x4060}

// mipsBalx makes jalx of bal, and says whether that can be.
func mipsBalx(f *fixer, at *site, row *howto, isa mipsISA, target uint64) bool {
	if int(isa) >= len(mipsBals) || target&3 != 0 || mipsIsR6(f.o.img) || (target^(f.v.P+4))>>28 != 0 {
		return false
	}
	b, order := at.sec[at.r.Offset:], row.field.order
	if order.load(b, 4)>>16 != mipsBals[isa] {
		return false
	}
	order.store(b, 4, mipsCalls[isa][1]<<26|target>>2&0x3ffffff)
	return true
}

// mipsCalls are the opcodes of jal and jalx, by instruction set.
var mipsCalls = [...][2]uint64{standardMIPS: {0x03, 0x1d}, microMIPS: {0x3d, 0x3c}, mips16: {0x06, 0x07}}

// mipsSwitch makes jal of a jump and link, or jalx if it is to change the instruction set, and says whether it is what is wanted now: other jumps cannot switch.
func mipsSwitch(f *fixer, at *site, row *howto, isa mipsISA, switches bool) bool {
	b, order, calls := at.sec[at.r.Offset:], row.field.order, mipsCalls[isa]
	word, want := order.load(b, 4), calls[0]
	op := word >> 26
	if op != calls[0] && op != calls[1] {
		return !switches
	}
	if switches {
		if mipsIsR6(f.o.img) {
			return false
		}
		want = calls[1]
	}
	if op != want {
		order.store(b, 4, word&0x3ffffff|want<<26)
	}
	return true
}

// mipsJalx makes a jump a call of a function in another instruction set, if it can be one, and returns what its field holds then: a quarter of the address, in any instruction set.
func mipsJalx(f *fixer, row *howto, at *site, isa mipsISA, target uint64) (uint64, bool) {
	if target&3 != 0 || (target^(f.v.P+4))>>28 != 0 || !mipsSwitch(f, at, row, isa, true) {
		return 0, false
	}
	return target >> (28 - isa.region()), true
}
