package llvmstubs

import (
	"debug/elf"
	"debug/pe"

	"github.com/gomcjit/gomcjit/objimage"
)

// A machine is what RuntimeDyld does for an architecture in a format.
type machine struct {
	uses     map[uint32]use  // by relocation type
	align    uint64          // of the first stub
	size     uint64          // bytes for which room is made for each relocation: 0 if there are no stubs
	direct   map[uint32]bool // relocation types for which no room is made
	slots    bool            // GOT entries are one for each use
	pointer  *shape          // what LLVM makes for __imp_X (COFF)
	got      bool            // there are GOT entries, in a section of their own
	addends  bool            // are relocations of their own in the file
	pages    bool            // GOT entries may have pages (MIPS)
	frameEnd bool            // .eh_frame has four bytes more
}

// A use is how a relocation type uses stubs.
type use struct {
	shape   func(a *adder, r *objimage.Reloc) *shape // nil: it uses a GOT entry of its own
	when    func(a *adder, y *objimage.Symbol) bool  // nil is always
	becomes uint32                                   // the type that refers to the stub
	bias    int64                                    // the addend of what means the symbol itself
	keeps   bool                                     // the addend is one to the stub, or to what is
	entry   uint64                                   // so many bytes into it,
	alone   bool                                     // each relocation has a stub of its own
	shared  bool                                     // relocations with other addends use it, too
	stored  func(word uint32) int64                  // the addend in the place; nil if there is none
	after   func(a *adder, place uint64)             // changes the instruction behind
	stores  bool                                     // the place has the distance to the stub, which nothing can change
}

func always(s *shape) func(*adder, *objimage.Reloc) *shape {
	return func(*adder, *objimage.Reloc) *shape { return s }
}

// Relocation types of COFF and Mach-O: <mach-o/reloc.h> and others; "PE Format", "Type Indicators".
const (
	amd64Addr32NB, amd64Rel32 = 3, 4
	arm64Branch26COFF         = 3

	machoQuad = 3 * objimage.MachOLength
	machoLong = 2 * objimage.MachOLength
	machoPC   = objimage.MachOPCRel
)

// machineOf returns what LLVM makes for an object; nil if it makes nothing, or does not know the architecture.
func machineOf(img view) *machine {
	switch img.Format() {
	case objimage.ELF:
		return machineELF(img)
	case objimage.MachO:
		return machosOf[img.Arch()]
	}
	return coffsOf[img.Machine()]
}

// machineELF is machineOf for ELF.
func machineELF(img view) *machine {
	switch img.Arch() {
	case objimage.ArchPPC64, objimage.ArchPPC64LE:
		if img.ELFFlags()&3 == 2 {
			return &ppc64V2
		}
		return &ppc64V1
	case objimage.ArchMips, objimage.ArchMipsel:
		if img.ELFFlags()&mipsABI2 != 0 {
			return &mipsN32
		}
		return &mips32
	case objimage.ArchMips64, objimage.ArchMips64el:
		return &mips64
	case objimage.ArchAArch64, objimage.ArchAArch64BE:
		if img.Bits() == 32 { // ILP32
			return nil
		}
	}
	return elfsOf[img.Arch()]
}

// mipsABI2 is EF_MIPS_ABI2, which N32 has.
const mipsABI2 = 0x20

// noStubs is for architectures without them.
var noStubs = machine{align: 1, frameEnd: true}

var elfsOf = map[objimage.Arch]*machine{
	objimage.ArchX86_64: &x86_64, objimage.ArchI386: &noStubs, objimage.ArchPPC: &noStubs, objimage.ArchAArch64: &aarch64, objimage.ArchAArch64BE: &aarch64,
	objimage.ArchARM: &arm, objimage.ArchS390X: &systemz,
}

