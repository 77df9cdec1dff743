# CWrapperFunctionResult bridge(const char *data, size_t size): calls a C function with the values in data, and returns its result in the 8 bytes of a small
# result. The System V ABI returns that struct in rax (the bytes) and rdx (their number).
#
# data is: the function; 6 integer arguments; 8 of floating point; the number of words on the stack; those.
	.intel_syntax noprefix
	.text
integer:
	xor eax, eax
	jmp begin
	.balign 8
floating:
	mov eax, 1
begin:
	push rbp
	mov rbp, rsp
	push rbx
	push r12
	mov r12d, eax
	mov rbx, rdi
	mov rcx, [rbx + 120]
	mov rax, rcx
	and eax, 1
	shl eax, 3
	sub rsp, rax
push_words:
	test rcx, rcx
	jz load
	push qword ptr [rbx + 120 + rcx*8]
	dec rcx
	jmp push_words
load:
	movsd xmm0, [rbx + 56]
	movsd xmm1, [rbx + 64]
	movsd xmm2, [rbx + 72]
	movsd xmm3, [rbx + 80]
	movsd xmm4, [rbx + 88]
	movsd xmm5, [rbx + 96]
	movsd xmm6, [rbx + 104]
	movsd xmm7, [rbx + 112]
	mov rdi, [rbx + 8]
	mov rsi, [rbx + 16]
	mov rdx, [rbx + 24]
	mov rcx, [rbx + 32]
	mov r8, [rbx + 40]
	mov r9, [rbx + 48]
	mov eax, 8
	call [rbx]
	test r12d, r12d
	jz finish
	movq rax, xmm0
finish:
	mov edx, 8
	lea rsp, [rbp - 16]
	pop r12
	pop rbx
	pop rbp
	ret
	.balign 16, 0xcc
# CWrapperFunctionResult read(const char *data, size_t size): returns bytes of memory in a large result, which is allocated by malloc and which the executor frees. data is: the address;
# the size, more than 8; malloc; memcpy.
read:
	push rbp
	push rbx
	sub rsp, 8
	mov rbx, rdi
	mov rdi, [rbx + 8]
	call [rbx + 16]
	mov rbp, rax
	xor edx, edx
	test rax, rax
	jz read_end
	mov rdi, rax
	mov rsi, [rbx]
	mov rdx, [rbx + 8]
	call [rbx + 24]
	mov rax, rbp
	mov rdx, [rbx + 8]
read_end:
	add rsp, 8
	pop rbx
	pop rbp
	ret
