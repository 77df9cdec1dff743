/* strchr, strchrnul, strrchr, and their old names index and rindex. */
#include "crt.h"

API char *strchrnul(const char *s, int c) {
	while (*s && *s != (char)c) s++;
	return (char *)s;
}
API char *strchr(const char *s, int c) {
	while (*s != (char)c) {
		if (!*s++) return NULL;
	}
	return (char *)s;
}
API char *strrchr(const char *s, int c) {
	const char *last = NULL;
	do {
		if (*s == (char)c) last = s;
	} while (*s++);
	return (char *)last;
}
ALIAS(strchr) char *index(const char *, int);
ALIAS(strrchr) char *rindex(const char *, int);
