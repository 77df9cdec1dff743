/* strcmp, strncmp, strcasecmp, strncasecmp (ASCII). */
#include "crt.h"

static inline int same(int c) { return c; }
static inline int lower(int c) { return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c; }

static inline __attribute__((always_inline)) int compare(const char *a, const char *b, size_t n, int (*fold)(int)) {
	for (; n; a++, b++, n--) {
		int p = fold((unsigned char)*a), q = fold((unsigned char)*b);
		if (p != q || !p) return p - q;
	}
	return 0;
}

API int strcmp(const char *a, const char *b) { return compare(a, b, SIZE_MAX, same); }
API int strncmp(const char *a, const char *b, size_t n) { return compare(a, b, n, same); }
API int strcasecmp(const char *a, const char *b) { return compare(a, b, SIZE_MAX, lower); }
API int strncasecmp(const char *a, const char *b, size_t n) { return compare(a, b, n, lower); }
