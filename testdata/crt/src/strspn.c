/* strspn, strcspn, strpbrk. */
#include "strspn.h"

API size_t strspn(const char *s, const char *accept) { return span(s, accept, 1); }
API size_t strcspn(const char *s, const char *reject) { return span(s, reject, 0); }
API char *strpbrk(const char *s, const char *accept) {
	s += span(s, accept, 0);
	return *s ? (char *)s : NULL;
}
