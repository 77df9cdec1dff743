/* Addition and subtraction of __float128. */
#include "softfp.h"

static const struct number invalid = {.kind = nan, .negative = 1};

/* add_finite: both significands keep a sticky bit far below what is rounded away, so that the sum rounds as the exact one does. */
static struct number add_finite(const struct number *large, const struct number *small) {
	uti addend = shift_sticky(small->significand, large->exponent - small->exponent);
	uti sum = large->negative == small->negative ? large->significand + addend : large->significand - addend;
	return normal(sum ? large->negative : 0, large->exponent, sum); /* x - x is +0 */
}

static struct number add(struct number a, struct number b) {
	if (a.kind == nan) return a;
	if (b.kind == nan) return b;
	if (a.kind == infinite) return b.kind == infinite && a.negative != b.negative ? invalid : a;
	if (b.kind == infinite) return b;
	if (a.kind == zero && b.kind == zero) {
		a.negative &= b.negative;
		return a;
	}
	if (a.kind == zero) return b;
	if (b.kind == zero) return a;
	int smaller = a.exponent < b.exponent || (a.exponent == b.exponent && a.significand < b.significand);
	return smaller ? add_finite(&b, &a) : add_finite(&a, &b);
}

static inline struct number opposite(struct number x) {
	if (x.kind != nan) x.negative = !x.negative;
	return x;
}

API __float128 __addtf3(__float128 a, __float128 b) { return to_quad(add(number_of_quad(a), number_of_quad(b))); }
API __float128 __subtf3(__float128 a, __float128 b) { return to_quad(add(number_of_quad(a), opposite(number_of_quad(b)))); }
API __float128 __negtf2(__float128 a) {
	union quad u = {a};
	u.bits ^= (uti)1 << 127;
	return u.value;
}
