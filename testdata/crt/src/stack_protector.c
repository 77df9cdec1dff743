/* The end of a program whose stack was overwritten, and the guard word for -mstack-protector-guard=global. */
#include "fail.h"

/* The first byte in memory is zero, so that no string function can write the word back. */
API uintptr_t __stack_chk_guard = 0x5f1d8e3ab94c7600;

/* Functions that are running keep the word that they read, so it changes before any that uses it can run. */
static __attribute__((constructor(101))) void choose_guard(void) {
	uintptr_t word;
	if (system3(sys_getrandom, (long)&word, sizeof word, 0) == sizeof word) __stack_chk_guard = word & ~(uintptr_t)0xff;
}

API _Noreturn void __stack_chk_fail(void) {
	SAY("*** stack smashing detected ***: terminated\n");
	__builtin_trap();
}
ALIAS(__stack_chk_fail) _Noreturn void __stack_chk_fail_local(void);
