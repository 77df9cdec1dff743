package runtimedyld

import (
	"debug/elf"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// Objects that are written in assembly put calls into .init and .fini, pieces of functions that linkers make of the pieces of all objects: crti.o has the
// beginnings, crtn.o the ends (System V ABI, 5.2 "Initialization and Termination Functions"). Here each piece becomes a function of its own: behind
// it come an end, and an entry that makes a frame and jumps to the piece.

// maxFragment is the largest section, in bytes, that is taken for such a piece: an entry reaches its beginning.
const maxFragment = 1 << 20

// fragmentRole returns the role of a section of code.
func fragmentRole(img *objimage.Object, s *objimage.Section) Role {
	if elf.SectionType(s.Type) != elf.SHT_PROGBITS || s.Size == 0 || s.Size > maxFragment {
		return RoleNone
	}
	if head := img.NameHead(s); head != [3]byte{'.', 'i', 'n'} && head != [3]byte{'.', 'f', 'i'} {
		return RoleNone
	}
	if a := archOf(img); a == nil || a.endFragment == nil {
		return RoleNone
	}
	switch string(img.NameOf(s)) {
	case ".init":
		return RoleInitCode
	case ".fini":
		return RoleFiniCode
	}
	return RoleNone
}

const fragmentRoles = 1<<RoleInitCode | 1<<RoleFiniCode

// endFragments writes what comes behind the pieces.
func (o *Object) endFragments() {
	for k := range o.layout.extents {
		s := o.img.Section(int(o.sections[k].file))
		if Roles(0).With(RoleOf(o.img, &s))&fragmentRoles != 0 {
			o.arch.endFragment(o.mem(k, s.Size+o.arch.fragmentEnd)[s.Size:], s.Size)
		}
	}
}

// FragmentEntry returns the address of the function that the linker has made of a section with RoleInitCode or RoleFiniCode, which RoleSections returned.
func (o *Object) FragmentEntry(s *objimage.Section) executor.Addr {
	return executor.Addr(o.loadAddr(o.sectionIndex(s.Index)) + s.Size + o.arch.fragmentEntry)
}
