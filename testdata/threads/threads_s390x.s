# The table by which the loader finds everything, in bytes from its start. There are no TLS descriptors.
	.section .table, "a"
table:
	.long code_end - table, data_end - table, host - table
	.long tls_get_offset - table, emutls_get_address - table, at_thread_exit - table, end_objects - table, forget - table
	.long 0, 0, 0, 0, 0

	.text
# __tls_get_offset gets the distance from the GOT, to which r12 points, of what __tls_get_addr takes elsewhere, and returns the variable's distance from the thread
# pointer, which is in access registers 0 and 1 (s390x ELF ABI Supplement, "Thread-Local Storage").
tls_get_offset:
	stmg %r14, %r15, 112(%r15)
	aghi %r15, -160
	la %r2, 0(%r2, %r12)
	brasl %r14, get_addr
	ear %r1, %a0
	sllg %r1, %r1, 32
	ear %r1, %a1
	sgr %r2, %r1
	lmg %r14, %r15, 272(%r15)
	br %r14
	.section .note.GNU-stack, "", @progbits
