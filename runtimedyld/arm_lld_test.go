package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// armPlainIndex makes .ARM.exidx, which linkers merge and sort, a section like others, so that its relocations are compared.
func armPlainIndex(t *testing.T, data []byte, order binary.ByteOrder) []byte {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections {
		if s.Type == 0x70000001 { // SHT_ARM_EXIDX
			h := data[int(order.Uint32(data[32:]))+40*i:]
			order.PutUint32(h[4:], uint32(elf.SHT_PROGBITS))
			order.PutUint32(h[8:], uint32(elf.SHF_ALLOC))
			order.PutUint32(h[24:], 0) // sh_link
		}
	}
	return bytes.ReplaceAll(data, []byte(".ARM.exidx"), []byte(".ARM.index"))
}

func armLLD(arch testArch) *crossLinker {
	l := &crossLinker{tool: "ld.lld-19", pkg: "lld-19", arch: arch, got: "_GLOBAL_OFFSET_TABLE_", args: []string{"-m", "armelf_linux_eabi"}}
	if arch.big {
		l.args = []string{"-m", "armelfb_linux_eabi"}
	}
	l.equal = func(c *linkComparison, r *objimage.Reloc, ours, theirs []byte) bool {
		row := c.arch.row(r.Type)
		if row.need&needVeneer == 0 {
			return false
		}
		// A branch that cannot switch: both go through a veneer, each linker's own.
		from := c.addr + r.Offset - uint64(r.Addend)
		stub := from + uint64(row.field.addend(ours))
		b := c.mm.read(stub&^3, 4)
		theirStub := c.img.bytes((from+uint64(row.field.addend(theirs)))&^3, 4)
		return b != nil && theirStub != nil && !bytes.Equal(b, theirStub)
	}
	return l
}

// TestArmSameAsLLD links objects of gcc and clang for ARM and Thumb.
func TestArmSameAsLLD(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	flags := []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-Os -fPIE -ffunction-sections -fdata-sections", "-O2 -fno-pic -fcommon -mlong-calls"}
	compilers := map[string][]string{"arm-linux-gnueabihf-gcc": nil, "clang": {"--target=armv7-linux-gnueabihf"}}
	l := armLLD(archByName(t, "arm"))
	for _, mode := range []string{" -marm", " -mthumb"} {
		var all []string
		for _, f := range flags {
			all = append(all, f+mode)
		}
		for i, c := range crossCorpus(t, compilers, all) {
			c.data = armPlainIndex(t, neutral(c.data), l.arch.order())
			t.Run(c.name, func(t *testing.T) { l.compare(t, c, i%2 == 0) })
		}
	}
	for name, data := range map[string][]byte{
		"gas.o":        testenv.CompileBytes(t, "arm-linux-gnueabihf-gcc", testenv.Assembler, armAssembler),
		"gas groups.o": testenv.CompileBytes(t, "arm-linux-gnueabihf-gcc", testenv.Assembler, armGroupsAssembler),
		"clang.o":      testenv.CompileBytes(t, "clang", testenv.Assembler, armAssembler, "--target=armv7-linux-gnueabihf"),
	} {
		for _, odd := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s %v", name, odd), func(t *testing.T) { l.compare(t, compiled{name: name, data: data}, odd) })
		}
	}
	t.Logf("%+v", l.sum)
	if l.sum.objects < 40 || l.sum.slots < 200 {
		t.Errorf("too little was compared: %+v", l.sum)
	}
}

// TestArmebSameAsLLD does so for big-endian objects.
func TestArmebSameAsLLD(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	flags := []string{"-O0 -fPIC -marm", "-O2 -fPIC -marm", "-O2 -fno-pic -marm", "-O0 -fPIC -mthumb", "-O2 -fPIC -mthumb", "-O2 -fno-pic -mthumb"}
	l := armLLD(archByName(t, "armeb"))
	for i, c := range crossCorpus(t, map[string][]string{"clang": {"--target=armebv7-linux-gnueabihf"}}, flags) {
		c.data = armPlainIndex(t, neutral(c.data), l.arch.order())
		t.Run(c.name, func(t *testing.T) { l.compare(t, c, i%2 == 0) })
	}
	t.Logf("%+v", l.sum)
}
