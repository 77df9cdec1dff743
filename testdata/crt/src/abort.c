/* abort: SIGABRT, and where that is ignored or handled, an instruction that traps. */
#include "crt.h"

API _Noreturn void abort(void) {
	enum { sigabrt = 6 };
	system3(sys_tgkill, system3(sys_getpid, 0, 0, 0), system3(sys_gettid, 0, 0, 0), sigabrt);
	__builtin_trap();
}
