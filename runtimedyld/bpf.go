package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// BPF to a linker: an address is the immediate of two instructions together, 32 bits in each (ld_imm64); a call counts instructions from the next one, and reaches 16 GiB. There is no
// position-independent code, no GOT, and no thread-local storage. The addend is in the place (SHT_REL).
//
// RFC 9669 "BPF Instruction Set Architecture", 3.2, 4.3 and 5.4; "BPF LLVM Relocations" in the Linux kernel's documentation. LLVM's RuntimeDyld leaves instructions as they are;
// here they get what that document and libbpf say, so that programs of several functions and sections work.

var bpfel = arch{
	name:     "bpfel",
	rows:     bpfELF[:],
	word:     &fieldWord64,
	slotSize: 8,
	implicit: true,
	noIFuncs: true,
	fix:      bpfFix,
}

var bpfeb = bpfel.inBigEndian("bpfeb", true)

func init() { elfArches[objimage.ArchBPFEL][1], elfArches[objimage.ArchBPFEB][1] = &bpfel, bpfeb }

// bpfFix is for calls. What binutils before 2.41 leaves in one of a global function that the section itself defines is no addend but the function's place, in bytes where instructions count;
// its linker, which adds that, calls something else.
func bpfFix(f *fixer, row *howto, at *site) (uint64, bool) {
	v := f.v
	if v.A != 0 && at.r.Sym >= uint32(f.o.img.FirstGlobal()) {
		if y := f.o.global(int(at.r.Sym) - f.o.img.FirstGlobal()); y.Place == objimage.PlaceSection && int(y.Section) == at.target && v.A == y.Value<<3 {
			v.A = 0
		}
	}
	return row.formula.eval(&v), true
}

// bpfCall is the immediate of a call: so many instructions from the next one. It is the second word of the instruction in both byte orders.
var bpfCall = field{name: "call32", size: 8, bias: 1<<34 - 8, span: 1<<35 - 8, low: 7, order: littleWords, code: &code{
	insert:  func(w, v uint64) uint64 { return w&^0xffff_ffff | (v>>3-1)&0xffff_ffff },
	extract: func(w uint64) uint64 { return uint64(signExtend(w, 32)+1) << 3 },
}}

// bpfImm64 is the immediate of ld_imm64. Addends in files are offsets in a section: not negative, and of 32 bits.
var bpfImm64 = field{name: "imm64", size: 16, span: all, code: &code{
	insert:  func(_, v uint64) uint64 { return v },
	extract: func(w uint64) uint64 { return w },
}}
