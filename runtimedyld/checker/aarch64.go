package checker

import "encoding/binary"

var (
	aarch64Table         = newTable(aarch64Words+aarch64NewerWords, nil)
	aarch64VectorTable   = newTable(aarch64VectorWords, nil)
	aarch64ScalableTable = newTable(aarch64ScalableWords, nil)
)

// decodeAArch64 decodes one instruction. They are little-endian words whatever the order of data.
func decodeAArch64(code []byte) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	return lookup(uint64(binary.LittleEndian.Uint32(code)), 4, aarch64Table, aarch64VectorTable, aarch64ScalableTable)
}
