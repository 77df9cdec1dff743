/* memchr, memrchr, rawmemchr. */
#include "crt.h"

API void *memchr(const void *s, int c, size_t n) {
	for (const unsigned char *p = s; n; p++, n--) {
		if (*p == (unsigned char)c) return (void *)p;
	}
	return NULL;
}
API void *memrchr(const void *s, int c, size_t n) {
	for (const unsigned char *p = s; n; n--) {
		if (p[n - 1] == (unsigned char)c) return (void *)(p + n - 1);
	}
	return NULL;
}
API void *rawmemchr(const void *s, int c) {
	const unsigned char *p = s;
	while (*p != (unsigned char)c) p++;
	return (void *)p;
}
