/* Complex __float128. Its arithmetic is that of the members quad_add, quad_multiply and so on. */
#include "softfp.h"
#define T _Float128 /* of which gcc, unlike of its synonym, takes _Complex */
#define number_of number_of_quad
#define to_type to_quad

static const uti sign = (uti)1 << 127, infinity = (uti)0x7fff << 112;

static inline uti magnitude(T x) { return (union quad){x}.bits & ~sign; }
static inline int is_nan(T x) { return magnitude(x) > infinity; }
static inline int is_infinite(T x) { return magnitude(x) == infinity; }
static inline int is_finite(T x) { return magnitude(x) < infinity; }
static inline T with_sign(T x, T from) { return (union quad){.bits = magnitude(x) | ((union quad){from}.bits & sign)}.value; }
#include "complex.h"

API _Complex T __multc3(T a, T b, T c, T d) { return multiply(a, b, c, d); }
API _Complex T __divtc3(T a, T b, T c, T d) { return divide(a, b, c, d); }
