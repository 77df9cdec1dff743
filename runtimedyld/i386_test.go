package runtimedyld

import (
	"bytes"
	"debug/elf"
)

func init() {
	abis["i386"] = abi{
		prefix: "R_386_", name: func(typ uint32) string { return elf.R_386(typ).String() }, more: map[uint32]string{250: "R_386_GNU_VTINHERIT", 251: "R_386_GNU_VTENTRY"},
		rows: map[uint32]abiRow{
			0: {"0", 0}, 1: {"S + A", 32}, 2: {"S + A - P", 32}, 3: {"G + A, or G + GOT + A without a base register", 32}, 4: {"L + A - P", 32}, 9: {"S + A - GOT", 32},
			10: {"GOT + A - P", 32}, 11: {"L + A", 32}, 15: {"G + GOT + A", 32}, 16: {"G + A", 32}, 17: {"T + A", 32}, 18: {"G + A", 32}, 19: {"G + A", 32},
			20: {"S + A", 16}, 21: {"S + A - P", 16}, 22: {"S + A", 8}, 23: {"S + A - P", 8}, 32: {"D + A", 32}, 33: {"G + A", 32}, 34: {"A - T", 32},
			38: {"Z + A", 32}, 39: {"G + A", 32}, 40: {"0", 0}, 43: {"G + A, or G + GOT + A without a base register", 32}, 250: {"0", 0}, 251: {"0", 0},
		},
	}
	crossTargets["i386"] = crossTarget{
		compilers: []string{"clang-19 --target=i386-linux-gnu", "i686-linux-gnu-gcc"}, got: ".got.plt", adapt: i386Adapt, bases: []uint64{0x20_0000, 0x7000_0000},
		flags:     []string{"-O2 -fPIC -fno-plt", "-Os -fno-pic -fno-plt", "-O2 -fPIE -fcf-protection=full", "-O3 -fPIC", "-O3 -fno-pic -ffunction-sections"},
		assembler: i386Assembler,
	}
	execTargets["i386"] = execTarget{
		compilers: []string{"i686-linux-gnu-gcc", "clang-19 --target=i386-linux-gnu"},
		flags:     []string{"-O2 -fPIC -fno-plt -fcf-protection=full", "-O2 -fPIC -mtls-dialect=gnu2", "-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O1 -fno-pic -ftls-model=initial-exec -fno-plt"},
		start:     i386Start,
	}
}

// i386Adapt looks at what is relaxed here: ld.lld does so on x86-64 only.
func i386Adapt(c *crossSection, row *howto, i int) bool {
	r := &c.relocs[i]
	if row.need&relaxable == 0 || bytes.Equal(c.ours[r.Offset-2:r.Offset], c.theirs[r.Offset-2:r.Offset]) {
		return false
	}
	c.relaxed++
	c.same(r.Offset-2, 6)
	return true
}

// i386Start makes a segment for %gs: set_thread_area with a struct user_desc.
const i386Start = `
	.globl _start, ___tls_get_addr, thread_descriptor
_start:	movl $243, %eax
	movl $description, %ebx
	int $0x80
	movl description, %eax
	leal 3(,%eax,8), %eax
	movw %ax, %gs
	movl $thread_pointer, %eax
	movl %eax, %gs:0
	andl $-16, %esp
	call check
	movl %eax, %ebx
	movl $1, %eax
	int $0x80
___tls_get_addr:
	pushl %edx
	movl (%eax), %edx
	movl 4(%eax), %eax
	addl %edx, %eax
	popl %edx
	ret
thread_descriptor:
	movl 4(%eax), %eax
	ret
	.data
description:
	.long -1, thread_pointer, 0xfffff, 0x51
`

// i386Assembler has what compilers write seldom.
var i386Assembler = []string{`
	.text
	.globl main
	.type main, @function
main:	call far_function
	call far_function@PLT
	jne far_function
	jmp local
	jecxz near
near:	movl far_data, %eax
	movl $far_data+8, %edi
	cmpl $7, far_data
	movl table(,%eax,4), %ecx
	jmp *table(,%eax,4)
	movl $_GLOBAL_OFFSET_TABLE_, %ebx
	addl $_GLOBAL_OFFSET_TABLE_+2, %ebx
	leal own_data@GOTOFF(%ebx), %eax
	movl own_data@GOTOFF+4(%ebx), %eax
	leal main@GOTOFF(%ebx,%eax), %eax
	movl far_data@GOT(%ebx,%ecx), %eax
	cmpl $1, far_data@GOT(%ebx)
	pushl far_data@GOT(%ebx)
	imull far_data@GOT(%ebx), %eax
	pushl far_data@GOT
	movw $own_data-main, %ax
	.section .text.second, "ax"
local:	call main
	.section .rodata
table:	.long main, main+1, far_function, table-1
	.long far_data-., main-.
	.data
	.globl own_data
own_data:
	.long far_data, far_data+0x10000000, own_data-8, far_data@GOT, weak_data, far_function@GOTOFF
	.word absolute, absolute+4
	.byte small, small + 1
	.long far_data
	.weak weak_data
	.globl absolute, small
	absolute = 0x7654
	small = 77
	.size main, 77
	.size own_data, 8
`}
