# What -mindirect-branch=thunk-extern, -mfunction-return=thunk-extern and -mretpoline-external-thunk call: an indirect jump that the processor
# does not predict, because it is a return to an address just written (Intel, "Retpoline: A Branch Target Injection Mitigation").

	.macro retpoline register
	.weak __x86_indirect_thunk_\register, __llvm_retpoline_\register
	.type __x86_indirect_thunk_\register, @function
	.type __llvm_retpoline_\register, @function
	.p2align 4
__x86_indirect_thunk_\register:
__llvm_retpoline_\register:
	call 2f
1:	pause
	lfence
	jmp 1b
2:	mov %\register, (%rsp)
	ret
	.size __x86_indirect_thunk_\register, . - __x86_indirect_thunk_\register
	.size __llvm_retpoline_\register, . - __llvm_retpoline_\register
	.endm

	.text
	.irp register, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	retpoline \register
	.endr

# Where the target is on the stack already: a return, or a jump to what was pushed.
	.weak __x86_indirect_thunk, __x86_return_thunk
	.type __x86_indirect_thunk, @function
	.type __x86_return_thunk, @function
	.p2align 4
__x86_indirect_thunk:
__x86_return_thunk:
	call 2f
1:	pause
	lfence
	jmp 1b
2:	lea 8(%rsp), %rsp
	ret
	.size __x86_indirect_thunk, . - __x86_indirect_thunk
	.size __x86_return_thunk, . - __x86_return_thunk
	.section .note.GNU-stack, "", @progbits
