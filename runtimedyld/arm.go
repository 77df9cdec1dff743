package runtimedyld

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// ARM to a linker: one architecture with two instruction sets, ARM and Thumb, between which calls and returns switch. The lowest bit of a function's address, and of its symbol's value, is
// 1 if it is Thumb code: T in formulas, in which S does not have the bit. Direct branches reach 32 MiB either way from ARM code, 16 MiB from Thumb code, conditional ones there 1 MiB.
// BL becomes BLX where the instruction set changes, and BLX BL where it does not; other branches cannot switch. What is out of reach, or cannot switch, goes through a veneer, which loads the
// address into the program counter; there is one for each instruction set, and it uses no register. A branch to what is not typed as a function does not switch
// (AAELF32, 5.6.1.3 and 5.6.1.4). Addends are in the instructions (SHT_REL); a branch to the symbol itself has the distance between it and the program counter there, 8 bytes or 4.
//
// Big-endian objects are linked in the order of bytes that they have, unless they ask for little-endian instructions (arm_be8.go). Thumb code is taken for Thumb-2's. That of older cores (ARMv6 and before, ARMv6-M) may be linked as long as its calls stay within the 4 MiB that those reach.
//
// The static base, B(S) of the ABI, is the object's GOT, for all symbols: whoever calls code that was compiled with -frwpi or -msingle-pic-base gives it that in r9. TARGET1 is ABS32,
// and TARGET2, by which exception tables refer to types, GOT_PREL, as on Linux.
//
// "ELF for the Arm Architecture" (AAELF32, IHI 0044), 2022Q3, 5.6 "Relocation".

var arm = arch{
	name:      "arm",
	word:      &fieldWord32,
	narrow:    true,
	implicit:  true,
	slotSize:  4,
	stubSize:  12,
	stubAlign: 4,
	tooFar:    "compile with -mlong-calls, or have the memory manager put the object's parts nearer to each other",
	direct:    true,
	stub:      armStub(binary.LittleEndian, binary.LittleEndian),
	thumbStub: thumbStub(binary.LittleEndian, binary.LittleEndian),
	indirect:  armIndirect(binary.LittleEndian, binary.LittleEndian),
	plan:      armPlan,
	fix:       armFix,
}

// armStub returns what writes veneers for ARM code: `ldr pc, [pc, #-4]`, which loads the word behind it. They are LLVM's, as rules about them are.
func armStub(code, data binary.ByteOrder) func(_ *fixer, b []byte, at, slot, target uint64) bool {
	return func(_ *fixer, b []byte, _, _, target uint64) bool {
		code.PutUint32(b, 0xe51ff004)
		data.PutUint32(b[4:], uint32(target))
		return true
	}
}

// thumbStub returns what writes veneers for Thumb code: `ldr.w pc, [pc]`, which does the same.
func thumbStub(code, data binary.ByteOrder) func(_ *fixer, b []byte, at, target uint64) {
	return func(_ *fixer, b []byte, _, target uint64) {
		code.PutUint16(b, 0xf8df)
		code.PutUint16(b[2:], 0xf000)
		data.PutUint32(b[4:], uint32(target))
	}
}

// armIndirect returns what writes stubs of indirect functions, which are ARM code: `ldr ip, [pc]`, `ldr pc, [ip]`, the address of the slot.
func armIndirect(code, data binary.ByteOrder) func(_ *fixer, b []byte, at, slot uint64) bool {
	return func(_ *fixer, b []byte, _, slot uint64) bool {
		code.PutUint32(b, 0xe59fc000)
		code.PutUint32(b[4:], 0xe59cf000)
		data.PutUint32(b[8:], uint32(slot))
		return true
	}
}

// armIsThumb says whether a branch relocation is for Thumb code.
func armIsThumb(typ elf.R_ARM) bool {
	return typ == elf.R_ARM_THM_PC22 || typ == elf.R_ARM_THM_JUMP24 || typ == elf.R_ARM_THM_JUMP19
}

// armAhead is how far the program counter is ahead of an instruction when it is read.
func armAhead(thumb bool) int64 {
	if thumb {
		return 4
	}
	return 8
}

