/* What _FORTIFY_SOURCE makes of strcpy and its kin when it knows how much room there is (LSB 5.0, "Interfaces for libc"). */
#include "crt.h"

_Noreturn void __chk_fail(void);

/* put writes a character if there is room for it. */
static inline void put(char *d, size_t at, size_t room, char c) {
	if (at >= room) __chk_fail();
	d[at] = c;
}

API char *__stpcpy_chk(char *d, const char *s, size_t room) {
	size_t i = 0;
	for (; s[i]; i++) put(d, i, room, s[i]);
	put(d, i, room, 0);
	return d + i;
}
API char *__strcpy_chk(char *d, const char *s, size_t room) {
	__stpcpy_chk(d, s, room);
	return d;
}
API char *__stpncpy_chk(char *d, const char *s, size_t n, size_t room) {
	if (n > room) __chk_fail();
	size_t length = 0;
	for (; length < n && s[length]; length++) d[length] = s[length];
	for (size_t i = length; i < n; i++) d[i] = 0;
	return d + length;
}
API char *__strncpy_chk(char *d, const char *s, size_t n, size_t room) {
	__stpncpy_chk(d, s, n, room);
	return d;
}
API char *__strncat_chk(char *d, const char *s, size_t n, size_t room) {
	size_t at = 0;
	for (; at < room && d[at]; at++) {}
	for (; n && *s; n--) put(d, at++, room, *s++);
	put(d, at, room, 0);
	return d;
}
API char *__strcat_chk(char *d, const char *s, size_t room) { return __strncat_chk(d, s, SIZE_MAX, room); }
