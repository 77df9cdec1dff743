package llvmstubs

import (
	"debug/elf"
	"encoding/binary"
)

// A shape is what a stub consists of.
type shape struct {
	size   uint64
	align  uint64   // 0 if it is right behind the one before
	code   []uint32 // instructions of 32 bits that do not depend on the target
	text   string   // bytes that do not
	typ    uint32   // relocation of the word with the target's address, or of what leads there,
	word   uint64   // which is so many bytes into the stub
	addend int64
	wide   bool // the word has 64 bits
	slot   bool // typ means a GOT entry
	// write writes all of the stub when the target's address is known; nil if there is nothing left to do.
	write func(order binary.ByteOrder, b []byte, target uint64)
}

// bytes returns the stub as it is before relocation.
func (s *shape) bytes(order binary.ByteOrder) []byte {
	b := make([]byte, s.size)
	copy(b, s.text)
	for i, word := range s.code {
		order.PutUint32(b[4*i:], word)
	}
	return b
}

// put writes instructions.
func put(order binary.ByteOrder, b []byte, words ...uint64) {
	for i, w := range words {
		order.PutUint32(b[4*i:], uint32(w))
	}
}

var (
	x86_64Shape     = shape{size: 6, text: "\xff\x25", typ: uint32(elf.R_X86_64_GOTPCREL), word: 2, addend: -4, slot: true}
	x86_64COFFShape = shape{size: 14, text: "\xff\x25\x00\x00\x00\x00", typ: 1, word: 6, wide: true}

	aarch64Shape     = shape{size: 20, typ: uint32(elf.R_AARCH64_ABS64), wide: true, write: writeAArch64}
	aarch64COFFShape = shape{size: 20, typ: 0xe, wide: true, write: writeAArch64}

	armShape      = shape{size: 8, code: []uint32{0xe51ff004}, typ: uint32(elf.R_ARM_ABS32), word: 4}
	armMachOShape = shape{size: 8, code: []uint32{0xe51ff004}, typ: machoLong, word: 4}
	thumbShape    = shape{size: 8, code: []uint32{0xf000f8df}, typ: machoLong, word: 4}

	mips32Shape   = shape{size: 16, typ: uint32(elf.R_MIPS_32), write: writeMips32(mipsJump)}
	mips32R6Shape = shape{size: 16, typ: uint32(elf.R_MIPS_32), write: writeMips32(mipsJumpR6)}
	mips64Shape   = shape{size: 32, typ: uint32(elf.R_MIPS_64), wide: true, write: writeMips64(mipsJump)}
	mips64R6Shape = shape{size: 32, typ: uint32(elf.R_MIPS_64), wide: true, write: writeMips64(mipsJumpR6)}

	ppc64V1Shape = shape{size: 44, typ: uint32(elf.R_PPC64_ADDR64), wide: true, write: writePPC64V1}
	ppc64V2Shape = shape{size: 44, typ: uint32(elf.R_PPC64_ADDR64), wide: true, write: writePPC64V2}

	amd64Pointer = shape{size: 8, align: 8, typ: 1, wide: true}
	arm64Pointer = shape{size: 8, align: 8, typ: 0xe, wide: true}
	i386Pointer  = shape{size: 4, align: 4, typ: 6}

	systemzShape = shape{size: 16, text: "\xc4\x18\x00\x00\x00\x04\x07\xf1", typ: uint32(elf.R_390_64), word: 8, wide: true}

	x86_64MachOShape  = shape{size: 8, typ: machoQuad, wide: true}
	aarch64MachOShape = shape{size: 8, typ: machoQuad, wide: true}
)

// writeAArch64 writes `movz x16, #g3, lsl #48; movk` of the other parts; `br x16`.
func writeAArch64(_ binary.ByteOrder, b []byte, t uint64) {
	put(binary.LittleEndian, b, 0xd2e00010|t>>48<<5, 0xf2c00010|t>>32&0xffff<<5, 0xf2a00010|t>>16&0xffff<<5, 0xf2800010|t&0xffff<<5, 0xd61f0200)
}

// `jr $25`, which release 6 of the architecture writes as jalr to no register.
const mipsJump, mipsJumpR6 = 0x03200008, 0x03200009

// writeMips32 returns what writes `lui $25, %hi(t); addiu $25, $25, %lo(t); jr $25; nop`.
func writeMips32(jump uint64) func(order binary.ByteOrder, b []byte, t uint64) {
	return func(order binary.ByteOrder, b []byte, t uint64) {
		put(order, b, 0x3c190000|(t+0x8000)>>16&0xffff, 0x27390000|t&0xffff, jump, 0)
	}
}

// writeMips64 returns what writes the same for 64 bits.
func writeMips64(jump uint64) func(order binary.ByteOrder, b []byte, t uint64) {
	const shift = 0x0019cc38 // dsll $25, $25, 16
	return func(order binary.ByteOrder, b []byte, t uint64) {
		put(order, b, 0x3c190000|(t+0x8000_8000_8000)>>48, 0x67390000|(t+0x8000_8000)>>32&0xffff, shift, 0x67390000|(t+0x8000)>>16&0xffff, shift, 0x67390000|t&0xffff, jump, 0)
	}
}

// writePPC64V1 writes a stub that finds code, environment and TOC base in the descriptor at t.
func writePPC64V1(order binary.ByteOrder, b []byte, t uint64) {
	put(order, b, 0x3d800000|t>>48, 0x618c0000|t>>32&0xffff, 0x798c07c6, 0x658c0000|t>>16&0xffff, 0x618c0000|t&0xffff, // r12 = t
		0xf8410028, 0xe96c0000, 0xe84c0008, 0x7d6903a6, 0xe96c0010, 0x4e800420)
}

// writePPC64V2 writes one that jumps to the code at t.
func writePPC64V2(order binary.ByteOrder, b []byte, t uint64) {
	put(order, b, 0x3d800000|t>>48, 0x618c0000|t>>32&0xffff, 0x798c07c6, 0x658c0000|t>>16&0xffff, 0x618c0000|t&0xffff,
		0xf8410018, 0x7d8903a6, 0x4e800420)
}
