/* The number of bits that are set, for processors without popcnt. */
#include "crt.h"

static inline int count(uint64_t x) {
	x -= x >> 1 & 0x5555555555555555;
	x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
	x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (int)(x * 0x0101010101010101 >> 56);
}

API int __popcountsi2(uint32_t x) { return count(x); }
API int __popcountdi2(uint64_t x) { return count(x); }
API int __popcountti2(uti x) { return count((uint64_t)x) + count((uint64_t)(x >> 64)); }
