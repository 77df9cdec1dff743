package rtdyld

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// sectionTypes are the relocation types that mean the number of a symbol's section ("PE Format", "Type Indicators").
var sectionTypes = map[objimage.Arch]uint32{objimage.ArchX86_64: 0x0a, objimage.ArchI386: 0x0a, objimage.ArchAArch64: 0x0d, objimage.ArchARM: 0x0e}

// armAddr32NB is IMAGE_REL_ARM_ADDR32NB, an address relative to the image.
const armAddr32NB = 2

// numberSections stores the numbers that sections have in LLVM's tool, where COFF has numbers of sections: from 0 on, through all inputs, in the order in which they are loaded. The linker stores
// those of the file, from 1 on. Rules of LLVM's own suite ask for the former (COFF_i386.s, COFF_Thumb.s).
func (l *linked) numberSections() error {
	first := 0
	for i, in := range l.inputs {
		numbers := l.loadOrder(i, first)
		first += len(numbers)
		if in.img.Format() != objimage.COFF {
			continue
		}
		syms, err := symbolsOf(in.img)
		if err != nil {
			return err
		}
		l.eachReloc(i, func(b *block, r *objimage.Reloc) {
			y, place := &syms[r.Sym], b.section.Mem[r.Offset:]
			switch {
			case y.Place != objimage.PlaceSection:
			case r.Type == sectionTypes[in.img.Arch()]:
				binary.LittleEndian.PutUint16(place, uint16(numbers[int(y.Section)]))
			case r.Type == armAddr32NB && modeBit(in.img, y) != 0: // which LLVM leaves out
				binary.LittleEndian.PutUint32(place, binary.LittleEndian.Uint32(place)-1)
			}
		})
	}
	return nil
}

// loadOrder returns the numbers of an input's sections, by their numbers in the file.
func (l *linked) loadOrder(input, first int) map[int]int {
	blocks := slices.Clone(l.memory.blocks)
	blocks = slices.DeleteFunc(blocks, func(b *block) bool { return b.module != l.objects[input].ID() || b.section.Index <= 0 })
	slices.SortStableFunc(blocks, func(a, b *block) int { return cmp.Compare(a.rank, b.rank) })
	numbers := map[int]int{}
	for i, b := range blocks {
		numbers[b.section.Index] = first + i
	}
	return numbers
}

// eachReloc calls f for each relocation of an input's loaded sections.
func (l *linked) eachReloc(input int, f func(b *block, r *objimage.Reloc)) {
	img := l.inputs[input].img
	for i := 1; i < img.NumSections(); i++ {
		target, n, _, ok := img.RelocTarget(i)
		b := l.blockOf(input, target)
		if !ok || b == nil {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		for _, r := range relocs[:img.Relocs(i, 0, relocs)] {
			f(b, &r)
		}
	}
}
