/* strcpy, stpcpy, strncpy, stpncpy. */
#include "crt.h"

static inline char *copy(char *d, const char *s) {
	while ((*d = *s)) d++, s++;
	return d;
}
/* copy_padded writes n bytes, zeros after the string, and returns the first zero, or the end. */
static inline char *copy_padded(char *d, const char *s, size_t n) {
	while (n && (*d = *s)) d++, s++, n--;
	for (size_t i = 0; i < n; i++) d[i] = 0;
	return d;
}

API char *strcpy(char *d, const char *s) { copy(d, s); return d; }
API char *stpcpy(char *d, const char *s) { return copy(d, s); }
ALIAS(stpcpy) char *__stpcpy(char *, const char *);
API char *strncpy(char *d, const char *s, size_t n) { copy_padded(d, s, n); return d; }
API char *stpncpy(char *d, const char *s, size_t n) { return copy_padded(d, s, n); }
