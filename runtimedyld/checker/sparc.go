package checker

import "encoding/binary"

var (
	sparcTable    = newTable(sparcWords, map[string]func(uint64) int64{"simm13": sparcImmediate})
	sparcVISTable = newTable(sparcVISWords, nil)
)

// decodeSparc decodes one instruction of SPARC V9.
func decodeSparc(code []byte) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	return lookup(uint64(binary.BigEndian.Uint32(code)), 4, sparcTable, sparcVISTable)
}

// sparcImmediate returns the 13-bit immediate, which LLVM extends to 32 bits.
func sparcImmediate(word uint64) int64 { return int64(uint32(int32(word<<19) >> 19)) }
