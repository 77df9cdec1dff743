/* strlen, strnlen. */
#include "crt.h"

API size_t strlen(const char *s) {
	const char *p = s;
	while (*p) p++;
	return (size_t)(p - s);
}
API size_t strnlen(const char *s, size_t n) {
	size_t i = 0;
	while (i < n && s[i]) i++;
	return i;
}
