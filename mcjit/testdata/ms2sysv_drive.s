# void drive(int stub, struct state *s): runs one of the stubs with all registers as s says, and notes them afterwards.
# struct state { u64 r[16]; u128 x[16]; struct { u64 r[16]; u128 x[16]; } after; char area[512]; }, with registers in the order of their numbers. What the stubs take for the frame's
# address is 256 bytes into the area. after.r of rsp is the difference to what it should be.

	.set AFTER, 384
	.set BASE, 768 + 256

	.data
state:	.quad 0
target:	.quad 0
stack:	.quad 0
spare:	.quad 0

	.macro names v
	.irp n, 12, 13, 14, 15, 16, 17, 18
	.quad __\v\()_savms64_\n
	.endr
	.irp n, 12, 13, 14, 15, 16, 17
	.quad __\v\()_savms64f_\n
	.endr
	.irp n, 12, 13, 14, 15, 16, 17, 18
	.quad __\v\()_resms64_\n
	.endr
	.irp n, 12, 13, 14, 15, 16, 17
	.quad __\v\()_resms64f_\n
	.endr
	.irp n, 12, 13, 14, 15, 16, 17, 18
	.quad __\v\()_resms64x_\n
	.endr
	.irp n, 12, 13, 14, 15, 16, 17
	.quad __\v\()_resms64fx_\n
	.endr
	.endm
stubs:	names sse
	names avx
	.set STUBS, 39

	.text
	.globl drive
	.type drive, @function
drive:	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsi, state(%rip)
	mov %rsp, stack(%rip)
	mov %edi, %eax
	lea stubs(%rip), %rcx
	mov (%rcx,%rax,8), %rdx
	mov %rdx, target(%rip)
	cmp $STUBS, %eax
	jb 1f
	sub $STUBS, %eax
1:	mov %rsi, %rdi			# the state, until the last register is loaded
	mov %eax, spare(%rip)

	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups 128+16*\n(%rdi), %xmm\n
	.endr
	mov 8*0(%rdi), %rax
	mov 8*1(%rdi), %rcx
	mov 8*2(%rdi), %rdx
	mov 8*3(%rdi), %rbx
	mov 8*5(%rdi), %rbp
	mov 8*6(%rdi), %rsi
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	mov 8*\n(%rdi), %r\n
	.endr

	cmpl $13, spare(%rip)
	jb saves
	cmpl $26, spare(%rip)
	jb restores
	cmpl $33, spare(%rip)
	jb returns

# the frame at %rbp: it is left, and returned from
	lea after(%rip), %rsi
	push %rsi
	push %rbp
	mov %rsp, %rbp
	lea BASE(%rdi), %rsi
	mov 8*7(%rdi), %rdi
	sub $0x100, %rsp
	jmp *target(%rip)

# the stack at %r10
returns:
	lea after(%rip), %rsi
	push %rsi
	mov %rsp, %r10
	lea BASE(%rdi), %rsi
	mov 8*7(%rdi), %rdi
	sub $0x100, %rsp
	jmp *target(%rip)

restores:
	lea BASE(%rdi), %rsi
	mov 8*7(%rdi), %rdi
	call *target(%rip)
	jmp after

saves:	lea BASE(%rdi), %rax
	mov 8*7(%rdi), %rdi
	call *target(%rip)

after:	mov %rdi, spare(%rip)
	mov state(%rip), %rdi
	mov %rax, AFTER+8*0(%rdi)
	mov %rcx, AFTER+8*1(%rdi)
	mov %rdx, AFTER+8*2(%rdi)
	mov %rbx, AFTER+8*3(%rdi)
	mov %rbp, AFTER+8*5(%rdi)
	mov %rsi, AFTER+8*6(%rdi)
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	mov %r\n, AFTER+8*\n(%rdi)
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups %xmm\n, AFTER+128+16*\n(%rdi)
	.endr
	mov spare(%rip), %rax
	mov %rax, AFTER+8*7(%rdi)
	mov %rsp, %rax
	sub stack(%rip), %rax
	mov %rax, AFTER+8*4(%rdi)
	mov stack(%rip), %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.size drive, . - drive
	.section .note.GNU-stack, "", @progbits
