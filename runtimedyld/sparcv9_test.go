package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

func init() {
	abis["sparcv9"] = abi{prefix: "R_SPARC_", name: func(typ uint32) string { return elf.R_SPARC(typ).String() }, rows: sparcABI, more: sparcNames()}
	crossTargets["sparcv9"] = crossTarget{
		compilers: []string{"clang-19 --target=sparc64-linux-gnu", "sparc64-linux-gnu-gcc"}, ld: "sparc64-linux-gnu-ld", bases: []uint64{0x10_0000, 0x7000_0000},
		flags: []string{"-O2 -fpic", "gcc -O2 -mcmodel=medlow -fno-pic", "gcc -O2 -mcmodel=medany -fno-pic", "gcc -O2 -mcmodel=medmid -fno-pic", "-O3 -fPIC",
			"clang -O2 -mcmodel=medium -fno-pic", "clang -O2 -mcmodel=large -fno-pic", "-O1 -fPIE", "-O3 -fno-pic -ffunction-sections", "gcc -O2 -mcbcond -mcpu=niagara4"},
		adapt: sparcAdapt, assembler: sparcAssembler, asFlags: "-fno-pic -Wa,-Av9m",
	}
	execTargets["sparcv9"] = execTarget{
		emulator: "qemu-sparc64", compilers: []string{"sparc64-linux-gnu-gcc", "clang-19 --target=sparc64-linux-gnu"},
		flags: []string{"-O2 -fPIC high", "-O2 -fpic", "-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O1 -fno-pic -ftls-model=initial-exec"},
		start: `
	.globl _start, __tls_get_addr
_start:	sethi %h44(thread_pointer), %g7
	or %g7, %m44(thread_pointer), %g7
	sllx %g7, 12, %g7
	or %g7, %l44(thread_pointer), %g7
	sub %sp, 64, %sp
	call check
	nop
	mov 1, %g1
	ta 0x6d
__tls_get_addr:
	ldx [%o0], %o1
	ldx [%o0+8], %o0
	retl
	add %o0, %o1, %o0
`,
	}
}

// sparcAdapt looks at loads that both linkers have made without the GOT, in the same way.
func sparcAdapt(c *crossSection, row *howto, i int) bool {
	lo := c.relocs[i].Offset
	hi := lo + uint64(row.field.size)
	if row.need&relaxable == 0 || !bytes.Equal(c.ours[lo:hi], c.theirs[lo:hi]) {
		return false
	}
	c.relaxed++
	return true
}

// sparcABI is the table of the guide, the shifts and masks apart.
var sparcABI = map[uint32]abiRow{
	0: {"0", 0}, 1: {"S + A", 8}, 2: {"S + A", 16}, 3: {"S + A", 32}, 4: {"S + A - P", 8}, 5: {"S + A - P", 16}, 6: {"S + A - P", 32}, 7: {"L + A - P", 32}, 8: {"L + A - P", 32},
	9: {"S + A", 32}, 10: {"S + A", 32}, 11: {"S + A", 32}, 12: {"S + A", 32}, 13: {"G", 32}, 14: {"G", 32}, 15: {"G", 32}, 16: {"S + A - P", 32}, 17: {"S + A - P", 32},
	18: {"L + A - P", 32}, 23: {"S + A", 32}, 24: {"L + A", 32}, 25: {"L + A", 32}, 26: {"L + A", 32}, 27: {"L + A - P", 32}, 28: {"L + A - P", 32}, 29: {"L + A - P", 32},
	30: {"S + A", 32}, 31: {"S + A", 32}, 32: {"S + A", 64}, 33: {"((S + A) & 0x3ff) + O", 32}, 34: {"S + A", 32}, 35: {"S + A", 32}, 36: {"S + A", 32}, 37: {"S + A - P", 32},
	38: {"S + A - P", 32}, 39: {"S + A - P", 32}, 40: {"S + A - P", 32}, 41: {"L + A - P", 32}, 43: {"S + A", 32}, 44: {"S + A", 32}, 45: {"S + A", 32}, 46: {"S + A - P", 64},
	47: {"L + A", 64}, 48: {"S + A", 32}, 49: {"S + A", 32}, 50: {"S + A", 32}, 51: {"S + A", 32}, 52: {"S + A", 32}, 53: {"0", 0}, 54: {"S + A", 64}, 55: {"S + A", 16},
	56: {"G", 32}, 57: {"G", 32}, 58: {"0", 0}, 59: {"__tls_get_addr - P", 32}, 60: {"G", 32}, 61: {"G", 32}, 62: {"0", 0}, 63: {"__tls_get_addr - P", 32}, 64: {"D + A", 32},
	65: {"D + A", 32}, 66: {"0", 0}, 67: {"G", 32}, 68: {"G", 32}, 69: {"0", 0}, 70: {"0", 0}, 71: {"0", 0}, 72: {"T + A", 32}, 73: {"T + A", 32}, 76: {"D + A", 32}, 77: {"D + A", 64},
	80: {"S + A - GOT", 32}, 81: {"S + A - GOT", 32}, 82: {"G", 32}, 83: {"G", 32}, 84: {"0", 0}, 85: {"S + A", 32}, 86: {"Z + A", 32}, 87: {"Z + A", 64}, 88: {"S + A - P", 32},
	250: {"0", 0}, 251: {"0", 0}, 252: {"S + A", 32},
}

