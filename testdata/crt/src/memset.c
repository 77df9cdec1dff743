/* memset, bzero, explicit_bzero. */
#include "crt.h"

static inline void fill(void *d, int c, size_t n) { __asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory"); }

API void *memset(void *d, int c, size_t n) {
	unsigned char *p = d;
	if (n > 32) {
		fill(d, c, n);
	} else {
		for (size_t i = 0; i < n; i++) p[i] = (unsigned char)c;
	}
	return d;
}
API void bzero(void *d, size_t n) { fill(d, 0, n); }
ALIAS(bzero) void explicit_bzero(void *, size_t);
