/* The end of a program that is about to write beyond a buffer, and the check of FD_SET and its kin. */
#include "fail.h"

API _Noreturn void __chk_fail(void) {
	SAY("*** buffer overflow detected ***: terminated\n");
	__builtin_trap();
}
API long __fdelt_chk(long descriptor) {
	enum { fd_setsize = 1024, bits = 64 };
	if (descriptor < 0 || descriptor >= fd_setsize) __chk_fail();
	return descriptor / bits;
}
ALIAS(__fdelt_chk) long __fdelt_warn(long);
