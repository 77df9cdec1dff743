/* Comparison of __float128: the result compares with 0 as the operands do with each other. With a NaN it is what makes the comparison false.
   gcc reads all of the register, whatever the declaration says (libgcc's type for this has the size of a word), so the results are as long. */
#include "softfp.h"

static const uti sign = (uti)1 << 127, infinity = (uti)0x7fff << 112;

static inline int unordered(uti a, uti b) { return (a & ~sign) > infinity || (b & ~sign) > infinity; }

/* order is that of the numbers, whose encodings are those of integers with a sign. */
static inline int order(uti a, uti b) {
	ti x = a & sign ? -(ti)(a & ~sign) : (ti)a, y = b & sign ? -(ti)(b & ~sign) : (ti)b;
	return x < y ? -1 : x > y;
}
static inline long compare(__float128 a, __float128 b, int with_nan) {
	uti x = (union quad){a}.bits, y = (union quad){b}.bits;
	return unordered(x, y) ? with_nan : order(x, y);
}

API long __letf2(__float128 a, __float128 b) { return compare(a, b, 1); }
API long __getf2(__float128 a, __float128 b) { return compare(a, b, -1); }
ALIAS(__letf2) long __eqtf2(__float128, __float128);
ALIAS(__letf2) long __netf2(__float128, __float128);
ALIAS(__letf2) long __lttf2(__float128, __float128);
ALIAS(__letf2) long __cmptf2(__float128, __float128);
ALIAS(__getf2) long __gttf2(__float128, __float128);
API long __unordtf2(__float128 a, __float128 b) { return unordered((union quad){a}.bits, (union quad){b}.bits); }
