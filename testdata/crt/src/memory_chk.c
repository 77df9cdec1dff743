/* What _FORTIFY_SOURCE makes of memcpy and its kin when it knows how much room there is (LSB 5.0, "Interfaces for libc"). */
#include "crt.h"

_Noreturn void __chk_fail(void);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);

API void *__memmove_chk(void *d, const void *s, size_t n, size_t room) {
	if (n > room) __chk_fail();
	return memmove(d, s, n);
}
ALIAS(__memmove_chk) void *__memcpy_chk(void *, const void *, size_t, size_t);
API void *__mempcpy_chk(void *d, const void *s, size_t n, size_t room) {
	if (n > room) __chk_fail();
	return (char *)memmove(d, s, n) + n;
}
API void *__memset_chk(void *d, int c, size_t n, size_t room) {
	if (n > room) __chk_fail();
	return memset(d, c, n);
}
API void __explicit_bzero_chk(void *d, size_t n, size_t room) {
	if (n > room) __chk_fail();
	memset(d, 0, n);
	__asm__ volatile("" : : "r"(d) : "memory");
}
