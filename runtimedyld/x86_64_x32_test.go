package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

func init() {
	crossTargets["x86_64_x32"] = crossTarget{
		compilers: []string{"gcc -mx32", "clang-19 --target=x86_64-linux-gnux32"}, ld: "x86_64-linux-gnu-ld", link: []string{"-m", "elf32_x86_64"}, got: ".got", bases: []uint64{0x20_0000, 0x7000_0000}, adapt: x32Adapt,
		flags: []string{"gcc -Os -fPIC -fno-plt", "gcc -O2 -fno-pic -fno-plt", "-O3 -fno-jump-tables -fPIC", "gcc -O1 -fPIE -fno-plt", "-O3 -fPIC"},
	}
	// Many kernels have no x32 processes, but the instructions are those of any: see aarch64_ilp32_test.go.
	execTargets["x86_64_x32"] = execTarget{
		compilers: []string{"gcc -mx32", "clang-19 --target=x86_64-linux-gnux32"}, wide: true,
		flags: []string{"-O2 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec", "-O1 -fno-pic -ftls-model=local-exec", "-O2 -fPIC upper", "-O2 -fPIC -mtls-dialect=gnu2"},
		start: `
	.globl _start, __tls_get_addr, thread_descriptor
_start:	movl $0x1002, %edi
	movl $thread_pointer, %esi
	movq %rsi, (%rsi)
	movl $158, %eax
	syscall
	movl $stack, %esp
	call check
	movl %eax, %edi
	movl $60, %eax
	syscall
__tls_get_addr:
	movl (%rdi), %eax
	addl 8(%rdi), %eax
	ret
thread_descriptor:
	movq 8(%rax), %rax
	ret
	.bss
	.p2align 4
	.zero 0x8000
stack:
`,
	}
}

// x32Adapt looks at what is relaxed. GNU ld loads an address that is an operand here by its distance as an immediate operand, for which there is room in what x32 has for addresses.
func x32Adapt(c *crossSection, row *howto, i int) bool {
	off := c.relocs[i].Offset
	if row.need&relaxable == 0 || bytes.Equal(c.ours[off-2:off], c.o.img.SectionData(c.index)[off-2:off]) {
		return false
	}
	c.relaxed++
	if c.ours[off-2] == opLea && c.theirs[off-2] == opMovImm {
		theirs := binary.LittleEndian.Uint32(c.theirs[off:])
		if ours := uint32(c.addr+off+4) + binary.LittleEndian.Uint32(c.ours[off:]); ours != theirs {
			c.t.Errorf("%s+%#x: ld has the address %#x, here it is %#x", c.name, off, theirs, ours)
		}
		first := off - 2
		if elf.R_X86_64(c.relocs[i].Type) == elf.R_X86_64_REX_GOTPCRELX { // in the prefix, the register is an operand of the other kind
			first--
		}
		c.same(first, off+4-first)
	}
	return true
}
