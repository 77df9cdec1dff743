/* Sets of characters, for strspn and its kin. */
#include "crt.h"

struct set { uint64_t bits[4]; };

static inline struct set set_of(const char *s) {
	struct set m = {{0}};
	for (; *s; s++) m.bits[(unsigned char)*s / 64] |= (uint64_t)1 << (unsigned char)*s % 64;
	return m;
}
static inline int has(const struct set *m, char c) { return m->bits[(unsigned char)c / 64] >> (unsigned char)c % 64 & 1; }

/* span is the number of characters at the start of s that are in the set (or not), as asked for. */
static inline size_t span(const char *s, const char *chars, int in) {
	struct set m = set_of(chars);
	size_t n = 0;
	while (s[n] && has(&m, s[n]) == in) n++;
	return n;
}
