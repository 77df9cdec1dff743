package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// x32 is x86-64 with pointers of 32 bits: ELFCLASS32, with the same relocations. Pointers in data are R_X86_64_32; entries of the GOT and for thread-local variables stay of 8 bytes, since
// code jumps to what they hold and adds it to registers of 64 bits.
//
// System V ABI, AMD64 Architecture Processor Supplement, 10 "ILP32 Programming Model".

func init() {
	a := x86_64
	a.name, a.like, a.narrow, a.long = "x86_64_x32", &x86_64, true, true
	elfArches[objimage.ArchX86_64][0] = &a
}
