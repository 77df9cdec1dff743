package runtimedyld

import (
	"debug/elf"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

func init() {
	abis["aarch64_ilp32"] = abi{
		prefix: "R_AARCH64_",
		name: func(typ uint32) string {
			if name := elf.R_AARCH64(typ).String(); typ == 0 || strings.HasPrefix(name, "R_AARCH64_P32_") {
				return name
			}
			return ""
		},
		rows: aarch64ILP32ABI(),
		more: aarch64ILP32Names,
	}
	c := crossTarget{
		compilers: []string{"aarch64-linux-gnu-gcc -mabi=ilp32"}, ld: "aarch64-linux-gnu-ld", link: []string{"-m", "aarch64linux32", "--no-relax"}, got: ".got", bases: []uint64{0x20_0000, 0xf000_0000},
		flags: []string{"-O2 -fpic", "-O1 -fpic", "-O0 -fpic -fcommon", "-O3 -fpic -funroll-loops", "-Os -fpic -ffunction-sections", "-O2 -fno-pic -mcmodel=tiny", "-O0 -fno-pic -mcmodel=tiny",
			"-O2 -fPIC -mcmodel=tiny", "-O1 -fPIE -mcmodel=tiny", "-O2 -fPIC -mbranch-protection=bti", "-O0 -fno-pic -mbranch-protection=bti", "-O3 -fPIC -fno-plt", "-O2 -fpic -fno-plt",
			"-O1 -fPIC", "-Os -fno-pic", "-O3 -fPIC", "-O0 -fPIE -ffunction-sections", "-O1 -fno-pic -fdata-sections", "-O1 -fPIE -ffunction-sections", "-O3 -fno-pic -ffunction-sections", "-Og -fPIC",
			"-Og -fno-pic", "-Og -fpic", "-O2 -fno-pic -fno-jump-tables", "-O2 -fPIC -fcommon -fdata-sections", "-O3 -fPIE -funroll-loops", "-O1 -fPIC -fvisibility=protected", "-Os -fPIE -mcmodel=tiny",
			"-O2 -fPIC -fno-builtin -fomit-frame-pointer", "-O2 -fno-pic -mno-pc-relative-literal-loads", "-O1 -fpic -mpc-relative-literal-loads", "-O3 -fno-pic -mcmodel=tiny", "-O1 -fno-pic -falign-functions=32",
			"-O2 -fPIC -falign-functions=32 -fno-jump-tables"},
		adapt: aarch64GNUAdapt, assembler: []string{aarch64ILP32Assembler},
	}
	crossTargets["aarch64_ilp32"] = c
	c.compilers, c.link, c.bases = []string{"aarch64-linux-gnu-gcc -mabi=ilp32 -mbig-endian"}, []string{"-m", "aarch64linux32b", "--no-relax"}, c.bases[1:]
	crossTargets["aarch64_be_ilp32"] = c
}

// Linux has no processes whose programs are ILP32, but the instructions are those of any: they run in a program of 64 bits of which everything is below 4 GiB, the stack included.
func init() {
	e := execTarget{
		emulator: "qemu-aarch64", compilers: []string{"aarch64-linux-gnu-gcc -mabi=ilp32"}, wide: true, threadOffset: 8,
		flags: []string{"-O2 -fpic", "-O0 -fPIC -mbranch-protection=bti", "-O2 -fPIC -mtls-dialect=trad", "-O2 -fPIC -ftls-model=local-dynamic -mtls-dialect=trad", "-O1 -fPIC -ftls-model=initial-exec",
			"-Os -fPIC -fno-plt", "-O1 -fno-pic -ftls-model=local-exec", "-O2 -fPIC upper", "-O2 -fno-pic upper"},
		start: `
	.globl _start, __tls_get_addr, thread_descriptor
_start:	ldr w0, =thread_pointer
	msr tpidr_el0, x0
	adrp x0, stack
	add x0, x0, :lo12:stack
	mov sp, x0
	bl check
	mov x8, #93
	svc #0
__tls_get_addr:
	ldp w0, w1, [x0]
	add w0, w0, w1
	ret
thread_descriptor:
	ldr w0, [x0, #4]
	ret
	.bss
	.p2align 4
	.zero 0x8000
stack:
`,
	}
	execTargets["aarch64_ilp32"] = e
	e.emulator, e.compilers = "qemu-aarch64_be", []string{"aarch64-linux-gnu-gcc -mabi=ilp32 -mbig-endian"}
	execTargets["aarch64_be_ilp32"] = e
}

// aarch64GNUAdapt takes a branch to the next instruction, to what is undefined and weak, for equal to the nop that GNU ld makes of it.
func aarch64GNUAdapt(c *crossSection, row *howto, i int) bool {
	const next, nop = 1, 0xd503_201f
	r := &c.relocs[i]
	if row.field != &a64Branch26 || !c.isWeak(r.Sym) || word32(c.ours, r.Offset)&0x3ff_ffff != next || word32(c.theirs, r.Offset) != nop {
		return false
	}
	c.same(r.Offset, 4)
	return true
}

// aarch64ILP32Names are those that debug/elf does not have, or has as they were before 2019.
var aarch64ILP32Names = func() map[uint32]string {
	names := map[uint32]string{22: "MOVW_PREL_G0", 23: "MOVW_PREL_G0_NC", 24: "MOVW_PREL_G1", 28: "LD32_GOTPAGE_LO14", 29: "PLT32", 80: "TLSGD_ADR_PREL21", 125: "TLSDESC_LD32_LO12", 126: "TLSDESC_ADD_LO12"}
	for i, name := range strings.Fields(`TLSLD_ADR_PREL21 TLSLD_ADR_PAGE21 TLSLD_ADD_LO12_NC TLSLD_LD_PREL19 TLSLD_MOVW_DTPREL_G1 TLSLD_MOVW_DTPREL_G0 TLSLD_MOVW_DTPREL_G0_NC TLSLD_ADD_DTPREL_HI12
		TLSLD_ADD_DTPREL_LO12 TLSLD_ADD_DTPREL_LO12_NC`) {
		names[uint32(83+i)] = name
	}
	for first, group := range map[uint32]string{93: "TLSLD_LDST%_DTPREL_LO12", 112: "TLSLE_LDST%_TPREL_LO12"} {
		for i, size := range []string{"8", "16", "32", "64", "128"} {
			name := strings.Replace(group, "%", size, 1)
			names[first+2*uint32(i)], names[first+2*uint32(i)+1] = name, name+"_NC"
		}
	}
	for typ, name := range names {
		names[typ] = "R_AARCH64_P32_" + name
	}
	return names
}()

// aarch64ILP32ABI has the operations of the ABI's tables, where there is one for both classes of files: those of 64 bits have them by the same names, and load 64 bits instead of 32.
func aarch64ILP32ABI() map[uint32]abiRow {
	wide, rows := map[string]abiRow{}, map[uint32]abiRow{0: {"0", 0}}
	for typ, row := range aarch64ABI() {
		wide[aarch64ELF[typ].name] = row
	}
	for typ := uint32(1); typ < 180; typ++ {
		name := aarch64ILP32Names[typ]
		if name == "" {
			name = elf.R_AARCH64(typ).String()
		}
		for _, change := range [][2]string{{"P32_", ""}, {"LD32_", "LD64_"}, {"GOTPAGE_LO14", "GOTPAGE_LO15"}} {
			name = strings.Replace(name, change[0], change[1], 1)
		}
		if row, ok := wide[name]; ok {
			rows[typ] = row
		}
	}
	return rows
}

// TestILP32Numbers compares the table with LLVM's, which has the numbers of both classes of files, and names of the same age as the ABI's.
func TestILP32Numbers(t *testing.T) {
	const path = "/usr/lib/llvm-14/include/llvm/BinaryFormat/ELFRelocs/AArch64.def"
	testenv.NeedsFile(t, path, "llvm-14-dev")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// LLVM has these two the other way around; elf.h of the C library, whose dynamic linker they are for, and debug/elf agree.
	exchanged := map[uint32]uint32{184: 185, 185: 184}
	rows, found := aarch64ILP32Rows(), 0
	for _, m := range regexp.MustCompile(`ELF_RELOC\((R_AARCH64_P32_\w+),\s*(0x[0-9a-f]+)\)`).FindAllSubmatch(text, -1) {
		number, err := strconv.ParseUint(string(m[2]), 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		typ := uint32(number)
		if other, ok := exchanged[typ]; ok {
			typ = other
		}
		if rows[typ].name != string(m[1]) {
			t.Errorf("%d is %s, of LLVM %s", typ, rows[typ].name, m[1])
		}
		found++
	}
	known := slices.DeleteFunc(rows, func(h howto) bool { return h.name == "" })
	if want := len(known) - 1; found != want { // R_AARCH64_NONE is of both classes
		t.Errorf("LLVM has %d relocations, the table %d", found, want)
	}
}

// aarch64ILP32Assembler has what compilers write seldom.
const aarch64ILP32Assembler = `
	.text
	.globl main
main:	b far_function
	bl far_function
	bl weak_function
	b weak_function
	cbz x0, local
	b.ne local
	tbz x0, #3, local
	ldr w0, literal
	ldr w1, weak_data
	adr x2, literal + 3
	adr x3, weak_data
	adrp x4, far_data
	add x4, x4, :lo12:far_data
	ldrb w5, [x4, :lo12:own_data + 1]
	ldrh w5, [x4, :lo12:own_data + 2]
	ldr w5, [x4, :lo12:own_data + 4]
	ldr x5, [x4, :lo12:own_data + 8]
	ldr q5, [x4, :lo12:own_data + 16]
	str x5, [x4, :lo12:own_data + 8]
	movz w6, :abs_g0:absolute
	movz w6, :abs_g1:far_data
	movk w6, :abs_g0_nc:far_data + 7
	movz w7, :abs_g0_s:absolute
	movz w8, :prel_g1:main
	movk w8, :prel_g0_nc:main
	movz w8, :prel_g0:near
	movn w8, :prel_g0:main
	movz w8, :prel_g1:own_data
near:	adrp x9, :got:far_data
	ldr w9, [x9, :got_lo12:far_data]
	adrp x10, :got:far_data
	ldr w10, [x10, :gotpage_lo14:far_data]
	ldr w9, :got:far_data
	.section .text.second, "ax"
local:	bl main
literal: .word far_data
	.data
	.p2align 4
	.globl own_data
own_data:
	.word far_data, far_data+0x1000, main, local+3, own_data-8, 0, 0, 0
	.word far_data-., main-own_data
	.word main-., far_data-.-8
	.hword absolute, .Lend-.
	.reloc ., R_AARCH64_P32_PREL16, own_data
	.hword 0
	.byte 1
	.word far_data
	.weak weak_function, weak_data
	.globl absolute
	absolute = 0x7654
.Lend:
`
