package rtdyld

import (
	"cmp"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// modes are where the code of an ARM object changes between ARM and Thumb, which mapping symbols say ("ELF for the Arm Architecture", 5.5.5): $a and $t, in order of
// section and offset.
type modes []modeChange

type modeChange struct {
	section uint32
	offset  uint64
	mode    checker.Mode
}

func isARM(img *objimage.Object) bool {
	return img.Arch() == objimage.ArchARM || img.Arch() == objimage.ArchARMEB
}

func isMIPS(img *objimage.Object) bool {
	switch img.Arch() {
	case objimage.ArchMips, objimage.ArchMipsel, objimage.ArchMips64, objimage.ArchMips64el:
		return img.Format() == objimage.ELF
	}
	return false
}

func modesOf(img *objimage.Object, syms []objimage.Symbol) (list modes) {
	if !isARM(img) {
		return nil
	}
	for i := range syms {
		name, _, _ := strings.Cut(string(img.SymbolName(&syms[i])), ".")
		if mode, ok := mappingModes[name]; ok {
			list = append(list, modeChange{syms[i].Section, syms[i].Value, mode})
		}
	}
	slices.SortStableFunc(list, func(a, b modeChange) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.offset, b.offset))
	})
	return list
}

var mappingModes = map[string]checker.Mode{"$a": checker.ModeARM, "$t": checker.ModeThumb}

// at returns the mode of the code at a place.
func (m modes) at(section uint32, offset uint64) checker.Mode {
	mode := checker.ModeTarget
	for _, c := range m {
		if c.section == section && c.offset <= offset {
			mode = c.mode
		}
	}
	return mode
}

// modeBit returns the bit of a function's value that is no part of its address, but says that it is Thumb, microMIPS or MIPS16.
func modeBit(img *objimage.Object, y *objimage.Symbol) uint64 {
	if img.Format() == objimage.COFF { // all code for ARM is Thumb's
		if img.Arch() == objimage.ArchARM && y.Place == objimage.PlaceSection && img.Section(int(y.Section)).Flags&objimage.SectionExec != 0 {
			return 1
		}
		return 0
	}
	function := y.Type == objimage.TypeFunc || y.Type == objimage.TypeIFunc
	if function && isARM(img) || isMIPS(img) && (function || objimage.IsMIPSCompressed(y.Other)) {
		return 1
	}
	return 0
}
