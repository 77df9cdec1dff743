/* Complex _Float16, by way of float, which it fits into with room to spare. */
#define T float
#define WIDER double
#define is_nan __builtin_isnan
#define is_infinite __builtin_isinf
#define is_finite __builtin_isfinite
#define with_sign __builtin_copysignf
#include "complex.h"

static inline _Complex _Float16 narrow(_Complex float z) {
	_Complex _Float16 r;
	__real__ r = to_half(number_of_float(__real__ z));
	__imag__ r = to_half(number_of_float(__imag__ z));
	return r;
}
static inline float wide(_Float16 x) { return to_float(number_of_half(x)); }

API _Complex _Float16 __mulhc3(_Float16 a, _Float16 b, _Float16 c, _Float16 d) { return narrow(multiply(wide(a), wide(b), wide(c), wide(d))); }
API _Complex _Float16 __divhc3(_Float16 a, _Float16 b, _Float16 c, _Float16 d) { return narrow(divide(wide(a), wide(b), wide(c), wide(d))); }
