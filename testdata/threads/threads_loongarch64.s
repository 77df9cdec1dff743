# The table by which the loader finds everything, in bytes from its start, and the functions of TLS descriptors.
	.section .table, "a"
table:
	.word code_end - table, data_end - table, host - table
	.word get_addr - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.word descriptor_static - table, descriptor - table, descriptor - table, 0, 0

	.text
# A descriptor's function gets the descriptor in $a0, returns the distance from the thread pointer there, and keeps all other registers but $ra
# (LoongArch ELF psABI, "TLS Descriptors"). What it calls uses no registers of floating point.
descriptor_static:
	ld.d $a0, $a0, 8
	jr $ra

	.macro each operation
	\operation $ra, $sp, 0
	\operation $a1, $sp, 8
	\operation $a2, $sp, 16
	\operation $a3, $sp, 24
	\operation $a4, $sp, 32
	\operation $a5, $sp, 40
	\operation $a6, $sp, 48
	\operation $a7, $sp, 56
	\operation $t0, $sp, 64
	\operation $t1, $sp, 72
	\operation $t2, $sp, 80
	\operation $t3, $sp, 88
	\operation $t4, $sp, 96
	\operation $t5, $sp, 104
	\operation $t6, $sp, 112
	\operation $t7, $sp, 120
	\operation $t8, $sp, 128
	.endm

descriptor:
	addi.d $sp, $sp, -144
	each st.d
	ld.d $a0, $a0, 8
	la.local $t0, host
	ld.d $t0, $t0, 0
	jirl $ra, $t0, 0
	sub.d $a0, $a0, $tp
	each ld.d
	addi.d $sp, $sp, 144
	jr $ra
	.section .note.GNU-stack, "", @progbits
