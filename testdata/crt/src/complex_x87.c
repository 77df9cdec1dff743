/* Complex long double. */
#define T long double
#define is_nan __builtin_isnan
#define is_infinite __builtin_isinf
#define is_finite __builtin_isfinite
#define with_sign __builtin_copysignl
#define number_of number_of_x87
#define to_type to_x87
#include "complex.h"

API _Complex T __mulxc3(T a, T b, T c, T d) { return multiply(a, b, c, d); }
API _Complex T __divxc3(T a, T b, T c, T d) { return divide(a, b, c, d); }
