# Thread-local variables of Windows on i386: the number of the object's block, and distances in it.
#
# mcjit rtdyld -triple=i686-pc-windows-msvc -verify -own-stubs -check=threads.s threads.o

	.text
	.globl	_start
_start:
# rtdyld-check: *{4}(r1 + 1) = section_addr(threads.o, .got.tls)
r1:	movl	__tls_index, %eax
# rtdyld-check: *{4}section_addr(threads.o, .got.tls) = 1
# rtdyld-check: *{4}(r2 + 3) = 0x2c
r2:	movl	%fs:__tls_array, %ecx
	movl	(%ecx,%eax,4), %ecx
# rtdyld-check: *{4}(r3 + 2) = 12
r3:	leal	_variable@SECREL32+4(%ecx), %eax
# rtdyld-check: *{4}(r4 + 2) = 16
r4:	movl	_hidden@SECREL32(%ecx), %eax

	.section	.tls$,"dw"
	.long	1, 2
	.globl	_variable
_variable:
	.long	3, 4
_hidden:
	.long	_start