// armPlan asks for a veneer for a branch, unless it is known to do without: one to the same section, near, in the same instruction set or a call.
func armPlan(p *plan, row *howto, r *objimage.Reloc, target int) {
	typ := elf.R_ARM(r.Type)
	armPlanBranch(p, row, r, target, armIsThumb(typ), typ == elf.R_ARM_CALL || typ == elf.R_ARM_THM_PC22)
}

// armPlanBranch is armPlan for a branch in Thumb code or not, which may be able to change the instruction set.
func armPlanBranch(p *plan, row *howto, r *objimage.Reloc, target int, thumb, call bool) {
	y := &p.syms[r.Sym]
	if p.traits[r.Sym]&traitThread != 0 || r.Sym == 0 {
		return
	}
	v := veneer{r.Sym, r.Addend + armAhead(thumb), thumb}
	if y.Place == objimage.PlaceSection && y.Type != objimage.TypeIFunc && p.traits[r.Sym]&traitFar == 0 {
		toThumb := y.Value&1 != 0
		if thumb && !toThumb && !armIsFunction(y.Type) {
			v.bytes, toThumb = v.bytes|1, true
		}
		near := row.field.fits(y.Value + uint64(r.Addend) - r.Offset)
		if int(y.Section) == target && near && (toThumb == thumb || call) {
			return
		}
	}
	p.planVeneer(v)
}

// armIsFunction says whether a branch to a symbol of the type changes the instruction set if the symbol's lowest bit says so.
func armIsFunction(t objimage.SymbolType) bool {
	return t == objimage.TypeFunc || t == objimage.TypeIFunc || t == objimage.TypeOther
}

// armFix computes what is more than its formula.
func armFix(f *fixer, row *howto, at *site) (uint64, bool) {
	v, typ := &f.v, elf.R_ARM(at.r.Type)
	switch typ {
	case elf.R_ARM_PC24, elf.R_ARM_PLT32, elf.R_ARM_CALL, elf.R_ARM_JUMP24:
		return armBranch(f, row, at)
	case elf.R_ARM_THM_PC22, elf.R_ARM_THM_JUMP24, elf.R_ARM_THM_JUMP19:
		return thumbBranch(f, row, at, typ == elf.R_ARM_THM_PC22)
	case elf.R_ARM_THM_JUMP11, elf.R_ARM_THM_JUMP8, elf.R_ARM_THM_JUMP6:
		if y := f.symbolType(at.r.Sym); v.S&1 == 0 && (y == objimage.TypeFunc || y == objimage.TypeIFunc) { // whose stub is ARM code
			return f.refuse(ErrUnsupportedRelocation, armNoSwitch)
		}
	case elf.R_ARM_TLS_CALL, elf.R_ARM_THM_TLS_CALL, elf.R_ARM_TLS_GOTDESC:
		return armDescriptor(f, row, at)
	case elf.R_ARM_THM_PC8, elf.R_ARM_THM_PC12, elf.R_ARM_THM_ALU_PREL_11_0:
		v.P &^= 3 // Pa
	}
	armSplit(f, at)
	x := row.formula.eval(v)
	if g := armGroupOf(typ); g != nil {
		return x, g.check(f, uint64(signExtend(x, 32)))
	}
	return x, true
}

// Instructions that take a thread-local variable's distance from the GOT, where it is known, in place of a call that finds it out.
const (
	armLoadEntry   = 0xe79f0000 // ldr r0, [pc, r0]
	thumbLoadEntry = 0x44786800 // add r0, pc; ldr r0, [r0]
)

// armDescriptor makes a call that asks for a variable's distance from the thread pointer (-mtls-dialect=gnu2) a load of that, as linkers of executables do: AAELF32, 5.6.1.11 "Thread-local storage
// relocations". What is in r0 then is relative to the call: the place of the word that says so is in its addend, with 1 in Thumb code.
func armDescriptor(f *fixer, row *howto, at *site) (uint64, bool) {
	v := &f.v
	if elf.R_ARM(at.r.Type) == elf.R_ARM_TLS_GOTDESC {
		v.A -= uint64(armAhead(v.A&1 != 0)) + v.A&1
		return row.formula.eval(v), true
	}
	word := row.field.order.load(at.sec[at.r.Offset:], 4)
	switch thumb := elf.R_ARM(at.r.Type) == elf.R_ARM_THM_TLS_CALL; {
	case thumb && word&0xf800c000 == 0xf000c000:
		return thumbLoadEntry, true
	case !thumb && (word>>24 == armBL>>24 || word>>25 == armBLX>>25):
		return armLoadEntry, true
	}
	return f.refuse(ErrMalformedRelocation, "it is not at a call")
}

