# The table by which the loader finds everything, in bytes from its start. There are no TLS descriptors. Functions have one TOC with the code: they find it from r12.
	.section .table, "a"
table:
	.long code_end - table, data_end - table, host - table
	.long get_addr - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.long 0, 0, 0, 0, 0
	.section .note.GNU-stack, "", @progbits
