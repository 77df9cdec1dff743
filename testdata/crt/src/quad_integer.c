/* __float128 to and from integers, truncated; what does not fit becomes the nearest that does. */
#include "softfp.h"

static inline ti to_signed(__float128 x, int bits) {
	struct number n = number_of_quad(x);
	uti least = (uti)1 << (bits - 1);
	return (ti)to_integer(&n, least, least - 1);
}
static inline uti to_unsigned(__float128 x, uti greatest) {
	struct number n = number_of_quad(x);
	return to_integer(&n, 0, greatest);
}

API int32_t __fixtfsi(__float128 x) { return (int32_t)to_signed(x, 32); }
API int64_t __fixtfdi(__float128 x) { return (int64_t)to_signed(x, 64); }
API ti __fixtfti(__float128 x) { return to_signed(x, 128); }
API uint32_t __fixunstfsi(__float128 x) { return (uint32_t)to_unsigned(x, UINT32_MAX); }
API uint64_t __fixunstfdi(__float128 x) { return (uint64_t)to_unsigned(x, UINT64_MAX); }
API uti __fixunstfti(__float128 x) { return to_unsigned(x, ~(uti)0); }

API __float128 __floatsitf(int32_t x) { return to_quad(number_of_signed(x)); }
API __float128 __floatditf(int64_t x) { return to_quad(number_of_signed(x)); }
API __float128 __floattitf(ti x) { return to_quad(number_of_signed(x)); }
API __float128 __floatunsitf(uint32_t x) { return to_quad(number_of_integer(x, 0)); }
API __float128 __floatunditf(uint64_t x) { return to_quad(number_of_integer(x, 0)); }
API __float128 __floatuntitf(uti x) { return to_quad(number_of_integer(x, 0)); }
