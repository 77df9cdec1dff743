/* strcat, strncat. */
#include "crt.h"

API char *strncat(char *d, const char *s, size_t n) {
	char *p = d;
	while (*p) p++;
	for (; n && *s; n--) *p++ = *s++;
	*p = 0;
	return d;
}
API char *strcat(char *d, const char *s) {
	char *p = d;
	while (*p) p++;
	while ((*p = *s)) p++, s++;
	return d;
}
