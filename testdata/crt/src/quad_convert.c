/* __float128 to and from the other floating types. */
#include "softfp.h"

API __float128 __extendhftf2(_Float16 x) { return to_quad(number_of_half(x)); }
API __float128 __extendsftf2(float x) { return to_quad(number_of_float(x)); }
API __float128 __extenddftf2(double x) { return to_quad(number_of_double(x)); }
API __float128 __extendxftf2(long double x) { return to_quad(number_of_x87(x)); }
API struct half_result __trunctfhf2(__float128 x) { return result_of(number_of_quad(x), HALF); }
API float __trunctfsf2(__float128 x) { return to_float(number_of_quad(x)); }
API double __trunctfdf2(__float128 x) { return to_double(number_of_quad(x)); }
API long double __trunctfxf2(__float128 x) { return to_x87(number_of_quad(x)); }