var x86_64 = machine{
	align: 1, size: 6, got: true, slots: true, frameEnd: true,
	uses: map[uint32]use{
		uint32(elf.R_X86_64_PLT32): {shape: always(&x86_64Shape), when: isForeign, becomes: uint32(elf.R_X86_64_PC32), bias: -4, keeps: true},

		uint32(elf.R_X86_64_GOTPCREL): {}, uint32(elf.R_X86_64_GOTPCRELX): {}, uint32(elf.R_X86_64_REX_GOTPCRELX): {}, uint32(elf.R_X86_64_GOT64): {},
	},
	direct: map[uint32]bool{
		uint32(elf.R_X86_64_GOTPCREL): true, uint32(elf.R_X86_64_GOTPCRELX): true, uint32(elf.R_X86_64_REX_GOTPCRELX): true, uint32(elf.R_X86_64_GOTPC64): true,
		uint32(elf.R_X86_64_GOT64): true, uint32(elf.R_X86_64_GOTOFF64): true, uint32(elf.R_X86_64_PC32): true, uint32(elf.R_X86_64_PC64): true, uint32(elf.R_X86_64_64): true,
	},
}

var aarch64 = machine{
	align: 1, size: 20, got: true, frameEnd: true,
	uses: map[uint32]use{
		uint32(elf.R_AARCH64_CALL26): {shape: always(&aarch64Shape), when: isForeign, becomes: uint32(elf.R_AARCH64_CALL26)},
		uint32(elf.R_AARCH64_JUMP26): {shape: always(&aarch64Shape), when: isForeign, becomes: uint32(elf.R_AARCH64_JUMP26)},
	},
}

var arm = machine{
	align: 1, size: 8, frameEnd: true,
	uses: map[uint32]use{
		uint32(elf.R_ARM_PC24):   {shape: always(&armShape), becomes: uint32(elf.R_ARM_PC24), bias: -8, stored: armStored},
		uint32(elf.R_ARM_CALL):   {shape: always(&armShape), becomes: uint32(elf.R_ARM_CALL), bias: -8, stored: armStored},
		uint32(elf.R_ARM_JUMP24): {shape: always(&armShape), becomes: uint32(elf.R_ARM_JUMP24), bias: -8, stored: armStored},
	},
}

// armStored is the displacement of a branch in ARM code.
func armStored(word uint32) int64 { return int64(int32(word<<8) >> 6) }

// thumbStored is that of BL in Thumb code.
func thumbStored(word uint32) int64 {
	sign, j1, j2 := word>>10&1, word>>29&1, word>>27&1
	return int64(int32(sign<<31|(j1^sign^1)<<30|(j2^sign^1)<<29|word&0x3ff<<19|word>>16&0x7ff<<8) >> 7)
}

var (
	mips32  = mipsMachine(&mips32Shape, &mips32R6Shape, false)
	mipsN32 = mipsMachine(&mips32Shape, &mips32R6Shape, true)
	mips64  = mipsMachine(&mips64Shape, &mips64R6Shape, true)
)

// mipsMachine has a shape for release 6 of the architecture, and one for others, by the highest 4 bits of e_flags.
func mipsMachine(old, r6 *shape, pages bool) machine {
	choose := func(a *adder, _ *objimage.Reloc) *shape {
		if arch := a.img.ELFFlags() >> 28; arch == 9 || arch == 10 {
			return r6
		}
		return old
	}
	return machine{align: 1, size: old.size, got: true, pages: pages, frameEnd: true, uses: map[uint32]use{
		uint32(elf.R_MIPS_26): {shape: choose, becomes: uint32(elf.R_MIPS_26), stored: func(word uint32) int64 { return int64(word&0x3ffffff) << 2 }},
	}}
}

var (
	ppc64V1 = machine{align: 1, size: 44, frameEnd: true, uses: map[uint32]use{
		uint32(elf.R_PPC64_REL24): {shape: always(&ppc64V1Shape), when: ppc64IsExtern, becomes: uint32(elf.R_PPC64_REL24), after: ppc64RestoreV1},
	}}
	ppc64V2 = machine{align: 1, size: 44, frameEnd: true, uses: map[uint32]use{
		uint32(elf.R_PPC64_REL24): {shape: always(&ppc64V2Shape), when: ppc64IsElsewhere, becomes: uint32(elf.R_PPC64_REL24), after: ppc64RestoreV2},
	}}
)

// ppc64IsExtern: what has no type is called through a stub wherever it is.
func ppc64IsExtern(a *adder, y *objimage.Symbol) bool {
	return isForeign(a, y) || y.Type == objimage.TypeNone
}

