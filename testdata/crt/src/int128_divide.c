/* Division of 128-bit integers, truncating (libgcc, "Integer library routines"; __udivmodti4 and __divmodti4 return the remainder as well). */
#include "crt.h"

/* divide is the processor's 128 by 64 bit division; high < divisor. */
static inline uint64_t divide(uint64_t high, uint64_t low, uint64_t divisor, uint64_t *rest) {
	uint64_t quotient;
	__asm__("divq %4" : "=a"(quotient), "=d"(*rest) : "0"(low), "1"(high), "rm"(divisor) : "cc");
	return quotient;
}

static uti divide_wide(uti n, uti d) {
	if (d > n) return 0;
	int shift = __builtin_clzll((uint64_t)(d >> 64));
	/* The quotient of the leading digits, n halved so that it fits: never too small, and too large by one at most once the shift is undone and one is taken off. */
	uint64_t rest;
	uti half = n >> 1;
	uint64_t q = divide((uint64_t)(half >> 64), (uint64_t)half, (uint64_t)(d << shift >> 64), &rest) >> (63 - shift);
	if (q) q--;
	if (n - q * d >= d) q++;
	return q;
}

static uti divide_any(uti n, uti d, uti *remainder) {
	if (d >> 64) {
		uti q = divide_wide(n, d);
		*remainder = n - q * d;
		return q;
	}
	uint64_t divisor = (uint64_t)d, high = (uint64_t)(n >> 64), quotient_high = 0, rest;
	if (high >= divisor) quotient_high = divide(0, high, divisor, &high);
	uint64_t quotient_low = divide(high, (uint64_t)n, divisor, &rest);
	*remainder = rest;
	return (uti)quotient_high << 64 | quotient_low;
}

static inline uti magnitude(ti a) { return a < 0 ? -(uti)a : (uti)a; }

API uti __udivmodti4(uti n, uti d, uti *remainder) {
	uti rest, q = divide_any(n, d, &rest);
	if (remainder) *remainder = rest;
	return q;
}
API ti __divmodti4(ti n, ti d, ti *remainder) {
	uti rest, q = divide_any(magnitude(n), magnitude(d), &rest);
	if (remainder) *remainder = (ti)(n < 0 ? -rest : rest);
	return (ti)((n ^ d) < 0 ? -q : q);
}
API uti __udivti3(uti n, uti d) { uti rest; return divide_any(n, d, &rest); }
API uti __umodti3(uti n, uti d) { uti rest; divide_any(n, d, &rest); return rest; }
API ti __divti3(ti n, ti d) { return __divmodti4(n, d, NULL); }
API ti __modti3(ti n, ti d) { ti rest; __divmodti4(n, d, &rest); return rest; }
