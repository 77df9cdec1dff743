/* Half precision to and from 128-bit integers. */
#include "softfp.h"

API struct half_result __floattihf(ti x) { return result_of(number_of_signed(x), HALF); }
API struct half_result __floatuntihf(uti x) { return result_of(number_of_integer(x, 0), HALF); }
API ti __fixhfti(_Float16 x) {
	struct number n = number_of_half(x);
	return (ti)to_integer(&n, (uti)1 << 127, ((uti)1 << 127) - 1);
}
API uti __fixunshfti(_Float16 x) {
	struct number n = number_of_half(x);
	return to_integer(&n, 0, ~(uti)0);
}
