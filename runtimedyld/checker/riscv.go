package checker

import "encoding/binary"

var (
	riscv32Table           = newTable(riscvWords, nil)
	riscv64Table           = newTable(riscv64Words, nil)
	riscv32VectorTable     = newTable(riscvVectorWords+riscv32VectorWords, nil)
	riscv64VectorTable     = newTable(riscvVectorWords+riscv64VectorWords, nil)
	riscv32BitTable        = newTable(riscvBitWords+riscv32BitWords, nil)
	riscv64BitTable        = newTable(riscvBitWords+riscv64BitWords, nil)
	riscv32LaterTable      = newTable(riscvLaterWords+riscv32LaterWords, nil)
	riscv64LaterTable      = newTable(riscvLaterWords+riscv64LaterWords, nil)
	riscv32LaterHalfTable  = newTable(riscvLaterHalves, nil)
	riscv64LaterHalfTable  = newTable(riscvLaterHalves+riscv64LaterHalves, nil)
	riscvCompressedTable   = newTable(riscvHalves, map[string]func(uint64) int64{"upper": riscvUpper})
	riscv32CompressedTable = newTable(riscv32Halves, nil)
	riscv64CompressedTable = newTable(riscv64Halves, nil)
)

// decodeRISCV decodes one instruction of RV32 or RV64, which is of 16 bits unless its lowest two are set.
func decodeRISCV(code []byte, bits int) (Inst, bool) {
	if len(code) < 2 {
		return Inst{}, false
	}
	if code[0]&3 != 3 {
		half := uint64(binary.LittleEndian.Uint16(code))
		if bits == 32 {
			return lookup(half, 2, riscv32CompressedTable, riscvCompressedTable, riscv32LaterHalfTable)
		}
		return lookup(half, 2, riscv64CompressedTable, riscvCompressedTable, riscv64LaterHalfTable)
	}
	if len(code) < 4 {
		return Inst{}, false
	}
	word := uint64(binary.LittleEndian.Uint32(code))
	if bits == 32 {
		return lookup(word, 4, riscv32Table, riscv32VectorTable, riscv32LaterTable, riscv32BitTable)
	}
	return lookup(word, 4, riscv64Table, riscv32Table, riscv64VectorTable, riscv64LaterTable, riscv64BitTable)
}

// riscvUpper returns the immediate of c.lui, which is signed and shown as the 20 bits of lui.
func riscvUpper(half uint64) int64 {
	low := int64(half >> 2 & 31)
	if half>>12&1 != 0 {
		low |= 0xfffe0
	}
	return low
}
