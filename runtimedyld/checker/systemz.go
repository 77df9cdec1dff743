package checker

import "encoding/binary"

var (
	systemzHalvesTable = newTable(systemzHalves, nil)
	systemzWordsTable  = newTable(systemzWords+systemzDecimalWords+systemzNewWords, nil)
	systemzLongTable   = newTable(systemzLong+systemzDecimalLong, nil)
	systemzVectorTable = newTable(systemzVectors+systemzNewLong, nil)
)

// decodeSystemZ decodes one instruction, whose first two bits tell its length: 00 two bytes, 01 and 10 four, 11 six.
func decodeSystemZ(code []byte) (Inst, bool) {
	if len(code) < 2 {
		return Inst{}, false
	}
	half := uint64(binary.BigEndian.Uint16(code))
	switch half >> 14 {
	case 0:
		return lookup(half, 2, systemzHalvesTable)
	case 3:
		if len(code) < 6 {
			return Inst{}, false
		}
		return lookup(half<<32|uint64(binary.BigEndian.Uint32(code[2:])), 6, systemzLongTable, systemzVectorTable)
	}
	if len(code) < 4 {
		return Inst{}, false
	}
	return lookup(uint64(binary.BigEndian.Uint32(code)), 4, systemzWordsTable)
}
