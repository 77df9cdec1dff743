# The table by which the loader finds everything, in bytes from its start, and the functions of TLS descriptors.
	.section .table, "a"
table:
	.word code_end - table, data_end - table, host - table
	.word get_addr - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.word descriptor_static - table, descriptor - table, descriptor - table, tlv - table, tlv - table

	.text
# A descriptor's function gets the descriptor in x0, returns the distance from the thread pointer there, and keeps all other registers but x30
# ("ELF for the Arm 64-bit Architecture", appendix "Thread Local Storage"). What it calls uses no vector registers.
descriptor_static:
	hint #34 // bti c
	ldr x0, [x0, #8]
	ret

	.macro enter
	hint #34
	stp x29, x30, [sp, #-160]!
	mov x29, sp
	stp x1, x2, [sp, #16]
	stp x3, x4, [sp, #32]
	stp x5, x6, [sp, #48]
	stp x7, x8, [sp, #64]
	stp x9, x10, [sp, #80]
	stp x11, x12, [sp, #96]
	stp x13, x14, [sp, #112]
	stp x15, x16, [sp, #128]
	stp x17, x18, [sp, #144]
	.endm
	.macro call_host
	adrp x1, host
	ldr x1, [x1, :lo12:host]
	blr x1
	.endm
	.macro leave
	ldp x1, x2, [sp, #16]
	ldp x3, x4, [sp, #32]
	ldp x5, x6, [sp, #48]
	ldp x7, x8, [sp, #64]
	ldp x9, x10, [sp, #80]
	ldp x11, x12, [sp, #96]
	ldp x13, x14, [sp, #112]
	ldp x15, x16, [sp, #128]
	ldp x17, x18, [sp, #144]
	ldp x29, x30, [sp], #160
	ret
	.endm

descriptor:
	enter
	ldr x0, [x0, #8]
	call_host
	mrs x1, tpidr_el0
	sub x0, x0, x1
	leave

# The function of Mach-O's descriptors gets the descriptor in x0, and returns the variable's address there. Behind the first word is what __tls_get_addr takes.
tlv:
	enter
	add x0, x0, #8
	call_host
	leave
	.section .note.GNU-stack, "", @progbits
