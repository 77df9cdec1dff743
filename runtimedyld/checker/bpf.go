package checker

import "encoding/binary"

var (
	bpfTable   = newTable(bpfDoubles, nil)
	bpf32Table = newTable(bpfDoubles32, nil)
)

// bpfLoad64 is the opcode of the one instruction of BPF that has two halves, each with 32 bits of its immediate.
const bpfLoad64 = 0x18

// decodeBPF decodes one instruction. Its fields have the same places in both byte orders, but for the two registers, which are no
// immediates: it is read as if it were little-endian.
func decodeBPF(code []byte, order binary.ByteOrder) (Inst, bool) {
	if len(code) < 8 {
		return Inst{}, false
	}
	immediate32 := func(half []byte) uint64 { return uint64(order.Uint32(half[4:])) }
	if code[0] == bpfLoad64 {
		if len(code) < 16 {
			return Inst{}, false
		}
		value := immediate(int64(immediate32(code[8:])<<32 | immediate32(code)))
		return Inst{Name: "LD_imm64", Size: 16, Operands: []Operand{register(), value}}, true
	}
	registers := uint64(code[1])
	if order == binary.BigEndian {
		registers = registers>>4 | registers<<4&0xf0
	}
	return lookup(uint64(code[0])|registers<<8|uint64(order.Uint16(code[2:]))<<16|immediate32(code)<<32, 8, bpfTable, bpf32Table)
}
