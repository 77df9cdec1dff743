/* strstr, memmem: plain search, quadratic at worst. */
#include "crt.h"

API char *strstr(const char *s, const char *wanted) {
	for (;; s++) {
		size_t i = 0;
		while (wanted[i] && s[i] == wanted[i]) i++;
		if (!wanted[i]) return (char *)s;
		if (!s[i]) return NULL;
	}
}
API void *memmem(const void *s, size_t n, const void *wanted, size_t length) {
	const unsigned char *p = s, *w = wanted;
	for (; n >= length; p++, n--) {
		size_t i = 0;
		while (i < length && p[i] == w[i]) i++;
		if (i == length) return (void *)p;
	}
	return NULL;
}
