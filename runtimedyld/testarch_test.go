package runtimedyld

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/objimage"
)

// An elfTarget is what an object is for: what its header says, and how words are written.
type elfTarget struct {
	machine elf.Machine
	wide    bool // ELFCLASS64
	big     bool // ELFDATA2MSB
}

// elfTargets are the headers of the objects of architectures, apart from their width.
var elfTargets = map[objimage.Arch]elfTarget{
	objimage.ArchX86_64:      {machine: elf.EM_X86_64},
	objimage.ArchI386:        {machine: elf.EM_386},
	objimage.ArchAArch64:     {machine: elf.EM_AARCH64},
	objimage.ArchAArch64BE:   {machine: elf.EM_AARCH64, big: true},
	objimage.ArchARM:         {machine: elf.EM_ARM},
	objimage.ArchARMEB:       {machine: elf.EM_ARM, big: true},
	objimage.ArchMips:        {machine: elf.EM_MIPS, big: true},
	objimage.ArchMipsel:      {machine: elf.EM_MIPS},
	objimage.ArchMips64:      {machine: elf.EM_MIPS, big: true},
	objimage.ArchMips64el:    {machine: elf.EM_MIPS},
	objimage.ArchPPC:         {machine: elf.EM_PPC, big: true},
	objimage.ArchPPC64:       {machine: elf.EM_PPC64, big: true},
	objimage.ArchPPC64LE:     {machine: elf.EM_PPC64},
	objimage.ArchS390X:       {machine: elf.EM_S390, big: true},
	objimage.ArchRISCV32:     {machine: elf.EM_RISCV},
	objimage.ArchRISCV64:     {machine: elf.EM_RISCV},
	objimage.ArchLoongArch64: {machine: elf.EM_LOONGARCH},
	objimage.ArchBPFEL:       {machine: elf.EM_BPF},
	objimage.ArchBPFEB:       {machine: elf.EM_BPF, big: true},
	objimage.ArchSparcV9:     {machine: elf.EM_SPARCV9, big: true},
	objimage.ArchM68k:        {machine: elf.EM_68K, big: true},
}

// A testArch is an architecture that is served, and what its objects look like.
type testArch struct {
	*arch
	elfTarget
}

// testArches returns all architectures that are served, every byte order and width.
func testArches() (list []testArch) {
	for number, widths := range elfArches {
		for i, a := range widths {
			if a == nil {
				continue
			}
			target := elfTargets[objimage.Arch(number)]
			target.wide = i == 1
			list = append(list, testArch{a, target})
		}
	}
	return list
}

// newELF returns a writer of objects for the architecture.
func (a testArch) newELF(name string) *elfWriter {
	return &elfWriter{elfTarget: a.elfTarget, name: name}
}

// elfLike returns a writer of objects for the target of another object, with its flags.
func elfLike(name string, data []byte) *elfWriter {
	w := &elfWriter{name: name}
	w.wide, w.big = data[elf.EI_CLASS] == byte(elf.ELFCLASS64), data[elf.EI_DATA] == byte(elf.ELFDATA2MSB)
	w.machine = elf.Machine(w.order().Uint16(data[18:]))
	w.flags = w.order().Uint32(data[24+3*w.wordSize():])
	return w
}

// order returns the byte order of what is written.
func (e elfTarget) order() elfOrder {
	if e.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

type elfOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// wordSize returns the size of an address.
func (e elfTarget) wordSize() int {
	if e.wide {
		return 8
	}
	return 4
}

// ehdrSize returns the size of the file's header.
func (e elfTarget) ehdrSize() int { return 40 + 3*e.wordSize() }
