package checker

import (
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// An Inst is a decoded instruction, with the operands that LLVM's MCInst has.
type Inst struct {
	Name     string // LLVM's name of the opcode or, on x86, the mnemonic
	Size     int    // bytes
	Operands []Operand
	Opaque   bool // the operands are not known: the instruction is in none of the tables
}

// An Operand is an immediate, or something else that has no value here (a register).
type Operand struct {
	IsImm bool
	Imm   int64 // as encoded: fields of addresses are not scaled where LLVM does not scale them
}

// String shows the instruction as LLVM's dump does, without the numbers that it has for opcodes and registers.
func (i Inst) String() string {
	var b strings.Builder
	b.WriteString("<MCInst " + i.Name)
	for _, op := range i.Operands {
		if op.IsImm {
			fmt.Fprintf(&b, " <MCOperand Imm:%d>", op.Imm)
		} else {
			b.WriteString(" <MCOperand Reg>")
		}
	}
	return b.String() + ">"
}

func register() Operand         { return Operand{} }
func immediate(n int64) Operand { return Operand{IsImm: true, Imm: n} }

// DecodeError is code that could not be decoded.
type DecodeError struct {
	Arch objimage.Arch
	Code []byte // at most the first 16 bytes
	Mode Mode
}

// modeNames are what the modes add to an architecture's name.
var modeNames = map[Mode]string{ModeThumb: " in Thumb", ModeMicroMIPS: " of microMIPS", ModeMIPS16: " of MIPS16"}

// Error shows the bytes.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("no %v instruction%s is known that begins with % x", e.Arch, modeNames[e.Mode], e.Code)
}

// Decode returns the instruction with which code begins. Mode tells between encodings of one architecture. Of instructions beyond those that
// the package comment lists at most the size is known. What cannot be decoded is a [*DecodeError].
func Decode(t Target, mode Mode, code []byte) (Inst, error) {
	inst, ok := Inst{}, false
	switch t.Arch {
	case objimage.ArchX86_64:
		inst, ok = decodeX86(code, 64)
	case objimage.ArchI386:
		inst, ok = decodeX86(code, 32)
	case objimage.ArchAArch64, objimage.ArchAArch64BE:
		inst, ok = decodeAArch64(code)
	case objimage.ArchARM, objimage.ArchARMEB:
		if t.thumb(mode) {
			inst, ok = decodeThumb(code, t.order(), t.profile())
		} else {
			inst, ok = decodeARM(code, t.order())
		}
	case objimage.ArchBPFEL, objimage.ArchBPFEB:
		inst, ok = decodeBPF(code, t.order())
	case objimage.ArchLoongArch64:
		inst, ok = decodeLoongArch(code)
	case objimage.ArchMips, objimage.ArchMipsel:
		inst, ok = decodeMips(t, mode, code, 32)
	case objimage.ArchMips64, objimage.ArchMips64el:
		inst, ok = decodeMips(t, mode, code, 64)
	case objimage.ArchPPC, objimage.ArchPPC64, objimage.ArchPPC64LE:
		inst, ok = decodePPC(code, t.order(), t.CPU)
	case objimage.ArchS390X:
		inst, ok = decodeSystemZ(code)
	case objimage.ArchRISCV32:
		inst, ok = decodeRISCV(code, 32)
	case objimage.ArchRISCV64:
		inst, ok = decodeRISCV(code, 64)
	case objimage.ArchSparcV9:
		inst, ok = decodeSparc(code)
	}
	if !ok {
		inst, ok = decodeOpaque(t, code)
	}
	if !ok {
		return Inst{}, decodeError(t, mode, code)
	}
	return inst, nil
}

func decodeError(t Target, mode Mode, code []byte) *DecodeError {
	return &DecodeError{Arch: t.Arch, Code: append([]byte(nil), code[:min(len(code), 16)]...), Mode: mode}
}

// thumb reports whether instructions of a mode are Thumb.
func (t Target) thumb(mode Mode) bool {
	if t.Arch != objimage.ArchARM && t.Arch != objimage.ArchARMEB {
		return false
	}
	return mode == ModeThumb || mode == ModeTarget && t.Thumb
}
