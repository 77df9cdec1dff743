package checker

import (
	"encoding/binary"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
	"golang.org/x/arch/arm/armasm"
	"golang.org/x/arch/arm64/arm64asm"
	"golang.org/x/arch/loong64/loong64asm"
	"golang.org/x/arch/ppc64/ppc64asm"
	"golang.org/x/arch/riscv64/riscv64asm"
	"golang.org/x/arch/s390x/s390xasm"
)

// decodeOpaque decodes what is in no table with the decoders of x/arch. Their operands are those of assembly text, and partly hidden, so that
// only the name and the size are taken: enough for next_pc.
func decodeOpaque(t Target, mode Mode, code []byte) (Inst, bool) {
	length := len(code)
	padded := make([]byte, 16) // some read instructions whole before they look at how long the code is
	copy(padded, code)
	code = padded
	size, name := 4, ""
	switch t.Arch {
	case objimage.ArchAArch64, objimage.ArchAArch64BE:
		if in, err := arm64asm.Decode(code); err == nil {
			name = in.Op.String()
		}
	case objimage.ArchARM, objimage.ArchARMEB:
		word := binary.LittleEndian.AppendUint32(nil, t.order().Uint32(code))
		if in, err := armasm.Decode(word, armasm.ModeARM); err == nil && !t.thumb(mode) {
			name = in.Op.String()
		} else if isARMVector(t, mode, code) {
			name = "vector"
		}
	case objimage.ArchPPC, objimage.ArchPPC64, objimage.ArchPPC64LE:
		if in, err := ppc64asm.Decode(code, t.order()); err == nil {
			name, size = in.Op.String(), in.Len
		}
	case objimage.ArchS390X:
		if in, err := s390xasm.Decode(code); err == nil {
			name, size = in.Op.String(), in.Len
		}
	case objimage.ArchRISCV64:
		if in, err := riscv64asm.Decode(code); err == nil {
			name, size = in.Op.String(), in.Len
		}
	case objimage.ArchLoongArch64:
		if in, err := loong64asm.Decode(code); err == nil {
			name = in.Op.String()
		}
	}
	return Inst{Name: strings.ToLower(name), Size: size, Opaque: true}, name != "" && size <= length
}

// isARMVector says whether an instruction is one of those for floating-point and vector registers (ARM Architecture Reference Manual ARMv7-A, A5.6, A6.3.18 and A7), of which armasm
// knows few in ARM and none in Thumb.
func isARMVector(t Target, mode Mode, code []byte) bool {
	word := t.order().Uint32(code)
	if t.thumb(mode) {
		word = uint32(t.order().Uint16(code))<<16 | uint32(t.order().Uint16(code[2:]))
		switch word >> 24 & 0xef {
		case 0xef: // data processing of vectors
			return true
		case 0xe9: // loads and stores of their elements
			return word>>28 == 15 && word&(1<<20) == 0
		}
		if word>>28 != 14 {
			return false
		}
	} else if always := word>>28 == 15; always && (word>>25&7 == 1 || word>>24&15 == 4 && word&(1<<20) == 0) {
		return true
	} else if always {
		return false
	}
	coprocessor := word >> 8 & 15
	return (word>>25&7 == 6 || word>>24&15 == 14) && (coprocessor == 10 || coprocessor == 11)
}
