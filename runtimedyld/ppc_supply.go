package runtimedyld

import (
	"strconv"
	"strings"
)

// Functions that save and restore registers for others, which compilers call with -Os (V2 ABI, 2.3.3 "Register Save and Restore Functions": "provided by the
// linker"; with 32 bits they are in libgcc, which an engine may not have). A name has the first of the registers, of which all up to 31 are meant; "_x" is for those that return for their callers, too.

// Their instructions: registers are in bits 21 to 25, base registers in 16 to 20.
const (
	ppcStd    = 0xf8000000
	ppcLd     = 0xe8000000
	ppcStfd   = 0xd8000000
	ppcLfd    = 0xc8000000
	ppcStw    = 0x90000000
	ppcLwz    = 0x80000000
	ppcStvx   = 0x7c0001ce // to a register plus r0
	ppcLvx    = 0x7c0000ce
	ppcLi     = 0x38000000
	ppcStdLR  = 0xf8010010 // std r0,16(r1): the caller has moved the link register to r0
	ppcLdLR   = 0xe8010010
	ppcMtlrR0 = 0x7c0803a6
	ppcBlr    = 0x4e800020
	ppcLwzLR  = 0x800b0004 // lwz r0,4(r11)
	ppcMrR1   = 0x7d615b78 // mr r1,r11
)

// A ppcSave is a family of such functions.
type ppcSave struct {
	prefix, suffix string // of their names
	op             uint32 // of each register
	base           uint32 // register behind whose address the registers are saved, or of vectors that which has the distance from r0
	first          int    // the first register that is saved across calls
	size           int    // of a register; 16 are vectors
	end            []uint32
}

// ppc64Saves and ppcSaves are the families.
var ppc64Saves = []ppcSave{
	{"_savegpr0_", "", ppcStd, 1, 14, 8, []uint32{ppcStdLR, ppcBlr}},
	{"_restgpr0_", "", ppcLd, 1, 14, 8, []uint32{ppcLdLR, ppcMtlrR0, ppcBlr}},
	{"_savegpr1_", "", ppcStd, 12, 14, 8, []uint32{ppcBlr}},
	{"_restgpr1_", "", ppcLd, 12, 14, 8, []uint32{ppcBlr}},
	{"_savefpr_", "", ppcStfd, 1, 14, 8, []uint32{ppcStdLR, ppcBlr}},
	{"_restfpr_", "", ppcLfd, 1, 14, 8, []uint32{ppcLdLR, ppcMtlrR0, ppcBlr}},
	{"_savevr_", "", ppcStvx, 12, 20, 16, []uint32{ppcBlr}},
	{"_restvr_", "", ppcLvx, 12, 20, 16, []uint32{ppcBlr}},
}

var ppcSaves = []ppcSave{
	{"_savegpr_", "", ppcStw, 11, 14, 4, []uint32{ppcBlr}},
	{"_restgpr_", "", ppcLwz, 11, 14, 4, []uint32{ppcBlr}},
	{"_restgpr_", "_x", ppcLwz, 11, 14, 4, []uint32{ppcLwzLR, ppcMtlrR0, ppcMrR1, ppcBlr}},
	{"_savefpr_", "", ppcStfd, 11, 14, 8, []uint32{ppcBlr}},
	{"_restfpr_", "", ppcLfd, 11, 14, 8, []uint32{ppcBlr}},
	{"_restfpr_", "_x", ppcLfd, 11, 14, 8, []uint32{ppcLwzLR, ppcMtlrR0, ppcMrR1, ppcBlr}},
	{"_savevr_", "", ppcStvx, 11, 20, 16, []uint32{ppcBlr}},
	{"_restvr_", "", ppcLvx, 11, 20, 16, []uint32{ppcBlr}},
}

func ppc64Supply(name string) []uint32 { return ppcSupply(ppc64Saves, name) }
func ppc32Supply(name string) []uint32 { return ppcSupply(ppcSaves, name) }

// ppcSupply returns the instructions of such a function, or nil.
func ppcSupply(families []ppcSave, name string) []uint32 {
	for i := range families {
		s := &families[i]
		rest, ok := strings.CutPrefix(name, s.prefix)
		rest, ends := strings.CutSuffix(rest, s.suffix)
		if !ok || !ends {
			continue
		}
		if from, err := strconv.Atoi(rest); err == nil && from >= s.first && from <= 31 {
			return s.code(from)
		}
	}
	return nil
}

// code returns the function for the registers from one on.
func (s *ppcSave) code(from int) (code []uint32) {
	for r := from; r <= 31; r++ {
		op, distance := s.op|uint32(r)<<21|s.base<<16, uint32(-s.size*(32-r))&0xffff
		if s.size == 16 {
			code = append(code, ppcLi|s.base<<21|distance, op)
			continue
		}
		code = append(code, op|distance)
	}
	return append(code, s.end...)
}
