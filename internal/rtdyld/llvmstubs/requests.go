package llvmstubs

import (
	"debug/macho"

	"github.com/gomcjit/gomcjit/objimage"
)

// view is what requests are found from.
type view interface {
	Format() objimage.Format
	Arch() objimage.Arch
	Bits() int
	Machine() uint32
	ELFFlags() uint32
	NumSections() int
	Section(i int) objimage.Section
	SectionName(i int) []byte
	RelocTarget(i int) (target, n int, implicitAddend, ok bool)
	Relocs(i, from int, dst []objimage.Reloc) int
}

// Requests returns what RuntimeDyld asks for, by section, for an objimage.Object, or for what a memory manager is given of one; nil if that is neither, or its architecture is not known.
func Requests(sections any) []Request {
	img, ok := sections.(view)
	if !ok {
		return nil
	}
	if m := machineOf(img); m != nil {
		return m.requests(img)
	}
	return nil
}

// requests returns what RuntimeDyld asks for, by section: for the section, for a stub for each relocation that may need one, and for what aligns stubs.
func (m *machine) requests(img view) []Request {
	stubs := m.room(img)
	list := make([]Request, img.NumSections())
	for i := range list {
		s := img.Section(i)
		size := s.Size
		if m.frameEnd && string(img.SectionName(i)) == ".eh_frame" {
			size += 4
		}
		if s.Type == 0 {
			s.Align = 0 // as the file has it
		}
		align, room := max(s.Align, 1), stubs[i]
		if m.size > 0 {
			if end := (s.Size | s.Align) & -(s.Size | s.Align); m.align > end {
				room += m.align - end
			}
		}
		if room > 0 {
			align = max(align, m.align)
			room += m.align - 1
		}
		list[i] = Request{max(size+room, 1), align}
	}
	return list
}

// room returns by section how many bytes stubs may need.
func (m *machine) room(img view) []uint64 {
	stubs := make([]uint64, img.NumSections())
	for i := range stubs {
		target, n, _, ok := img.RelocTarget(i)
		if !ok || img.Format() == objimage.MachO && isIndirect(img.Section(target).RawFlags) {
			continue
		}
		unwind := img.Format() == objimage.MachO && img.Arch() == objimage.ArchX86_64 && string(img.SectionName(target)) == "__eh_frame"
		relocs := make([]objimage.Reloc, n)
		for _, r := range relocs[:img.Relocs(i, 0, relocs)] {
			if !m.direct[r.Type] && !(unwind && isDifference(r.Type)) {
				stubs[target] += m.size
				if m.addends && r.Addend != 0 && r.Type&machoTypeMask != 0 {
					stubs[target] += m.size // addends of instructions are relocations of their own
				}
			}
		}
	}
	return stubs
}

// isDifference says whether a relocation of Mach-O for x86-64 is one of a pair that means a difference (<mach-o/x86_64/reloc.h>). Compilers write none for unwind tables; those are the reader's.
func isDifference(typ uint32) bool {
	return typ&machoTypeMask == uint32(macho.X86_64_RELOC_UNSIGNED) || typ&machoTypeMask == uint32(macho.X86_64_RELOC_SUBTRACTOR)
}

const machoTypeMask = 15 // ARM64_RELOC_UNSIGNED is 0

// isIndirect says whether a section of Mach-O has pointers or jumps, of which a table of symbols tells and no relocation: S_NON_LAZY_SYMBOL_POINTERS and the two behind it in <mach-o/loader.h>.
func isIndirect(flags uint64) bool { return flags&0xff >= 6 && flags&0xff <= 8 }