// sparcNames are those that debug/elf does not have.
func sparcNames() map[uint32]string {
	names := map[uint32]string{248: "JMP_IREL", 249: "IRELATIVE", 250: "GNU_VTINHERIT", 251: "GNU_VTENTRY", 252: "REV32"}
	for i, name := range strings.Fields(`TLS_GD_HI22 TLS_GD_LO10 TLS_GD_ADD TLS_GD_CALL TLS_LDM_HI22 TLS_LDM_LO10 TLS_LDM_ADD TLS_LDM_CALL TLS_LDO_HIX22 TLS_LDO_LOX10 TLS_LDO_ADD
		TLS_IE_HI22 TLS_IE_LO10 TLS_IE_LD TLS_IE_LDX TLS_IE_ADD TLS_LE_HIX22 TLS_LE_LOX10 TLS_DTPMOD32 TLS_DTPMOD64 TLS_DTPOFF32 TLS_DTPOFF64 TLS_TPOFF32 TLS_TPOFF64
		GOTDATA_HIX22 GOTDATA_LOX10 GOTDATA_OP_HIX22 GOTDATA_OP_LOX10 GOTDATA_OP H34 SIZE32 SIZE64 WDISP10`) {
		names[uint32(56+i)] = name
	}
	for typ, name := range names {
		names[typ] = "R_SPARC_" + name
	}
	return names
}

// sparcAssembler has what compilers write seldom.
var sparcAssembler = []string{`# gcc
	.register %g2, #scratch
	.register %g3, #scratch
	.text
	.globl main
main:	call far_function
	ba,pt %xcc, local
	brz,pn %o0, near
	bne local
	call far_function
	sethi %hi(far_data), %g2
	or %g2, %lo(far_data), %g2
	ld [%g2+%lo(own_data)+8], %g3
	ldx [%g2+%lo(far_data+16)+1000], %g3
near:	sethi %hh(far_data), %g2
	or %g2, %hm(far_data), %g2
	sethi %lm(far_data+4), %g3
	sethi %h44(own_data), %g1
	or %g1, %m44(own_data), %g1
	ldx [%g1+%l44(own_data)], %g1
	sethi %hix(negative), %g1
	xor %g1, %lox(negative), %g1
	sethi %pc22(_GLOBAL_OFFSET_TABLE_-4), %l7
	or %l7, %pc10(_GLOBAL_OFFSET_TABLE_+4), %l7
	sethi %gdop_hix22(far_data), %l1
	xor %l1, %gdop_lox10(far_data), %l1
	ldx [%l7+%l1], %l2, %gdop(far_data)
	sethi %gdop_hix22(own_data+24), %l1
	xor %l1, %gdop_lox10(own_data+24), %l1
	ldx [%l7+%l1], %l2, %gdop(own_data+24)
	.reloc ., R_SPARC_GOT22, far_data
	sethi 0, %l1
	.reloc ., R_SPARC_GOT10, far_data
	or %l1, 0, %l1
	.reloc ., R_SPARC_GOT13, far_function
	ldx [%l7+0], %l1
	sethi %gdop_hix22(far_function), %l1
	add %g1, %lo(small), %g2
	mov %lo(small), %g1
	.section .text.second, "ax"
local:	call main
	nop
	sethi %h34(far_data), %g1
	.reloc ., R_SPARC_13, small
	mov 0, %g1
	.reloc ., R_SPARC_11, small
	movge %xcc, 0, %g1
	.reloc ., R_SPARC_10, small
	movrz %g1, 0, %g1
	.reloc ., R_SPARC_WDISP22, main
	ba main
	.reloc ., R_SPARC_22, small
	sethi 0, %g1
	.reloc ., R_SPARC_PC_HH22, far_data
	sethi 0, %g1
	.reloc ., R_SPARC_PC_HM10, far_data
	or %g1, 0, %g1
	.reloc ., R_SPARC_PC_LM22, far_data
	sethi 0, %g1
	.reloc ., R_SPARC_LOX10, own_data
	xor %g1, 0, %g1
	.reloc ., R_SPARC_5, tiny
	sll %g1, 0, %g1
	.reloc ., R_SPARC_6, tiny
	sllx %g1, 0, %g1
	.reloc ., R_SPARC_7, tiny
	ta 0
	.data
	.globl own_data
	.p2align 3
own_data:
	.xword far_data, far_data+0x100000000, main, local+3, own_data-8, weak_data
	.xword %r_disp64(far_data)
	.word far_data, %r_disp32(main)
	.half small
	.byte tiny
	.uaxword far_data, main+1
	.uaword far_data, own_data
	.uahalf small
	.reloc ., R_SPARC_DISP16, own_data
	.uahalf 0
	.reloc ., R_SPARC_DISP8, own_data
	.byte 0
	.weak weak_data
	.globl small, tiny, negative
	small = 0x165
	tiny = 27
	negative = -0x12345678
`, `# gcc
	.text
	cwbe %g1, %o2, main
	cxbne %g1, 3, main
	.globl main
main:	nop
`, `# clang
	.text
	.globl main
main:	call far_function
	 nop
	ba,pt %xcc, local
	 nop
local:	sethi %hh(far_data), %g1
	or %g1, %hm(far_data), %g1
	sethi %lm(far_data), %g1
	or %g1, %lo(far_data), %g1
	sethi %h44(far_data), %g1
	or %g1, %m44(far_data), %g1
	or %g1, %l44(far_data), %g1
	.data
	.xword far_data, main
	.word far_data
`}