// armSplit parts the lowest bit of a function's address from the others: T from S. Of other symbols it is part of the address.
func armSplit(f *fixer, at *site) {
	v := &f.v
	v.T = 0
	if v.S&1 != 0 && f.symbolType(at.r.Sym) == objimage.TypeFunc {
		v.S, v.T = v.S-1, 1
	}
}

const armNoSwitch = "the branch cannot change the instruction set: compile both with -marm, or both with -mthumb, or call through a pointer"

// armBranch is for branches in ARM code: ((S + A) | T) - P, of the symbol or of its veneer.
func armBranch(f *fixer, row *howto, at *site) (uint64, bool) {
	v := &f.v
	if v.P&3 != 0 {
		return f.misaligned(v.P, 4)
	}
	if v.S == 0 && f.isUndefined(at.r.Sym) {
		return v.A + 4, true // to the next instruction: AAELF32, 5.6.1.8 "Weak references"
	}
	word := row.field.order.load(at.sec[at.r.Offset:], 4)
	isBLX := word>>25 == armBLX>>25
	canSwitch := isBLX || word>>24 == armBL>>24
	x := (v.S + v.A | v.S&1) - v.P
	if isBLX && x&1 == 0 && !armIsFunction(f.symbolType(at.r.Sym)) {
		x |= 1 // to a label in Thumb code
	}
	toThumb := x&1 != 0
	switch fits := row.field.fits(uint64(signExtend(x, 32))) && !f.prefersVeneer(at.r.Sym); {
	case fits && !toThumb && x&3 != 0:
		return f.misaligned(x, 4)
	case fits && (canSwitch || !toThumb):
		return x, true
	}
	if stub, ok := f.veneers[veneer{at.r.Sym, at.r.Addend + armAhead(false), false}]; ok {
		return stub - uint64(armAhead(false)) - v.P, true
	}
	if toThumb && !canSwitch {
		return f.refuse(ErrUnsupportedRelocation, armNoSwitch)
	}
	return x, true
}

// thumbBranch is for branches in Thumb code, of which calls can change the instruction set. The result of BLX is relative to P rounded down to 4, as its program counter is.
func thumbBranch(f *fixer, row *howto, at *site, call bool) (uint64, bool) {
	v := &f.v
	if v.P&1 != 0 {
		return f.misaligned(v.P, 2)
	}
	if v.S == 0 && f.isUndefined(at.r.Sym) {
		return v.A + 4 | 1, true
	}
	toThumb, bytes := v.S&1 != 0, at.r.Addend+armAhead(true)
	word := row.field.order.load(at.sec[at.r.Offset:], 4)
	if !toThumb && (!call || word&thumbIsBL != 0) && !armIsFunction(f.symbolType(at.r.Sym)) {
		toThumb, bytes = true, bytes|1 // to a label in Thumb code
	}
	x := (v.S+v.A)&^1 - v.P
	if toThumb {
		x |= 1
	} else {
		x += v.P & 3
	}
	switch fits := row.field.fits(uint64(signExtend(x, 32))) && !f.prefersVeneer(at.r.Sym); {
	case fits && toThumb:
		return x, true
	case fits && call && x&3 != 0:
		return f.misaligned(x, 4)
	case fits && call:
		return x, true
	}
	if stub, ok := f.veneers[veneer{at.r.Sym, bytes, true}]; ok {
		return stub - uint64(armAhead(true)) - v.P | 1, true
	}
	if !toThumb && !call {
		return f.refuse(ErrUnsupportedRelocation, armNoSwitch)
	}
	return x, true
}
