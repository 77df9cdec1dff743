/* strtok_r, strsep. */
#include "strspn.h"

API char *strtok_r(char *s, const char *delimiters, char **save) {
	if (!s) s = *save;
	s += span(s, delimiters, 1);
	char *end = s + span(s, delimiters, 0);
	char *token = *s ? s : NULL;
	if (*end) *end++ = 0;
	*save = end;
	return token;
}
ALIAS(strtok_r) char *__strtok_r(char *, const char *, char **);

API char *strsep(char **at, const char *delimiters) {
	char *s = *at;
	if (!s) return NULL;
	char *end = s + span(s, delimiters, 0);
	*at = *end ? end + 1 : NULL;
	*end = 0;
	return s;
}
