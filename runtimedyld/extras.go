package runtimedyld

import (
	"debug/elf"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Sections that a program does not have in memory, debug information above all. Some clients want to see them where the rest of the object is, linked as if for a program: addresses of code and data are
// those of the target, and what refers to another such section is an offset in it, as in every file of DWARF (DWARF 5, 7.4).

// SetProcessAllSections says whether objects that are loaded from now on have memory for all their sections: LLVM's function of that name. What a program does not have in memory is read-only data then, and the
// memory manager is asked for it with the rest. It has to be called before the linker is used by several goroutines.
func (d *RuntimeDyld) SetProcessAllSections(on bool) { d.allSections = on }

// shtMipsDwarf is SHT_MIPS_DWARF, the type of debug sections on Mips.
const shtMipsDwarf = 0x7000001e

// isExtra says whether a section is one that a program does not have in memory and that has contents of its own: no table of the file. Compressed ones are left out.
func isExtra(s *objimage.Section) bool {
	const never = objimage.SectionAlloc | objimage.SectionExclude | objimage.SectionCompressed | objimage.SectionZeroFill
	return s.Flags&never == 0 && s.Size > 0 && (s.Type == uint32(elf.SHT_PROGBITS) || s.Type == shtMipsDwarf)
}

func (p *plan) isExtra(section uint32) bool {
	s := p.img.Section(int(section))
	return isExtra(&s)
}

// planExtra asks for memory for a section that a program does not have there.
func (p *plan) planExtra(s *objimage.Section) {
	p.debug = p.debug || isDebug(p.img, s)
	p.files = append(p.files, uint32(s.Index))
	p.extents = append(p.extents, extent{offset: s.Offset, size: s.Size})
	p.requests = append(p.requests, memmgr.Section{Index: s.Index, Kind: memmgr.ROData, Size: s.Size, Align: s.Align})
	p.loaded[s.Index] = uint32(len(p.requests))
}

// writeExtras brings such sections to what is in the file, and applies their relocations.
func (f *fixer) writeExtras() {
	relocate := f.o.debugRelocator()
	for i := range f.o.extras {
		table := &f.o.extras[i]
		k := f.o.sectionIndex(int(table.Target))
		e := &f.o.layout.extents[k]
		mem := f.o.mem(k, e.size)
		copy(mem, f.o.img.Contents(e.offset, e.size))
		relocate(table, mem)
	}
}
