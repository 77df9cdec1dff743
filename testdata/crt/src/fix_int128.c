/* Floating point to 128-bit integers, truncated; what does not fit becomes the nearest that does. __fixunsXXdi is for compilers that do not do it inline. */
#include "softfp.h"

static inline ti to_signed(struct number x) { return (ti)to_integer(&x, (uti)1 << 127, ((uti)1 << 127) - 1); }
static inline uti to_unsigned(struct number x) { return to_integer(&x, 0, ~(uti)0); }

API ti __fixsfti(float x) { return to_signed(number_of_float(x)); }
API ti __fixdfti(double x) { return to_signed(number_of_double(x)); }
API ti __fixxfti(long double x) { return to_signed(number_of_x87(x)); }
API uti __fixunssfti(float x) { return to_unsigned(number_of_float(x)); }
API uti __fixunsdfti(double x) { return to_unsigned(number_of_double(x)); }
API uti __fixunsxfti(long double x) { return to_unsigned(number_of_x87(x)); }

static inline uint64_t to_unsigned64(struct number x) { return (uint64_t)to_integer(&x, 0, UINT64_MAX); }

API uint64_t __fixunssfdi(float x) { return to_unsigned64(number_of_float(x)); }
API uint64_t __fixunsdfdi(double x) { return to_unsigned64(number_of_double(x)); }
API uint64_t __fixunsxfdi(long double x) { return to_unsigned64(number_of_x87(x)); }
