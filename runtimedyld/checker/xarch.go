package checker

import (
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
	"golang.org/x/arch/ppc64/ppc64asm"
	"golang.org/x/arch/riscv64/riscv64asm"
	"golang.org/x/arch/s390x/s390xasm"
)

// decodeOpaque decodes what is in no table with the decoders of x/arch. Their operands are those of assembly text, and partly hidden, so that
// only the name and the size are taken: enough for next_pc.
func decodeOpaque(t Target, code []byte) (Inst, bool) {
	length := len(code)
	padded := make([]byte, 16) // some read instructions whole before they look at how long the code is
	copy(padded, code)
	code = padded
	size, name := 4, ""
	switch t.Arch {
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
	}
	return Inst{Name: strings.ToLower(name), Size: size, Opaque: true}, name != "" && size <= length
}
