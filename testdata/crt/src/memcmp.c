/* memcmp, bcmp. */
#include "crt.h"

typedef uint64_t __attribute__((may_alias, aligned(1))) b8;

API int memcmp(const void *a, const void *b, size_t n) {
	const unsigned char *p = a, *q = b;
	while (n >= 8 && *(const b8 *)p == *(const b8 *)q) p += 8, q += 8, n -= 8;
	for (; n; p++, q++, n--) {
		if (*p != *q) return *p - *q;
	}
	return 0;
}
ALIAS(memcmp) int bcmp(const void *, const void *, size_t);
