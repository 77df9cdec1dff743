package runtimedyld

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/objimage"
)

// mips16Group is a function of a COMDAT group with a stub for floating-point arguments, a call of it, and what debugging information says of both.
const mips16Group = `
	.set mips16
	.section .text.f, "axG", @progbits, f, comdat
	.align 2
	.weak f
	.type f, @function
	.ent f
f:
.Lbegin:
	jr $31
	nop
.Lmiddle:
	nop
	.end f
	.section .mips16.fn.f, STUB
	.align 2
	.set nomips16
	.set noat
	.set noreorder
	.ent __fn_stub_f
__fn_stub_f:
	.reloc 0, R_MIPS_NONE, f
	lui $1, %hi(f)
	addiu $1, $1, %lo(f)
	jr $1
	mfc1 $4, $f12
	.end __fn_stub_f
	.text
	.align 2
	jal f
	nop
	.section .debug_info, "", @progbits
	.4byte f, .Lbegin, .Lmiddle
`

// TestMIPS16StubOfGroup: calls go to the first object's stub. What debugging information of another one says is about that object's own copy, which stays if the stub is not in the group, or void if it is, and never about
// another place.
func TestMIPS16StubOfGroup(t *testing.T) {
	for flags, dropped := range map[string]bool{`"ax", @progbits`: false, `"axG", @progbits, f, comdat`: true} {
		b := newBench(t, nil)
		b.SetProcessAllSections(true)
		source := strings.Replace(mips16Group, "STUB", flags, 1)
		data := testenv.CompileBytes(t, "mips-linux-gnu-gcc", testenv.Assembler, source, "-mips32r2", "-mhard-float", "-mno-abicalls", "-fno-pic")
		for _, name := range []string{"first.o", "second.o"} {
			img, err := objimage.Parse(objimage.NewBuffer(name, data))
			if err != nil {
				t.Fatal(err)
			}
			b.loadImage(img)
		}
		b.finalize()
		stub := b.mm.section("first.o", ".mips16.fn.f").Addr
		for _, name := range []string{"first.o", "second.o"} {
			if got, want := binary.BigEndian.Uint32(b.mm.section(name, ".text").Mem), 0x0c00_0000|uint32(stub)>>2; got != want {
				t.Errorf("%s, %s: the call is %#x, want %#x", flags, name, got, want)
			}
			want := make([]byte, 12)
			if name == "first.o" || !dropped {
				code := uint32(b.mm.section(name, ".text.f").Addr)
				for i, word := range []uint32{uint32(b.mm.section(name, ".mips16.fn.f").Addr), code + 1, code + 5} {
					binary.BigEndian.PutUint32(want[4*i:], word)
				}
			}
			if got := fmt.Sprintf("% x", b.mm.section(name, ".debug_info").Mem); got != fmt.Sprintf("% x", want) {
				t.Errorf("%s, %s: debugging information is %s, want % x", flags, name, got, want)
			}
		}
	}
}