// TestSparcRegisters: names of registers are no undefined symbols, and several objects may have them.
func TestSparcRegisters(t *testing.T) {
	b := newBench(t, nil)
	for _, name := range []string{"a.o", "b.o"} {
		w := testArch{&sparcv9, elfTarget{machine: elf.EM_SPARCV9, wide: true, big: true}}.newELF(name)
		w.section(".text", flagsText, make([]byte, 8))
		w.symbol(elfSymbol{bind: elf.STB_GLOBAL, typ: 13, value: 2})
		w.symbol(elfSymbol{name: "application", bind: elf.STB_GLOBAL, typ: 13, value: 3})
		b.load(w)
	}
	b.finalize()
	if b.NumSymbols() != 0 {
		t.Errorf("%d symbols", b.NumSymbols())
	}
}

// TestSparcSecondAddend: R_SPARC_OLO10 has one in its type, of either sign, whether instructions are relaxed or not; what does not fit is an error that has the type's name.
func TestSparcSecondAddend(t *testing.T) {
	for _, relaxed := range []bool{true, false} {
		for _, c := range []struct {
			second int32
			want   uint32
		}{{7, 0x8210_6000 | 0x345 + 7}, {-0x400, 0x8210_6000 | (0x345-0x400)&0x1fff}, {0xfff, 0}} {
			b := newBench(t, nil)
			b.SetRelaxation(relaxed)
			w := testArch{&sparcv9, elfTarget{machine: elf.EM_SPARCV9, wide: true, big: true}}.newELF("a.o")
			text := w.section(".text", flagsText, []byte{0x82, 0x10, 0x60, 0})
			w.relocate(text, 0, sparcOLO10|uint32(c.second)<<8, w.symbol(elfSymbol{name: "rom", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x1_2345}), 0x1000)
			b.load(w)
			err := b.ResolveRelocations()
			if e := new(RelocationError); c.want == 0 && (!errors.As(err, &e) || e.Type != "R_SPARC_OLO10" || e.Value != 0x345+0xfff) {
				t.Errorf("%d: %v", c.second, err)
			}
			if got := binary.BigEndian.Uint32(b.mm.section("a.o", ".text").Mem); c.want != 0 && (got != c.want || err != nil) {
				t.Errorf("%d: %#x, want %#x; %v", c.second, got, c.want, err)
			}
		}
	}
}
