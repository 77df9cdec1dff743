package runtimedyld

import (
	"debug/elf"
	"strings"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// Objects of all ABIs, of the one compiler and of the other one in turn.
func init() {
	for i, m := range mipsMachines {
		args := " " + m.flags + " -ffreestanding -fno-stack-protector -G0 -msoft-float"
		c := crossTarget{
			compilers: []string{m.gcc + args, "clang --target=" + m.target + args}, onlyFlags: true, sources: []crossSource{{lang: testenv.C, text: corpusC}},
			got: ".got", bases: []uint64{0x20_0000}, linked: true, adapt: mipsAdapt, least: crossSum{objects: 4, relocs: 400, slots: 100},
			skip: func(section string) bool {
				return strings.HasPrefix(section, ".reginfo") || strings.HasPrefix(section, ".MIPS.")
			},
		}
		for k, f := range []string{"-O0 -fPIC", "-O2 -fPIC", "-O1 -fno-pic -mno-abicalls", "-O2 -fno-pic", "-Os -fPIC -mxgot -ffunction-sections"} {
			c.flags = append(c.flags, []string{"gcc ", "clang "}[(i+k)%2]+f)
		}
		crossTargets[m.name] = c
	}
}

// mipsAdapt compares the entries of pages, which have no symbol, and takes branches for equal that are not to be taken.
func mipsAdapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	switch typ := mipsKinds[r.Type&0xff].kind; {
	case r.Type < 0x100 && (typ == elf.R_MIPS_GOT16 || typ == elf.R_MIPS_GOT_PAGE):
		at := func(b []byte, got uint64) uint64 { return got + mipsGPBias + uint64(row.field.addend(b[r.Offset:])) }
		c.entry(row, r, at(c.ours, uint64(c.mm.section(c.o.Name(), ".got").Addr)), at(c.theirs, c.got), c.arch.slotSize)
	case row.need&needVeneer == 0 || !c.isWeak(r.Sym):
		return false
	}
	c.same(r.Offset, uint64(row.field.size))
	return true
}
