package checker

import (
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// x86asm lists the operands of the assembly text, LLVM those of its instruction objects. They differ in this:
//
//   - a memory operand is five, an absolute one (mov between the accumulator and a 64-bit address) two: address and segment;
//   - the register that is read and written comes twice, a destination in memory once;
//   - what the opcode implies does not count: the accumulator of the short forms, CL and 1 of shifts, ST0, DX of in and out;
//   - conditions are an immediate behind the others;
//   - string instructions have a register for each pointer, and the segment behind the source.
//
// Source of the encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.

// decodeX86 decodes one instruction in 32-bit or 64-bit mode: with the tables of forms, else with x86asm.
func decodeX86(code []byte, mode int) (Inst, bool) {
	switch {
	case len(code) > 0 && code[0] == 0xf0, len(code) > 0 && code[0]&^1 == 0xf2 && (len(code) == 1 || code[1] == 0xf0): // instructions of their own for LLVM
		return Inst{Name: "prefix", Size: 1}, true
	}
	if inst, ok := decodeX86Form(code, mode); ok {
		return inst, true
	}
	in, err := x86asm.Decode(append(append(make([]byte, 0, 17), code[:min(len(code), 15)]...), 0, 0), mode) // see narrow
	if err != nil || in.Op == 0 || isBarePrefix(in) || isVEX(in) {
		return Inst{}, false
	}
	x := x86{in}
	inst := Inst{Name: strings.ToLower(in.Op.String()), Size: in.Len}
	if rel, ok := in.Args[0].(x86asm.Rel); ok && mode == 64 && in.PCRel == 4 && x.narrow() {
		inst.Size -= 2
		x.Args[0] = x86asm.Rel(int16(rel))
	}
	if inst.Size > len(code) {
		return Inst{}, false
	}
	n, isString := x86StringOps[in.Op]
	switch {
	case isString:
		inst.Operands = make([]Operand, n)
	case x.isX87():
		inst.Operands = x.x87Operands()
	case x.Op == x86asm.RDRAND && x.Args[0] == nil: // another instruction that x86asm takes for this one
		return Inst{}, false
	default:
		inst.Operands = x.operands()
	}
	return inst, true
}

func isSegmentPrefix(b byte) bool { return b&0xe7 == 0x26 || b == 0x64 || b == 0x65 }

// isVEX reports whether an instruction is one for the tables of forms.
func isVEX(in x86asm.Inst) bool {
	for _, p := range in.Prefix {
		if p.IsVEX() || p.IsEVEX() {
			return true
		}
	}
	return false
}

// isBarePrefix reports whether x86asm gave up behind a prefix, which it then returns as an instruction.
func isBarePrefix(in x86asm.Inst) bool {
	return in.Opcode == 0 && in.Args[0] == nil && in.Len == 1 && in.Prefix[0] != 0
}

// x86 is an instruction as x86asm decodes it.
type x86 struct{ x86asm.Inst }

// byte returns a byte of the opcode. ModRM follows them.
func (x *x86) byte(i int) byte { return byte(x.Opcode >> (24 - 8*i)) }

// one returns the opcode if it is in the one-byte map.
func (x *x86) one() (byte, bool) { return x.byte(0), x.byte(0) != 0x0f }

func (x *x86) isX87() bool { b := x.byte(0); return b&^7 == 0xd8 }

func (x *x86) hasPrefix(is func(x86asm.Prefix) bool) bool {
	for _, p := range x.Prefix {
		if p != 0 && is(p) {
			return true
		}
	}
	return false
}

// narrow reports whether a branch of 64-bit mode has a 16-bit displacement, as LLVM decodes it behind the operand size prefix (and AMD's
// processors do; Intel's ignore the prefix, and so does x86asm, which has to be given two bytes more). REX.W overrides it, but not for
// conditional branches.
func (x *x86) narrow() bool {
	wide := x.hasPrefix(func(p x86asm.Prefix) bool { return p.IsREX() && p&x86asm.PrefixREXW != 0 })
	_, conditional := x.condition()
	return (!wide || conditional) && x.hasPrefix(func(p x86asm.Prefix) bool { return p&0xff == x86asm.PrefixDataSize })
}

// condition returns the condition of Jcc, SETcc and CMOVcc, which is the low four bits of their opcode.
func (x *x86) condition() (byte, bool) {
	if b, ok := x.one(); ok {
		return b & 15, b&0xf0 == 0x70
	}
	b := x.byte(1)
	high := b & 0xf0
	return b & 15, high == 0x40 || high == 0x80 || high == 0x90
}

// implied returns how many of the first arguments the opcode implies, and whether it implies the last one.
func (x *x86) implied() (first int, last bool) {
	b, ok := x.one()
	if !ok {
		switch x.byte(1) {
		case 0xa0, 0xa1, 0xa8, 0xa9: // push and pop of FS and GS
			return 1, false
		case 0xa5, 0xad: // shld and shrd by CL
			return 0, true
		case 0x38: // XMM0
			return 0, x.byte(2) == 0xcb || x.byte(2) == 0x10 || x.byte(2) == 0x14 || x.byte(2) == 0x15
		}
		return 0, false
	}
	switch {
	case b < 0x40 && b&7 >= 4, b == 0xa8, b == 0xa9: // accumulator and immediate; push and pop of segments
		return 1, false
	case b >= 0xa0 && b <= 0xa3: // accumulator and absolute address
		return 1 - int(b>>1&1), b&2 != 0
	case b >= 0xd0 && b <= 0xd3: // shifts by 1 and by CL
		return 0, true
	case b == 0xcc: // int3
		return 1, false
	case b == 0xe4, b == 0xe5: // in
		return 1, false
	case b == 0xe6, b == 0xe7: // out
		return 0, true
	case b >= 0xec && b <= 0xef: // in and out through DX
		return 2, false
	}
	return 0, false
}

// arguments returns what the opcode does not imply.
func (x *x86) arguments() []x86asm.Arg {
	args := x.Args[:]
	for len(args) > 0 && args[len(args)-1] == nil {
		args = args[:len(args)-1]
	}
	first, last := x.implied()
	args = args[min(first, len(args)):]
	if last && len(args) > 0 {
		args = args[:len(args)-1]
	}
	return args
}

// operands returns the operands of what is neither a string nor a floating point stack instruction.
func (x *x86) operands() []Operand {
	args := x.arguments()
	if len(args) == 2 && x.swapped(args) {
		args = []x86asm.Arg{args[1], args[0]}
	}
	var ops []Operand
	for i, arg := range args {
		ops = append(ops, x.operand(arg)...)
		if _, isReg := arg.(x86asm.Reg); i == 0 && isReg {
			ops = append(ops, make([]Operand, x.tied(args))...)
		}
	}
	if c, ok := x.condition(); ok {
		ops = append(ops, immediate(int64(c)))
	}
	return ops
}

// swapped reports whether LLVM's order of two arguments is the other one: the register of xchg and xadd comes before memory, the offset of
// a far pointer before its segment.
func (x *x86) swapped(args []x86asm.Arg) bool {
	switch args[0].(type) {
	case x86asm.Mem:
		return x.Op == x86asm.XCHG || x.Op == x86asm.XADD
	case x86asm.Imm:
		return x.Op == x86asm.LCALL || x.Op == x86asm.LJMP
	}
	return false
}

// tied returns how many operands there are because registers are also read: the first argument, a register, and both of xchg and xadd.
func (x *x86) tied(args []x86asm.Arg) int {
	inMemory := false
	if len(args) > 1 {
		_, inMemory = args[1].(x86asm.Mem)
	}
	short := false // xchg with the accumulator
	if b, ok := x.one(); ok {
		short = b&^7 == 0x90
	}
	switch x.Op {
	case x86asm.IMUL: // that of three arguments only writes, that of one only reads
		return count(len(args) == 2)
	case x86asm.XCHG, x86asm.XADD:
		return count(!short) + count(!short && !inMemory)
	case x86asm.MOVSS, x86asm.MOVSD_XMM: // between registers the upper part is kept
		return count(!inMemory)
	}
	return count(x86Tied()[x.Op.String()])
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (x *x86) operand(arg x86asm.Arg) []Operand {
	switch arg := arg.(type) {
	case x86asm.Imm:
		return []Operand{immediate(x.immediate(int64(arg)))}
	case x86asm.Rel:
		return []Operand{immediate(int64(arg))}
	case x86asm.Mem:
		return x.memory(arg)
	}
	return []Operand{register()}
}

// immediate returns an immediate with the sign that LLVM gives it: those of one byte have one, wider ones only when they are narrower
// than the operation.
func (x *x86) immediate(n int64) int64 {
	switch x.Op {
	case x86asm.RET, x86asm.LRET:
		if x.DataSize == 16 {
			return int64(uint16(n))
		}
		return int64(int16(n))
	case x86asm.ENTER:
		if n == int64(x.Args[1].(x86asm.Imm)) {
			return int64(int8(n))
		}
		return int64(int16(n))
	case x86asm.LCALL, x86asm.LJMP: // the segment of a 32-bit pointer
		if x.DataSize == 32 && n == int64(x.Args[0].(x86asm.Imm)) {
			return int64(int16(n))
		}
		return n
	case x86asm.AAD, x86asm.AAM, x86asm.XABORT:
		return int64(int8(n))
	case x86asm.PUSH:
		if x.Mode == 64 && x.DataSize != 16 {
			return n
		}
	}
	b, ok := x.one()
	switch {
	case ok && x86ByteImmediates[b]:
		return int64(int8(n))
	case ok && x86WideImmediates[b] && x.DataSize == 16:
		return int64(uint16(n))
	case ok && x86WideImmediates[b] && x.DataSize == 32:
		return int64(uint32(n))
	}
	return n
}

// x86ByteImmediates are the opcodes of byte operations with an immediate, x86WideImmediates those whose immediate is as wide as the operands
// (but no wider than 32 bits, except for B8 to BF).
var (
	x86ByteImmediates = opcodes(0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x80, 0x82, 0xa8, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xc6, 0xf6)
	x86WideImmediates = opcodes(0x05, 0x0d, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x68, 0x69, 0x81, 0xa9, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe, 0xbf, 0xc7, 0xf7)
)

func opcodes(list ...byte) (set [256]bool) {
	for _, b := range list {
		set[b] = true
	}
	return set
}

// memory returns base, scale, index, displacement and segment; address and segment for an absolute address.
func (x *x86) memory(m x86asm.Mem) []Operand {
	if b, ok := x.one(); ok && b >= 0xa0 && b <= 0xa3 {
		return []Operand{immediate(m.Disp), register()}
	}
	disp := int64(int32(m.Disp))
	if x.AddrSize == 16 {
		disp = int64(int16(m.Disp))
	}
	return []Operand{register(), immediate(int64(max(m.Scale, 1))), register(), immediate(disp), register()}
}

// x87Operands returns the operands of a floating point stack instruction: memory, or one register beside ST0.
func (x *x86) x87Operands() []Operand {
	if m, ok := x.Args[0].(x86asm.Mem); ok {
		return x.memory(m)
	}
	if x.Args[0] == nil || x.Op == x86asm.FNSTSW {
		return nil
	}
	return []Operand{register()}
}
