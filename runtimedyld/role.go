package runtimedyld

import (
	"bytes"
	"debug/elf"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// A Role is what a section is for beyond being in memory: whoever runs the code has to do something with it when the code begins or ends to be used.
// Roles go by name, as linkers have them, and so serve objects whose compilers do not know the section types.
type Role uint8

// The roles.
const (
	RoleNone         Role = iota
	RoleFrames            // .eh_frame, __eh_frame: how to unwind (LSB, "Exception Frames"). The linker puts a zero word behind it, which ends the table
	RolePreinit           // .preinit_array: functions to be run before all others (gABI, "Initialization and Termination Functions")
	RoleInit              // .init_array and .init_array.N, __mod_init_func: constructors
	RoleFini              // .fini_array and .fini_array.N, __mod_term_func: destructors
	RoleCtors             // .ctors and .ctors.N: constructors as they were before, to be run from the end to the start
	RoleDtors             // .dtors and .dtors.N: destructors as they were before, to be run from the start to the end
	RoleInitCode          // .init: a piece of a function that is run before the constructors but after .preinit_array
	RoleFiniCode          // .fini: a piece of a function that is run after the destructors
	RoleFunctions         // .pdata and .pdata$NAME of COFF: which functions have unwind information. See Object.FunctionTable
	RoleCRTInit           // .CRT$XI* and .CRT$XC* of COFF: functions to be run when the code begins to be used, in the order of the sections' names
	RoleCRTTerm           // .CRT$XP* and .CRT$XT* of COFF: functions to be run when the code ends to be used, in the order of the sections' names
	RoleTLSCallbacks      // .CRT$XL* of COFF: functions that are told of both, before the others and after them (PIMAGE_TLS_CALLBACK), in the order of the sections' names
)

// roleNames are the sections that have a role. But for the first, the name may go on with a dot and a priority.
var roleNames = [...]struct {
	name []byte
	role Role
}{
	{[]byte(".eh_frame"), RoleFrames},
	{[]byte(".init_array"), RoleInit},
	{[]byte(".fini_array"), RoleFini},
	{[]byte(".ctors"), RoleCtors},
	{[]byte(".dtors"), RoleDtors},
	{[]byte(".preinit_array"), RolePreinit},
}

// shtUnwind is the type that LLVM gives .eh_frame (psABI 4.2.1, SHT_X86_64_UNWIND).
const shtUnwind = 0x70000001

// RoleOf returns the role of a section of an object.
func RoleOf(img *objimage.Object, s *objimage.Section) Role {
	switch s.Flags & (objimage.SectionAlloc | objimage.SectionExec | objimage.SectionMerge) {
	case objimage.SectionAlloc:
	case objimage.SectionAlloc | objimage.SectionExec:
		return fragmentRole(img, s)
	default:
		return RoleNone
	}
	if s.Size == 0 {
		return RoleNone
	}
	if img.Format() == objimage.MachO {
		return machoRole(img, s)
	}
	switch elf.SectionType(s.Type) {
	case elf.SHT_PROGBITS, elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY, shtUnwind:
		switch img.NameHead(s) {
		case [3]byte{'.', 'p', 'd'}, [3]byte{'.', 'C', 'R'}:
			return coffRole(img, img.NameOf(s))
		case [3]byte{'.', 'e', 'h'}, [3]byte{'.', 'i', 'n'}, [3]byte{'.', 'f', 'i'}, [3]byte{'.', 'c', 't'}, [3]byte{'.', 'd', 't'}, [3]byte{'.', 'p', 'r'}:
			return roleByName(img.NameOf(s))
		}
	}
	return RoleNone
}

// machoRole is RoleOf for Mach-O, where types say what sections of pointers are for (<mach-o/loader.h>).
func machoRole(img *objimage.Object, s *objimage.Section) Role {
	const initPointers, termPointers = 0x9, 0xa
	switch {
	case s.RawFlags&0xff == initPointers:
		return RoleInit
	case s.RawFlags&0xff == termPointers:
		return RoleFini
	case string(img.NameOf(s)) == "__eh_frame":
		return RoleFrames
	}
	return RoleNone
}

func roleByName(name []byte) Role {
	for i := range roleNames {
		r := &roleNames[i]
		if rest, ok := bytes.CutPrefix(name, r.name); ok && (len(rest) == 0 || rest[0] == '.' && r.role != RoleFrames) {
			return r.role
		}
	}
	return RoleNone
}

// Roles is a set of roles.
type Roles uint16

// With returns the set with one role more.
func (r Roles) With(role Role) Roles { return r | 1<<role&^1 }

// Has says whether a role is in the set.
func (r Roles) Has(role Role) bool { return r>>role&1 != 0 }

// frameEnd is how many zero bytes are put behind unwind tables: unwinders that are given a table read on until a record of length zero.
const frameEnd = 4

// Roles returns the roles that the object's sections have.
func (o *Object) Roles() Roles { return o.roles }

// RoleSections returns the loaded sections of the file with a role, in the order of the file.
func (o *Object) RoleSections(role Role) (list []objimage.Section) {
	if !o.roles.Has(role) {
		return nil
	}
	var batch [16]objimage.Section
	for from := 0; from < o.img.NumSections(); {
		n := o.img.Sections(from, batch[:])
		for i := range batch[:n] {
			if s := &batch[i]; RoleOf(o.img, s) == role && o.sectionIndex(s.Index) >= 0 {
				list = append(list, *s)
			}
		}
		from += n
	}
	return list
}

// DSOHandle returns the address that __dso_handle has in the object, by which __cxa_atexit tells modules apart (Itanium C++ ABI, 3.3.6.3); 0 if the object
// does not refer to it.
func (o *Object) DSOHandle() executor.Addr { return executor.Addr(o.gotAddr()) }

// Remapped says whether MapSectionAddress has sent a section of the object elsewhere than where the memory manager put it, so that it need not be in this process; of an object that is Loaded, whether it was used at all.
func (o *Object) Remapped() bool { return o.remapped.Load() }
