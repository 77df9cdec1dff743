/* The bfloat (__bf16) to and from the other types. gcc 12 has none; it is passed as _Float16 is. */
#include "softfp.h"

API float __extendbfsf2(_Float16 x) { return to_float(number_of_bfloat(x)); }
API struct half_result __truncsfbf2(float x) { return result_of(number_of_float(x), BFLOAT); }
API struct half_result __truncdfbf2(double x) { return result_of(number_of_double(x), BFLOAT); }
API struct half_result __truncxfbf2(long double x) { return result_of(number_of_x87(x), BFLOAT); }
API struct half_result __trunctfbf2(__float128 x) { return result_of(number_of_quad(x), BFLOAT); }
API struct half_result __trunchfbf2(_Float16 x) { return result_of(number_of_half(x), BFLOAT); }
API struct half_result __floattibf(ti x) { return result_of(number_of_signed(x), BFLOAT); }
API struct half_result __floatuntibf(uti x) { return result_of(number_of_integer(x, 0), BFLOAT); }
