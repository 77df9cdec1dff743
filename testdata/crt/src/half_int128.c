/* Half precision to and from 128-bit integers. */
#include "softfp.h"

API _Float16 __floattihf(ti x) { return to_half(number_of_signed(x)); }
API _Float16 __floatuntihf(uti x) { return to_half(number_of_integer(x, 0)); }
API ti __fixhfti(_Float16 x) {
	struct number n = number_of_half(x);
	return (ti)to_integer(&n, (uti)1 << 127, ((uti)1 << 127) - 1);
}
API uti __fixunshfti(_Float16 x) {
	struct number n = number_of_half(x);
	return to_integer(&n, 0, ~(uti)0);
}
