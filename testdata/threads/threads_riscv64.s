# The table by which the loader finds everything, in bytes from its start, and the functions of TLS descriptors.
	.section .table, "a"
table:
	.word code_end - table, data_end - table, host - table
	.word get_addr - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.word descriptor_static - table, descriptor - table, descriptor - table, 0, 0

	.text
# A descriptor's function gets the descriptor in a0 and its return address in t0, returns the distance from the thread pointer in a0, and keeps all other registers
# (RISC-V ELF psABI, 9.2.5 "TLS Descriptors"). What it calls uses no registers of floating point.
descriptor_static:
	ld a0, 8(a0)
	jr t0

descriptor:
	addi sp, sp, -128
	sd ra, 0(sp)
	sd t0, 8(sp)
	sd t1, 16(sp)
	sd t2, 24(sp)
	sd t3, 32(sp)
	sd t4, 40(sp)
	sd t5, 48(sp)
	sd t6, 56(sp)
	sd a1, 64(sp)
	sd a2, 72(sp)
	sd a3, 80(sp)
	sd a4, 88(sp)
	sd a5, 96(sp)
	sd a6, 104(sp)
	sd a7, 112(sp)
	ld a0, 8(a0)
	lla t1, host
	ld t1, 0(t1)
	jalr t1
	sub a0, a0, tp
	ld ra, 0(sp)
	ld t0, 8(sp)
	ld t1, 16(sp)
	ld t2, 24(sp)
	ld t3, 32(sp)
	ld t4, 40(sp)
	ld t5, 48(sp)
	ld t6, 56(sp)
	ld a1, 64(sp)
	ld a2, 72(sp)
	ld a3, 80(sp)
	ld a4, 88(sp)
	ld a5, 96(sp)
	ld a6, 104(sp)
	ld a7, 112(sp)
	addi sp, sp, 128
	jr t0
	.section .note.GNU-stack, "", @progbits
