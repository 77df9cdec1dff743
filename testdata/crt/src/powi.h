/* x to an integer power, by squaring; a negative one is the reciprocal of the positive. */
#include "crt.h"

#define POWI(name, type) \
	API type name(type x, int n) { \
		unsigned left = n < 0 ? -(unsigned)n : (unsigned)n; \
		type power = left & 1 ? x : 1; \
		while (left >>= 1) { \
			x *= x; \
			if (left & 1) power *= x; \
		} \
		return n < 0 ? 1 / power : power; \
	}
