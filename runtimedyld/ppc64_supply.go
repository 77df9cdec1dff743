package runtimedyld

import (
	"strconv"
	"strings"
)

// Functions that save and restore registers for others, which compilers call with -Os (V2 ABI, 2.3.3 "Register Save and Restore Functions": "provided by the
// linker"). A name ends in the first of the registers, of which all up to 31 are meant.

// Their instructions: registers are in bits 21 to 25, base registers in 16 to 20.
const (
	ppcStd    = 0xf8000000
	ppcLd     = 0xe8000000
	ppcStfd   = 0xd8000000
	ppcLfd    = 0xc8000000
	ppcStvx   = 0x7c0c01ce // to r12 plus r0
	ppcLvx    = 0x7c0c00ce
	ppcLiR12  = 0x39800000
	ppcStdLR  = 0xf8010010 // std r0,16(r1): the caller has moved the link register to r0
	ppcLdLR   = 0xe8010010
	ppcMtlrR0 = 0x7c0803a6
	ppcBlr    = 0x4e800020
)

// ppcSaves are the families of functions, by the beginnings of their names.
var ppcSaves = []struct {
	prefix string
	op     uint32 // of each register
	base   uint32 // register behind whose address the registers are saved
	first  int    // the first register that is saved across calls
	end    []uint32
}{
	{"_savegpr0_", ppcStd, 1, 14, []uint32{ppcStdLR, ppcBlr}},
	{"_restgpr0_", ppcLd, 1, 14, []uint32{ppcLdLR, ppcMtlrR0, ppcBlr}},
	{"_savegpr1_", ppcStd, 12, 14, []uint32{ppcBlr}},
	{"_restgpr1_", ppcLd, 12, 14, []uint32{ppcBlr}},
	{"_savefpr_", ppcStfd, 1, 14, []uint32{ppcStdLR, ppcBlr}},
	{"_restfpr_", ppcLfd, 1, 14, []uint32{ppcLdLR, ppcMtlrR0, ppcBlr}},
	{"_savevr_", ppcStvx, 0, 20, []uint32{ppcBlr}},
	{"_restvr_", ppcLvx, 0, 20, []uint32{ppcBlr}},
}

// ppc64Supply returns the instructions of such a function, or nil.
func ppc64Supply(name string) []uint32 {
	for _, s := range ppcSaves {
		rest, ok := strings.CutPrefix(name, s.prefix)
		if !ok {
			continue
		}
		from, err := strconv.Atoi(rest)
		if err != nil || from < s.first || from > 31 {
			return nil
		}
		var code []uint32
		for r := from; r <= 31; r++ {
			if s.base == 0 { // vectors: r0 is the base
				code = append(code, ppcLiR12|uint32(-16*(32-r))&0xffff, s.op|uint32(r)<<21)
				continue
			}
			code = append(code, s.op|uint32(r)<<21|s.base<<16|uint32(-8*(32-r))&0xffff)
		}
		return append(code, s.end...)
	}
	return nil
}
