package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

func init() {
	crossTargets["x86_64"] = crossTarget{
		compilers: []string{"gcc", "clang"}, onlyFlags: true, high: x86_64High, more: x86_64More,
		flags: []string{
			"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-O2 -fPIE", "-Os -fPIC -fno-plt", "-O2 -fno-pic -fno-plt", "-O2 -fPIE -mcmodel=medium",
			"-O2 -fno-pic -mcmodel=medium", "-O0 -fno-pic -mcmodel=large", "-O2 -fPIC -mcmodel=large", "-O2 -fPIC -ffunction-sections -fdata-sections",
			"-O2 -fno-pic -fcommon -ffunction-sections", "-O1 -fPIC -fvisibility=hidden", "-O3 -fno-jump-tables -fPIC -fno-asynchronous-unwind-tables",
			"-O1 -fno-pic", "-O1 -fPIE -fno-plt", "-O3 -fPIC", "-O3 -fno-pic", "-O3 -fPIE -mcmodel=large", "-Os -fPIE", "-Os -fno-pic -mcmodel=medium", "-O0 -fPIE",
			"-O0 -fPIC -mcmodel=medium", "-O2 -fno-pic -mcmodel=large", "-O1 -fPIC -fvisibility=hidden -fno-plt", "-O2 -fPIC -fstack-protector-all -fcf-protection=full",
		},
		bases: []uint64{0x20_0000, 0x7000_0000_0000}, adapt: x86_64Adapt,
		mode:  []string{"-pie", "--no-dynamic-linker", "--apply-dynamic-relocs", "-z", "notext"}, // so that it does not try to relax to absolute addresses
		least: crossSum{objects: 110, relaxed: 1000, slots: 300},
	}
}

func x86_64High(flags string) bool {
	return isPositionIndependent(flags) || strings.Contains(flags, "large")
}

// x86_64More returns what is written by hand, of which the first source fits below 2 GiB only, and objects of testdata.
func x86_64More(t *testing.T) (list []compiled) {
	for _, compiler := range []string{"gcc", "clang"} {
		for i, source := range corpusAssembler {
			data := testenv.CompileBytes(t, compiler, testenv.Assembler, source)
			list = append(list, compiled{name: fmt.Sprintf("%s assembler %d.o", compiler, i), data: data, high: i > 0, byHand: true})
		}
	}
	for _, name := range []string{"hello.o", "add.o", "relocs_target.o", "model_small.o", "model_small_pic.o", "model_medium.o", "model_medium_pic.o", "model_large.o", "model_large_pic.o",
		"strong.o", "weak.o", "hidden.o", "freestanding.o", "debug.o", "common_large.o"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, compiled{name: name, data: data, byHand: true})
	}
	return list
}

// x86_64Adapt looks at what is relaxed. ld.lld leaves accesses to undefined weak symbols as they are, and operations without REX prefix: there its entry has to be 0, or what is the operand here.
func x86_64Adapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	original := c.o.img.SectionData(c.index)
	changed := func(b []byte) bool { return !bytes.Equal(b[r.Offset-2:r.Offset], original[r.Offset-2:r.Offset]) }
	if row.need&relaxable == 0 || !changed(c.ours) {
		return false
	}
	c.relaxed++
	if weak := c.isWeak(r.Sym); !changed(c.theirs) && (weak || isShortOperation(r, original)) {
		want := uint64(0)
		if !weak {
			want = uint64(binary.LittleEndian.Uint32(c.ours[r.Offset:]))
		}
		entry := c.addr + r.Offset + 4 + uint64(int32(binary.LittleEndian.Uint32(c.theirs[r.Offset:])))
		if b := c.img.bytes(entry, 8); b == nil || binary.LittleEndian.Uint64(b) != want {
			c.t.Errorf("%s+%#x: ld.lld's GOT entry holds % x, here it is %#x", c.name, r.Offset, b, want)
		}
		c.same(r.Offset-3, 7)
	}
	return true
}

// isShortOperation says whether an instruction without REX prefix tests the GOT entry or computes with it.
func isShortOperation(r *objimage.Reloc, sec []byte) bool {
	op := sec[r.Offset-2]
	return elf.R_X86_64(r.Type) == elf.R_X86_64_GOTPCRELX && op != opMovLoad && op != opGroup5
}
