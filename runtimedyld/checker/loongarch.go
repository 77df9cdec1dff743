package checker

import "encoding/binary"

var (
	loongarchTable       = newTable(loongarchWords, nil)
	loongarchVectorTable = newTable(loongarchVectorWords+loongarchWideWords+loongarchMoreWords, nil)
)

// decodeLoongArch decodes one instruction of LoongArch 64.
func decodeLoongArch(code []byte) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	return lookup(uint64(binary.LittleEndian.Uint32(code)), 4, loongarchTable, loongarchVectorTable)
}
