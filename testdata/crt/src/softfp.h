/* Binary floating point of any format by integer arithmetic (IEEE 754-2019, clauses 3 to 7): numbers are taken apart, worked on with 126 bits behind the
   leading one, and put together again, rounded to nearest, ties to even. No flags are raised. */
#ifndef SOFTFP_H
#define SOFTFP_H
#include "crt.h"

/* A format: significant bits, the leading one included, and bits of the exponent. */
struct format {
	int precision, exponent_bits;
};
#define HALF   ((struct format){11, 5})
#define BFLOAT ((struct format){8, 8})
#define SINGLE ((struct format){24, 8})
#define DOUBLE ((struct format){53, 11})
#define X87    ((struct format){64, 15}) /* as if the leading one were left out; see number_of_x87 */
#define QUAD   ((struct format){113, 15})

enum kind { zero, finite, infinite, nan };

/* A number is (-1)^negative * significand / 2^126 * 2^exponent; bit 126 of a finite one's significand is the highest set. That of a
   NaN has its payload, as if the leading one were bit 126. */
struct number {
	enum kind kind;
	int negative, exponent;
	uti significand;
};

enum { leading = 126 };

static inline int highest_bit(uti x) { return x >> 64 ? 127 - __builtin_clzll((uint64_t)(x >> 64)) : 63 - __builtin_clzll((uint64_t)x); }
static inline int top_exponent(struct format f) { return (1 << f.exponent_bits) - 1; }
static inline int bias(struct format f) { return top_exponent(f) / 2; }

/* shift_sticky shifts to the right; the last bit is set as well if a bit that is lost was. */
static inline uti shift_sticky(uti x, int n) {
	if (n == 0) return x;
	if (n > 127) return x != 0;
	return x >> n | ((x << (128 - n)) != 0);
}

/* normal makes a number of a significand that is not normalised: significand / 2^126 * 2^exponent. */
static inline struct number normal(int negative, int exponent, uti significand) {
	struct number x = {.negative = negative, .exponent = exponent, .significand = significand};
	if (!significand) return x;
	int shift = highest_bit(significand) - leading;
	x.kind = finite;
	x.exponent += shift;
	x.significand = shift > 0 ? shift_sticky(significand, shift) : significand << -shift;
	return x;
}

/* unpack takes apart the encoding of a format. */
static inline struct number unpack(uti bits, struct format f) {
	int fraction_bits = f.precision - 1, align = leading - fraction_bits;
	int negative = (int)(bits >> (fraction_bits + f.exponent_bits)) & 1, exponent = (int)(bits >> fraction_bits) & top_exponent(f);
	uti fraction = bits & (((uti)1 << fraction_bits) - 1);
	if (exponent == top_exponent(f)) {
		return (struct number){.kind = fraction ? nan : infinite, .negative = negative, .significand = fraction << align};
	}
	if (exponent == 0) return normal(negative, 1 - bias(f), fraction << align);
	return (struct number){finite, negative, exponent - bias(f), (fraction | (uti)1 << fraction_bits) << align};
}

/* pack_finite rounds. The encoding without the sign counts up with the value, so that a carry out of the fraction becomes the right exponent, infinity included. */
static inline uti pack_finite(const struct number *x, struct format f) {
	int exponent = x->exponent + bias(f), drop = leading + 1 - f.precision;
	uti infinity = (uti)top_exponent(f) << (f.precision - 1);
	if (exponent >= top_exponent(f)) return infinity;
	if (exponent <= 0) { /* subnormal: the exponent's field is 0, and counts as 1 */
		drop += 1 - exponent;
		exponent = 1;
		if (drop > leading + 1) return 0; /* less than half of the least */
	}
	uti kept = x->significand >> drop, lost = x->significand & (((uti)1 << drop) - 1), half = (uti)1 << (drop - 1);
	kept += lost > half || (lost == half && (kept & 1));
	return ((uti)(exponent - 1) << (f.precision - 1)) + kept;
}

/* pack puts a number together in a format. */
static inline uti pack(const struct number *x, struct format f) {
	uti infinity = (uti)top_exponent(f) << (f.precision - 1), bits = 0;
	switch (x->kind) {
	case zero: break;
	case finite: bits = pack_finite(x, f); break;
	case infinite: bits = infinity; break;
	case nan: bits = infinity | (uti)1 << (f.precision - 2) | (x->significand & (((uti)1 << leading) - 1)) >> (leading + 1 - f.precision); break;
	}
	return bits | (uti)x->negative << (f.precision - 1 + f.exponent_bits);
}

