/* The bfloat (__bf16) to and from the other types. gcc 12 has none; it is passed as _Float16 is. */
#include "softfp.h"

API float __extendbfsf2(_Float16 x) { return to_float(number_of_bfloat(x)); }
API _Float16 __truncsfbf2(float x) { return to_bfloat(number_of_float(x)); }
API _Float16 __truncdfbf2(double x) { return to_bfloat(number_of_double(x)); }
API _Float16 __truncxfbf2(long double x) { return to_bfloat(number_of_x87(x)); }
API _Float16 __trunctfbf2(__float128 x) { return to_bfloat(number_of_quad(x)); }
API _Float16 __trunchfbf2(_Float16 x) { return to_bfloat(number_of_half(x)); }
API _Float16 __floattibf(ti x) { return to_bfloat(number_of_signed(x)); }
API _Float16 __floatuntibf(uti x) { return to_bfloat(number_of_integer(x, 0)); }
