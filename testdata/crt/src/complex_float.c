/* Complex float. */
#define T float
#define WIDER double
#define is_nan __builtin_isnan
#define is_infinite __builtin_isinf
#define is_finite __builtin_isfinite
#define with_sign __builtin_copysignf
#include "complex.h"

API _Complex T __mulsc3(T a, T b, T c, T d) { return multiply(a, b, c, d); }
API _Complex T __divsc3(T a, T b, T c, T d) { return divide(a, b, c, d); }