/* number_of_integer is exact up to 127 bits, and keeps what matters for rounding beyond. */
static inline struct number number_of_integer(uti magnitude, int negative) { return normal(negative, leading, magnitude); }
static inline struct number number_of_signed(ti x) { return number_of_integer(x < 0 ? -(uti)x : (uti)x, x < 0); }

/* to_integer truncates; what does not fit becomes the nearest that does, a NaN as if it were infinite. least is the magnitude of the least, greatest the greatest. */
static inline uti to_integer(const struct number *x, uti least, uti greatest) {
	uti limit = x->negative ? least : greatest, magnitude = limit;
	if (x->kind == zero || (x->kind == finite && x->exponent < 0)) magnitude = 0;
	else if (x->kind == finite && x->exponent <= leading) magnitude = x->significand >> (leading - x->exponent);
	else if (x->kind == finite && x->exponent == leading + 1) magnitude = x->significand << 1;
	if (magnitude > limit) magnitude = limit;
	return x->negative ? -magnitude : magnitude;
}

/* The types of C, as bits. _Float16 and what gcc 12 lacks, the bfloat, are passed alike. */
union half { _Float16 value; uint16_t bits; };
union single { float value; uint32_t bits; };
union real { double value; uint64_t bits; };
union x87 { long double value; struct { uint64_t significand; uint16_t sign_exponent; } bits; };
union quad { __float128 value; uti bits; };

/* A half as the result of a function: today's compilers look for it in xmm0, LLVM before 15 in eax. The psABI returns this structure in both. */
struct half_result {
	_Float16 value;
	uint64_t bits;
};
static inline struct half_result result_of(struct number x, struct format f) {
	union half h = {.bits = (uint16_t)pack(&x, f)};
	return (struct half_result){h.value, h.bits};
}

static inline struct number number_of_half(_Float16 v) { return unpack((union half){v}.bits, HALF); }
static inline struct number number_of_bfloat(_Float16 v) { return unpack((union half){v}.bits, BFLOAT); }
static inline struct number number_of_float(float v) { return unpack((union single){v}.bits, SINGLE); }
static inline struct number number_of_double(double v) { return unpack((union real){v}.bits, DOUBLE); }
static inline struct number number_of_quad(__float128 v) { return unpack((union quad){v}.bits, QUAD); }

/* number_of_x87: the leading one is stored, as bit 63. Where the exponent says that it is there and it is not, the processor takes the operand for invalid. */
static inline struct number number_of_x87(long double v) {
	union x87 u = {v};
	int negative = u.bits.sign_exponent >> 15, exponent = u.bits.sign_exponent & 0x7fff, align = leading - 63;
	uti significand = u.bits.significand;
	uti fraction = significand & INT64_MAX;
	if (exponent == 0) return normal(negative, 1 - bias(X87), significand << align);
	if (significand == fraction) return (struct number){.kind = nan, .negative = 1};
	if (exponent == 0x7fff) return (struct number){.kind = fraction ? nan : infinite, .negative = negative, .significand = fraction << align};
	return (struct number){finite, negative, exponent - bias(X87), significand << align};
}

static inline _Float16 to_half(struct number x) { return (union half){.bits = (uint16_t)pack(&x, HALF)}.value; }
static inline float to_float(struct number x) { return (union single){.bits = (uint32_t)pack(&x, SINGLE)}.value; }
static inline double to_double(struct number x) { return (union real){.bits = (uint64_t)pack(&x, DOUBLE)}.value; }
static inline __float128 to_quad(struct number x) { return (union quad){.bits = pack(&x, QUAD)}.value; }
static inline long double to_x87(struct number x) {
	uti bits = pack(&x, X87);
	uint64_t fraction = (uint64_t)bits & INT64_MAX, exponent = (uint64_t)(bits >> 63) & 0x7fff;
	union x87 u = {.bits = {fraction | (uint64_t)(exponent != 0) << 63, (uint16_t)(exponent | (uint64_t)x.negative << 15)}};
	return u.value;
}
#endif
