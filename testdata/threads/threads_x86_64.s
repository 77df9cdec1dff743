# The table by which the loader finds everything, in bytes from its start, and the functions of TLS descriptors.
	.section .table, "a"
table:
	.long code_end - table, data_end - table, host - table
	.long get_addr - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.long descriptor_static - table, descriptor_xsave - table, descriptor_fxsave - table, tlv_xsave - table, tlv_fxsave - table

	.text
# A descriptor's function gets the descriptor in %rax, returns the distance from the thread pointer there, and keeps all other registers
# (Thread-Local Storage Descriptors, 3.4).
descriptor_static:
	endbr64
	mov 8(%rax), %rax
	ret

# __tls_get_addr may allocate, and with that use vector registers. SSE, AVX and AVX-512 state is saved; AMX tiles nobody uses behind our back.
	.set vectors, 0xe6
	.set xsave_size, 2688
	.macro enter size
	endbr64
	push %rdi
	push %rsi
	push %rdx
	push %rcx
	push %r8
	push %r9
	push %r10
	push %r11
	push %rbx
	mov %rsp, %rbx
	sub $\size, %rsp
	and $-64, %rsp
	.endm
	.macro leave
	mov %rbx, %rsp
	pop %rbx
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rcx
	pop %rdx
	pop %rsi
	pop %rdi
	ret
	.endm

	.macro call_xsave
	.irp word, 0, 8, 16, 24, 32, 40, 48, 56
	movq $0, 512+\word(%rsp)
	.endr
	mov $vectors, %eax
	xor %edx, %edx
	xsave (%rsp)
	call *host(%rip)
	mov %rax, %rdi
	mov $vectors, %eax
	xor %edx, %edx
	xrstor (%rsp)
	mov %rdi, %rax
	.endm
	.macro call_fxsave
	fxsave (%rsp)
	call *host(%rip)
	fxrstor (%rsp)
	.endm

descriptor_xsave:
	enter xsave_size
	mov 8(%rax), %rdi
	call_xsave
	sub %fs:0, %rax
	leave

descriptor_fxsave:
	enter 512
	mov 8(%rax), %rdi
	call_fxsave
	sub %fs:0, %rax
	leave

# The function of Mach-O's descriptors (thread-local variables of Darwin: <mach-o/loader.h>, S_THREAD_LOCAL_VARIABLES) gets the descriptor in %rdi, returns the variable's
# address, and keeps all other registers. Behind the first word is what __tls_get_addr takes: the linker writes the module where Darwin has a key of pthread.
tlv_xsave:
	enter xsave_size
	add $8, %rdi
	call_xsave
	leave

tlv_fxsave:
	enter 512
	add $8, %rdi
	call_fxsave
	leave
	.section .note.GNU-stack, "", @progbits
