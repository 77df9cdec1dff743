/* memcpy, memmove, mempcpy, bcopy: one function, right for overlaps. */
#include "crt.h"

typedef struct { uint64_t a, b; } __attribute__((may_alias, packed)) b16;
typedef uint64_t __attribute__((may_alias, aligned(1))) b8;
typedef uint32_t __attribute__((may_alias, aligned(1))) b4;
typedef uint16_t __attribute__((may_alias, aligned(1))) b2;

/* Up to twice a width, two moves of that width that may overlap; both are read before either is written. */
#define ENDS(type) do { type head = *(const type *)s, tail = *(const type *)(s + n - sizeof(type)); *(type *)d = head; *(type *)(d + n - sizeof(type)) = tail; } while (0)

static inline __attribute__((always_inline)) void move(unsigned char *d, const unsigned char *s, size_t n) {
	if (n > 32) {
		if ((uintptr_t)d - (uintptr_t)s >= n) { /* forwards never writes what is still to be read */
			__asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory");
			return;
		}
		b16 head0 = *(const b16 *)s, head1 = *(const b16 *)(s + 16);
		for (size_t at = n; at > 32; at -= 16) {
			b16 v = *(const b16 *)(s + at - 16);
			*(b16 *)(d + at - 16) = v;
		}
		*(b16 *)d = head0;
		*(b16 *)(d + 16) = head1;
	} else if (n >= 16) ENDS(b16);
	else if (n >= 8) ENDS(b8);
	else if (n >= 4) ENDS(b4);
	else if (n >= 2) ENDS(b2);
	else if (n) *d = *s;
}

API void *memmove(void *d, const void *s, size_t n) { move(d, s, n); return d; }
ALIAS(memmove) void *memcpy(void *, const void *, size_t);
API void *mempcpy(void *d, const void *s, size_t n) { move(d, s, n); return (char *)d + n; }
ALIAS(mempcpy) void *__mempcpy(void *, const void *, size_t);
API void bcopy(const void *s, void *d, size_t n) { move(d, s, n); }
