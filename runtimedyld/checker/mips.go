package checker

import (
	"encoding/binary"
	"strings"
)

var mipsFuncs = map[string]func(uint64) int64{
	"insertSize":   insertSize,
	"insertSize64": func(w uint64) int64 { return int64(uint32(insertSize(w))) },
	"insertSizeM":  func(w uint64) int64 { return insertSize(w) + 32 },
}

var (
	mips32Table   = newTable(mipsWords+mipsOldWords+mips32OldWords, mipsFuncs)
	mips64Table   = newTable(mipsWords+mipsOldWords+mips64Words+mipsFP64Words+mips64OldWords, mipsFuncs)
	mips32R6Table = newTable(mipsWords+mipsR6Words+mipsFP64Words+mips32R6Words, mipsFuncs)
	mips64R6Table = newTable(mipsWords+mipsR6Words+mipsFP64Words+mips64Words+mips64R6Words, mipsFuncs)
)

// decodeMips decodes one instruction of MIPS, not of MIPS16 or microMIPS.
func decodeMips(code []byte, order binary.ByteOrder, bits int, cpu string) (Inst, bool) {
	if len(code) < 4 {
		return Inst{}, false
	}
	table, r6 := mips32Table, mips32R6Table
	if bits == 64 {
		table, r6 = mips64Table, mips64R6Table
	}
	if strings.HasSuffix(cpu, "r6") {
		table = r6
	}
	return lookup(uint64(order.Uint32(code)), 4, table)
}

// insertSize returns the size of the field of ins and of its 64-bit relatives, which encode its last bit and its first one. LLVM has no sign
// for what the latter make of a field that ends before it begins.
func insertSize(word uint64) int64 { return int64(word>>11&31) - int64(word>>6&31) + 1 }
