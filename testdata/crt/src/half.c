/* Half precision (_Float16) to and from the other types. The names with ieee are for compilers that pass it as an integer (ARM's run-time ABI). */
#include "softfp.h"

API float __extendhfsf2(_Float16 x) { return to_float(number_of_half(x)); }
API double __extendhfdf2(_Float16 x) { return to_double(number_of_half(x)); }
API long double __extendhfxf2(_Float16 x) { return to_x87(number_of_half(x)); }
API struct half_result __truncsfhf2(float x) { return result_of(number_of_float(x), HALF); }
API struct half_result __truncdfhf2(double x) { return result_of(number_of_double(x), HALF); }
API struct half_result __truncxfhf2(long double x) { return result_of(number_of_x87(x), HALF); }

API float __gnu_h2f_ieee(uint16_t x) { return to_float(unpack(x, HALF)); }
API uint16_t __gnu_f2h_ieee(float x) {
	struct number n = number_of_float(x);
	return (uint16_t)pack(&n, HALF);
}
/* As long as a word; see quad_compare.c. */
API long __eqhf2(_Float16 a, _Float16 b) { return !(to_float(number_of_half(a)) == to_float(number_of_half(b))); }
ALIAS(__eqhf2) long __nehf2(_Float16, _Float16);
