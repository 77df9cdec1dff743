package runtimedyld

import (
	"debug/elf"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func mipsLLD(arch testArch, emulation string) *crossLinker {
	return &crossLinker{
		tool: "ld.lld-19", pkg: "lld-19", arch: arch, got: "_gp", gotBias: mipsGPBias, args: []string{"-m", emulation},
		skip: func(section string) bool {
			return strings.HasPrefix(section, ".reginfo") || strings.HasPrefix(section, ".MIPS.")
		},
		slot: func(typ uint32) bool { return typ == uint32(elf.R_MIPS_GOT16) || typ == uint32(elf.R_MIPS_GOT_PAGE) },
		wide: func(typ uint32) bool {
			return elf.R_MIPS(typ) >= elf.R_MIPS_CALL_HI16 || elf.R_MIPS(typ) == elf.R_MIPS_GOT_HI16 || elf.R_MIPS(typ) == elf.R_MIPS_GOT_LO16
		},
		equal: func(c *linkComparison, r *objimage.Reloc, _, _ []byte) bool { // a branch that is not to be taken
			return isUndefinedWeak(c.o, r.Sym) && c.arch.row(r.Type) != nil && c.arch.row(r.Type).need&needVeneer != 0
		},
	}
}

// TestMipsSameAsLLD links objects of all ABIs.
func TestMipsSameAsLLD(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	flags := []string{"-O0 -fPIC", "-O2 -fPIC", "-O1 -fno-pic -mno-abicalls", "-O2 -fno-pic", "-Os -fPIC -mxgot -ffunction-sections"}
	var sum crossSum
	for i, m := range mipsMachines {
		l := mipsLLD(archByName(t, m.arch()), m.lld)
		for k, f := range flags {
			compiler := []string{m.gcc, "clang"}[(i+k)%2]
			args := strings.Fields(m.flags + " " + f + " -ffreestanding -fno-stack-protector -G0 -msoft-float -w")
			if compiler == "clang" {
				args = append(args, "--target="+m.target)
			}
			c := compiled{name: fmt.Sprintf("%s %s %s.o", compiler, m.flags, f), data: neutral(testenv.CompileBytes(t, compiler, testenv.C, crossC, args...))}
			t.Run(m.emulator+" "+c.name, func(t *testing.T) { l.compare(t, c, false) })
		}
		sum.objects, sum.bytes, sum.relocs, sum.slots = sum.objects+l.sum.objects, sum.bytes+l.sum.bytes, sum.relocs+l.sum.relocs, sum.slots+l.sum.slots
	}
	t.Logf("%+v", sum)
	if sum.objects < 40 || sum.slots < 300 {
		t.Errorf("too little was compared: %+v", sum)
	}
}
