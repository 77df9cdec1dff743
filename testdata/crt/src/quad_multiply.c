/* Multiplication of __float128. */
#include "softfp.h"

/* product is the upper half of the product of two significands, which has its highest bit at 124 or 125; all that is lost is in its last bit. */
static uti product(uti a, uti b) {
	uti al = (uint64_t)a, ah = a >> 64, bl = (uint64_t)b, bh = b >> 64;
	uti low = al * bl, middle = al * bh + (low >> 64), other = ah * bl + (uint64_t)middle;
	uti high = ah * bh + (middle >> 64) + (other >> 64);
	return high | ((uint64_t)low != 0 || (uint64_t)other != 0);
}

API __float128 __multf3(__float128 x, __float128 y) {
	struct number a = number_of_quad(x), b = number_of_quad(y);
	int negative = a.negative ^ b.negative;
	if (a.kind == nan) return to_quad(a);
	if (b.kind == nan) return to_quad(b);
	if (a.kind == infinite || b.kind == infinite) {
		if (a.kind == zero || b.kind == zero) return to_quad((struct number){.kind = nan, .negative = 1});
		return to_quad((struct number){.kind = infinite, .negative = negative});
	}
	if (a.kind == zero || b.kind == zero) return to_quad((struct number){.negative = negative});
	return to_quad(normal(negative, a.exponent + b.exponent + 2, product(a.significand, b.significand)));
}
