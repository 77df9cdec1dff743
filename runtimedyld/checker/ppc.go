package checker

import "encoding/binary"

var (
	ppcTable               = newTable(ppcWords+ppcSystemWords, nil)
	ppcVectorTable         = newTable(ppcVectorWords, nil)
	ppcPrefixedTable       = newTable(ppcPrefixed, nil)
	ppcSPETable            = newTable(ppcSPEWords, nil)
	ppcVectorPrefixedTable = newTable(ppcVectorPrefixed+ppcBlends, nil)
)

// ppcPrefix is the primary opcode of the word with which a prefixed instruction begins.
const ppcPrefix = 1

// ppcSPE is the processor that has SPE, whose encodings are partly those of VMX elsewhere.
const ppcSPE = "e500"

// decodePPC decodes one instruction of Power, of one word or, behind a prefix, two.
func decodePPC(code []byte, order binary.ByteOrder, cpu string) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	word := uint64(order.Uint32(code))
	if cpu == ppcSPE {
		if inst, ok := lookup(word, 4, ppcSPETable); ok {
			return inst, true
		}
	}
	if word>>26 != ppcPrefix {
		return lookup(word, 4, ppcTable, ppcVectorTable)
	}
	if len(code) < 8 {
		return Inst{}, false
	}
	return lookup(word<<32|uint64(order.Uint32(code[4:])), 8, ppcPrefixedTable, ppcVectorPrefixedTable)
}
