/* 128-bit integers to floating point. */
#include "softfp.h"

API float __floattisf(ti x) { return to_float(number_of_signed(x)); }
API double __floattidf(ti x) { return to_double(number_of_signed(x)); }
API long double __floattixf(ti x) { return to_x87(number_of_signed(x)); }
API float __floatuntisf(uti x) { return to_float(number_of_integer(x, 0)); }
API double __floatuntidf(uti x) { return to_double(number_of_integer(x, 0)); }
API long double __floatuntixf(uti x) { return to_x87(number_of_integer(x, 0)); }
