package checker

import "strings"

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

	mipsMSA32Table   = newTable(mipsMSAWords+mipsOldMSAWords, nil)
	mipsMSA32R6Table = newTable(mipsMSAWords, nil)
	mipsMSA64Table   = newTable(mipsMSAWords+mipsOldMSAWords+mips64MSAWords+mips64OldMSAWords, nil)
	mipsMSA64R6Table = newTable(mipsMSAWords+mips64MSAWords, nil)

	mipsModule32Table   = newTable(mipsModuleWords+mipsOldModuleWords, nil)
	mipsModule32R6Table = newTable(mipsModuleWords+mipsR6ModuleWords, nil)
	mipsModule64Table   = newTable(mipsModuleWords+mipsOldModuleWords+mips64ModuleWords, nil)
	mipsModule64R6Table = newTable(mipsModuleWords+mipsR6ModuleWords+mips64ModuleWords+mips64R6ModuleWords, nil)
)

// decodeMips decodes one instruction of MIPS, in standard or compressed code.
func decodeMips(t Target, mode Mode, code []byte, bits int) (Inst, bool) {
	r6 := strings.HasSuffix(t.CPU, "r6")
	switch {
	case mode == ModeMicroMIPS:
		return decodeMicroMIPS(code, t.order(), bits, r6)
	case mode == ModeMIPS16:
		return decodeMIPS16(code, t.order())
	case len(code) < 4:
		return Inst{}, false
	}
	word := uint64(t.order().Uint32(code))
	switch {
	case bits == 64 && r6:
		return lookup(word, 4, mips64R6Table, mipsMSA64R6Table, mipsModule64R6Table)
	case bits == 64:
		return lookup(word, 4, mips64Table, mipsMSA64Table, mipsModule64Table)
	case r6:
		return lookup(word, 4, mips32R6Table, mipsMSA32R6Table, mipsModule32R6Table)
	}
	return lookup(word, 4, mips32Table, mipsMSA32Table, mipsModule32Table)
}

// insertSize returns the size of the field of ins and of its 64-bit relatives, which encode its last bit and its first one. LLVM has no sign
// for what the latter make of a field that ends before it begins.
func insertSize(word uint64) int64 { return int64(word>>11&31) - int64(word>>6&31) + 1 }
