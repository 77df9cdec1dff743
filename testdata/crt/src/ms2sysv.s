# What gcc calls in functions of the Microsoft ABI with -mcall-ms2sysv-xlogues (GCC manual, "x86 Options"): prologues and epilogues that save and restore the registers
# which such a function has to keep and functions of the System V ABI do not. Which register is where is in the unwind tables of gcc's own prologues.
#
#	__V_savms64_N, __V_savms64f_N		%rax is 128 bytes below the frame's top: N registers are saved there
#	__V_resms64_N, __V_resms64f_N		%rsi is what %rax was: they are restored
#	__V_resms64x_N, __V_resms64fx_N		the same, and the function that has jumped there returns: with the stack at %r10, or by the frame at %rbp
#
# V is avx or sse: how vector registers are moved. The first 12 registers are xmm6 to xmm15, rsi and rdi, the others those that the function uses. A function with a
# frame pointer (f) has saved rbp itself.

	.macro entry name
	.weak \name
	.type \name, @function
	.size \name, 9f - \name
\name:
	.endm

	.macro save name, n, register
	entry \name\()_\n
	mov %\register, 32-8*\n(%rax)
	.endm

	.macro restore name, n, register
	entry \name\()_\n
	mov 32-8*\n(%rsi), %\register
	.endm

	.macro unframed move, name
	\move \name, 18, r15
	\move \name, 17, r14
	\move \name, 16, r13
	\move \name, 15, r12
	\move \name, 14, rbp
	\move \name, 13, rbx
	.endm

	.macro framed move, name
	\move \name, 17, r15
	\move \name, 16, r14
	\move \name, 15, r13
	\move \name, 14, r12
	\move \name, 13, rbx
	.endm

	.macro save12 name, vmove
	save \name, 12, rdi
	mov %rsi, -56(%rax)
	.irp x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6
	\vmove %xmm\x, 16*(12-\x)(%rax)
	.endr
	.endm

	.macro restore12 name, vmove
	restore \name, 12, rdi
	.irp x, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6
	\vmove 16*(12-\x)(%rsi), %xmm\x
	.endr
	mov -56(%rsi), %rsi
	.endm

	.macro group v, vmove
	.cfi_startproc
	unframed save, __\v\()_savms64
	save12 __\v\()_savms64, \vmove
	ret
9:	.cfi_endproc

	.cfi_startproc
	framed save, __\v\()_savms64f
	save12 __\v\()_savms64f, \vmove
	ret
9:	.cfi_endproc

	.cfi_startproc
	unframed restore, __\v\()_resms64
	restore12 __\v\()_resms64, \vmove
	ret
9:	.cfi_endproc

	.cfi_startproc
	framed restore, __\v\()_resms64f
	restore12 __\v\()_resms64f, \vmove
	ret
9:	.cfi_endproc

	.cfi_startproc
	.cfi_def_cfa r10, 8
	unframed restore, __\v\()_resms64x
	restore12 __\v\()_resms64x, \vmove
	mov %r10, %rsp
	.cfi_def_cfa rsp, 8
	ret
9:	.cfi_endproc

	.cfi_startproc
	.cfi_def_cfa rbp, 16
	.cfi_offset rbp, -16
	framed restore, __\v\()_resms64fx
	restore12 __\v\()_resms64fx, \vmove
	leave
	.cfi_def_cfa rsp, 8
	ret
9:	.cfi_endproc
	.endm

	.text
	group sse, movaps
	group avx, vmovaps
	.section .note.GNU-stack, "", @progbits
