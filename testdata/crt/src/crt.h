/* What the members of libcrt.a share. They are freestanding: no C library, no thread-local storage, the kernel is asked directly.
   Every function is weak, so that one which a program brings along itself wins over the member's that happens to define it too. */
#ifndef CRT_H
#define CRT_H
#include <stddef.h>
#include <stdint.h>

#define API __attribute__((weak))
#define ALIAS(name) __attribute__((weak, alias(#name)))

typedef __int128 ti;
typedef unsigned __int128 uti;

enum { sys_write = 1, sys_stat = 4, sys_fstat = 5, sys_lstat = 6, sys_mmap = 9, sys_munmap = 11, sys_sched_yield = 24, sys_getpid = 39,
       sys_mknod = 133, sys_gettid = 186, sys_exit_group = 231, sys_tgkill = 234, sys_mknodat = 259, sys_newfstatat = 262, sys_getrandom = 318 };

/* System calls by the kernel's convention (psABI A.2): the result is -errno on failure. */
static inline long system6(long n, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}
static inline long system4(long n, long a, long b, long c, long d) { return system6(n, a, b, c, d, 0, 0); }
static inline long system3(long n, long a, long b, long c) { return system6(n, a, b, c, 0, 0, 0); }
#endif
