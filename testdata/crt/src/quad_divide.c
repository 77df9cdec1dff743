/* Division of __float128. */
#include "softfp.h"

/* quotient is a / b * 2^116, with what is lost in the last bit, digit by digit. */
static uti quotient(uti a, uti b) {
	uti q = 0;
	for (int i = 0; i <= 116; i++) {
		q <<= 1;
		if (a >= b) {
			a -= b;
			q |= 1;
		}
		a <<= 1;
	}
	return q << 1 | (a != 0);
}

API __float128 __divtf3(__float128 x, __float128 y) {
	struct number a = number_of_quad(x), b = number_of_quad(y);
	int negative = a.negative ^ b.negative;
	if (a.kind == nan) return to_quad(a);
	if (b.kind == nan) return to_quad(b);
	if (a.kind == b.kind && (a.kind == zero || a.kind == infinite)) return to_quad((struct number){.kind = nan, .negative = 1});
	if (a.kind == zero || b.kind == infinite) return to_quad((struct number){.negative = negative});
	if (a.kind == infinite || b.kind == zero) return to_quad((struct number){.kind = infinite, .negative = negative});
	return to_quad(normal(negative, a.exponent - b.exponent + leading - 117, quotient(a.significand, b.significand)));
}