// ppc64IsElsewhere: version 2 of the ABI has stubs from section to section, too.
func ppc64IsElsewhere(a *adder, y *objimage.Symbol) bool {
	return ppc64IsExtern(a, y) || int(y.Section) != a.section
}

// ppc64RestoreV1 and ppc64RestoreV2 make the instruction behind a call one that loads r2 again.
func ppc64RestoreV1(a *adder, place uint64) { a.instruct(place+4, 0xe8410028) }
func ppc64RestoreV2(a *adder, place uint64) { a.instruct(place+4, 0xe8410018) }

// instruct replaces an instruction of the section.
func (a *adder) instruct(at uint64, word uint32) {
	if at+4 <= uint64(len(a.data)) {
		a.img.ByteOrder().PutUint32(a.data[at:], word)
	}
}

// systemz has pointers in its stubs, to which references to GOT entries refer.
var systemz = machine{
	align: 8, size: 16, frameEnd: true,
	uses: map[uint32]use{
		uint32(elf.R_390_PLT32DBL): {shape: always(&systemzShape), becomes: uint32(elf.R_390_PC32DBL), keeps: true},
		uint32(elf.R_390_GOTENT):   {shape: always(&systemzShape), becomes: uint32(elf.R_390_PC32DBL), keeps: true, entry: 8},
	},
}

var coffsOf = map[uint32]*machine{
	pe.IMAGE_FILE_MACHINE_AMD64: {align: 1, size: 14, pointer: &amd64Pointer, uses: map[uint32]use{
		amd64Rel32:     coffUse(amd64Rel32),
		amd64Rel32 + 1: coffUse(amd64Rel32 + 1),
		amd64Rel32 + 2: coffUse(amd64Rel32 + 2),
		amd64Rel32 + 3: coffUse(amd64Rel32 + 3),
		amd64Rel32 + 4: coffUse(amd64Rel32 + 4),
		amd64Rel32 + 5: coffUse(amd64Rel32 + 5),
	}},
	pe.IMAGE_FILE_MACHINE_ARM64: {align: 8, size: 20, pointer: &arm64Pointer, uses: map[uint32]use{
		arm64Branch26COFF: {shape: always(&aarch64COFFShape), when: isUndefined, becomes: arm64Branch26COFF, alone: true, stored: func(word uint32) int64 { return int64(int32(word<<6) >> 4) }},
	}},
	pe.IMAGE_FILE_MACHINE_I386:  {align: 1, size: 8, pointer: &i386Pointer},
	pe.IMAGE_FILE_MACHINE_ARMNT: {align: 1, size: 16},
}

func coffUse(typ uint32) use {
	return use{shape: always(&x86_64COFFShape), when: isUndefined, becomes: typ, keeps: true, alone: true}
}

var machosOf = map[objimage.Arch]*machine{
	objimage.ArchX86_64: {align: 8, size: 8, uses: map[uint32]use{
		3 | machoPC | machoLong: {shape: always(&x86_64MachOShape), becomes: 1 | machoPC | machoLong, keeps: true, shared: true},
		4 | machoPC | machoLong: {shape: always(&x86_64MachOShape), becomes: 1 | machoPC | machoLong, keeps: true, shared: true},
	}},
	objimage.ArchAArch64: {align: 8, size: 8, addends: true, uses: map[uint32]use{
		5 | machoPC | machoLong: {shape: always(&aarch64MachOShape), becomes: 3 | machoPC | machoLong, keeps: true, shared: true},
		7 | machoPC | machoLong: {shape: always(&aarch64MachOShape), stores: true, shared: true, keeps: true},
		6 | machoLong:           {shape: always(&aarch64MachOShape), becomes: 4 | machoLong, keeps: true, shared: true},
	}},
	objimage.ArchARM: {align: 4, size: 8, uses: map[uint32]use{
		5 | machoPC | machoLong: {shape: always(&armMachOShape), becomes: 5 | machoPC | machoLong, bias: -8, stored: armStored},
		6 | machoPC | machoLong: {shape: always(&thumbShape), becomes: 6 | machoPC | machoLong, bias: -4, stored: thumbStored},
	}},
	objimage.ArchI386: {align: 1},
}
