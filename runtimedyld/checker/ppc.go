package checker

import "encoding/binary"

var (
	ppcTable               = newTable(ppcWords, nil)
	ppcVectorTable         = newTable(ppcVectorWords, nil)
	ppcPrefixedTable       = newTable(ppcPrefixed, nil)
	ppcVectorPrefixedTable = newTable(ppcVectorPrefixed, nil)
)

// ppcPrefix is the primary opcode of the word with which a prefixed instruction begins.
const ppcPrefix = 1

// decodePPC decodes one instruction of Power, of one word or, behind a prefix, two.
func decodePPC(code []byte, order binary.ByteOrder) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	word := uint64(order.Uint32(code))
	if word>>26 != ppcPrefix {
		return lookup(word, 4, ppcTable, ppcVectorTable)
	}
	if len(code) < 8 {
		return Inst{}, false
	}
	return lookup(word<<32|uint64(order.Uint32(code[4:])), 8, ppcPrefixedTable, ppcVectorPrefixedTable)
}
