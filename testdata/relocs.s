# Every relocation of x86-64 that compilers and gas put into relocatable objects, but for thread-local storage: one
# datum (data_KIND) or function (get_KIND) each. The functions return the address of `target`, or what they say. Definitions
# that are not here: target and target_function in relocs_target.s, abs8, abs16 and abs32 in absolute.s.

	.macro	function name
	.globl	\name
	.type	\name, @function
\name:
	.endm
	.macro	end name
	.size	\name, .-\name
	.endm

	.text

# R_X86_64_PC32: S + A - P. The instruction's end is P + 4, which the addend says.
	function get_PC32
	leaq	target(%rip), %rax
	ret
	end	get_PC32

# R_X86_64_PC32 with an immediate byte behind the field: the instruction's end is P + 5. Returns 1 when the first word of target is 77.
	function get_PC32_immediate
	xorl	%eax, %eax
	cmpl	$77, target(%rip)
	sete	%al
	ret
	end	get_PC32_immediate

# R_X86_64_PLT32: L + A - P. Returns what target_function returns: 42.
	function get_PLT32
	subq	$8, %rsp
	call	target_function@PLT
	addq	$8, %rsp
	ret
	end	get_PLT32

# R_X86_64_PLT32 of a jump.
	function get_PLT32_jump
	jmp	target_function@PLT
	end	get_PLT32_jump

# R_X86_64_GOTPCREL: G + GOT + A - P, in an instruction that cannot be relaxed.
	function get_GOTPCREL
	pushq	target@GOTPCREL(%rip)
	popq	%rax
	ret
	end	get_GOTPCREL

# R_X86_64_GOTPCREL as data.
	.balign	4
	.globl	data_GOTPCREL
data_GOTPCREL:
	.long	target@GOTPCREL

# R_X86_64_REX_GOTPCRELX: mov becomes lea where the target is near.
	function get_REX_GOTPCRELX
	movq	target@GOTPCREL(%rip), %rax
	ret
	end	get_REX_GOTPCRELX

# R_X86_64_REX_GOTPCRELX: test becomes test with an immediate, cmp and add likewise. Returns 1 when the addresses agree.
	function get_REX_GOTPCRELX_cmp
	leaq	target(%rip), %rcx
	xorl	%eax, %eax
	cmpq	target@GOTPCREL(%rip), %rcx
	sete	%al
	ret
	end	get_REX_GOTPCRELX_cmp

	function get_REX_GOTPCRELX_add
	xorl	%eax, %eax
	addq	target@GOTPCREL(%rip), %rax
	ret
	end	get_REX_GOTPCRELX_add

	function get_REX_GOTPCRELX_test
	movq	$-1, %rcx
	xorl	%eax, %eax
	testq	%rcx, target@GOTPCREL(%rip)
	setne	%al
	ret
	end	get_REX_GOTPCRELX_test

# R_X86_64_GOTPCRELX: an indirect call becomes a direct one with a prefix, an indirect jump one with a nop.
	function get_GOTPCRELX_call
	subq	$8, %rsp
	call	*target_function@GOTPCREL(%rip)
	addq	$8, %rsp
	ret
	end	get_GOTPCRELX_call

	function get_GOTPCRELX_jmp
	jmp	*target_function@GOTPCREL(%rip)
	end	get_GOTPCRELX_jmp

# R_X86_64_GOTPCRELX: mov without REX (the low half of the address).
	function get_GOTPCRELX_mov
	movl	target@GOTPCREL(%rip), %eax
	ret
	end	get_GOTPCRELX_mov

# R_X86_64_64 in code.
	function get_64
	movabsq	$target, %rax
	ret
	end	get_64

# R_X86_64_32 and R_X86_64_32S with an absolute symbol. They return its value.
	function get_32
	movl	$abs32, %eax
	ret
	end	get_32

	function get_32S
	movq	$abs32, %rax
	ret
	end	get_32S

# R_X86_64_GOTPC32 (GOT + A - P) and R_X86_64_GOTOFF64 (S + A - GOT).
	function get_GOTOFF64
	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rcx
	movabsq	$local_target@GOTOFF, %rax
	addq	%rcx, %rax
	ret
	end	get_GOTOFF64

# R_X86_64_GOTPC64 (GOT + A - P) and R_X86_64_GOT64 (G + A): the large code model's way.
	function get_GOT64
1:	leaq	1b(%rip), %rcx
	movabsq	$_GLOBAL_OFFSET_TABLE_-1b, %rdx
	addq	%rdx, %rcx
	movabsq	$target@GOT, %rax
	movq	(%rcx,%rax), %rax
	ret
	end	get_GOT64

# R_X86_64_GOTPCREL64: G + GOT + A - P.
	function get_GOTPCREL64
	leaq	data_GOTPCREL64(%rip), %rax
	addq	(%rax), %rax
	movq	(%rax), %rax
	ret
	end	get_GOTPCREL64

# R_X86_64_GOTPLT64: G + A, of a function.
	function get_GOTPLT64
	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rcx
	movabsq	$target_function@GOTPLT, %rax
	subq	$8, %rsp
	call	*(%rcx,%rax)
	addq	$8, %rsp
	ret
	end	get_GOTPLT64

# R_X86_64_PLTOFF64: L + A - GOT.
	function get_PLTOFF64
	leaq	_GLOBAL_OFFSET_TABLE_(%rip), %rcx
	movabsq	$target_function@PLTOFF, %rax
	addq	%rcx, %rax
	subq	$8, %rsp
	call	*%rax
	addq	$8, %rsp
	ret
	end	get_PLTOFF64

# R_X86_64_PC8 and R_X86_64_PC16: a weak symbol of the same section, which the assembler must leave to the linker. Returns 8, 16.
	function get_PC8
	xorl	%eax, %eax
	.byte	0xeb			# jmp rel8
	.reloc	., R_X86_64_PC8, near8-1
	.byte	0
	.weak	near8
near8:
	movl	$8, %eax
	ret
	end	get_PC8

	function get_PC16
	leaq	data_PC16(%rip), %rcx
	movswq	(%rcx), %rax
	addq	%rcx, %rax
	jmp	*%rax
	.weak	near16
near16:
	movl	$16, %eax
	ret
	end	get_PC16

data_PC16:
	.reloc	., R_X86_64_PC16, near16
	.short	0

	.data
	.balign	8
	.globl	data_64, data_PC64, data_32, data_32S, data_16, data_8, data_GOTPCREL64, data_SIZE32, data_SIZE64, data_section
data_64:	.quad	target + 8
data_PC64:	.quad	target - .
data_GOTPCREL64:
	.quad	target@GOTPCREL
data_SIZE64:	.quad	target@SIZE
data_section:	.quad	.data + 16		# against the section's symbol
data_32:	.long	abs32
data_32S:
	.reloc	., R_X86_64_32S, abs_negative
	.long	0
data_SIZE32:	.long	target@SIZE + 1
data_16:	.short	abs16
data_8:	.byte	abs8

	.balign	8
local_target:	.quad	99

	.section .note.GNU-stack,"",@progbits
