package checker

import "encoding/binary"

var (
	microMIPSTable       = newTable(microMIPSWords+microMIPSOldWords+microMIPSFP32Words, microMIPSFuncs)
	microMIPS64Table     = newTable(microMIPSWords+microMIPSOldWords+microMIPSFP64Words+microMIPSOldFP64Words, microMIPSFuncs)
	microMIPSR6Table     = newTable(microMIPSWords+microMIPSR6Words+microMIPSFP64Words, microMIPSFuncs)
	microMIPSHalfTable   = newTable(microMIPSHalves+microMIPSOldHalves, microMIPSFuncs)
	microMIPSR6HalfTable = newTable(microMIPSHalves+microMIPSR6Halves, microMIPSFuncs)
)

var microMIPSFuncs = map[string]func(uint64) int64{
	"insertSize": insertSize,
	"andMask":    func(w uint64) int64 { return microMIPSMasks[w&15] },
	"saved":      func(w uint64) int64 { return int64(w >> 21 & 15) },
	"saved16":    func(w uint64) int64 { return int64(w>>4&3) + 2 }, // ra among them
	"saved16R6":  func(w uint64) int64 { return int64(w>>8&3) + 2 },
	"offset2":    func(w uint64) int64 { return int64(uint32(int16(w))*2) + 4 }, // LLVM has no sign for these
	"offset4":    func(w uint64) int64 { return int64(uint32(int16(w))*4) + 4 },
}

// microMIPSMasks are the immediates of andi16.
var microMIPSMasks = [16]int64{128, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 255, 32768, 65535}

// decodeMicroMIPS decodes one instruction of microMIPS, which is of 16 bits where the lower three bits of its opcode are 1, 2 or 3.
func decodeMicroMIPS(code []byte, order binary.ByteOrder, bits int, r6 bool) (Inst, bool) {
	if len(code) < 2 {
		return Inst{}, false
	}
	half := uint64(order.Uint16(code))
	if kind := half >> 10 & 7; kind >= 1 && kind <= 3 {
		if r6 {
			return lookup(half, 2, microMIPSR6HalfTable)
		}
		return lookup(half, 2, microMIPSHalfTable)
	}
	if len(code) < 4 {
		return Inst{}, false
	}
	word := half<<16 | uint64(order.Uint16(code[2:]))
	switch {
	case r6:
		return lookup(word, 4, microMIPSR6Table)
	case bits == 64:
		return lookup(word, 4, microMIPS64Table)
	}
	return lookup(word, 4, microMIPSTable)
}
