/* Zeros at either end (of 0: undefined), the first bit set (of 0: 0), redundant sign bits, parity, order of bytes. */
#include "crt.h"

static inline int clz(uti x) { return x >> 64 ? __builtin_clzll((uint64_t)(x >> 64)) : 64 + __builtin_clzll((uint64_t)x); }
static inline int ctz(uti x) { return (uint64_t)x ? __builtin_ctzll((uint64_t)x) : 64 + __builtin_ctzll((uint64_t)(x >> 64)); }
static inline int parity(uint64_t x) {
	x ^= x >> 32;
	x ^= x >> 16;
	x ^= x >> 8;
	x ^= x >> 4;
	return 0x6996 >> (x & 15) & 1;
}

API int __clzsi2(uint32_t x) { return __builtin_clz(x); }
API int __clzdi2(uint64_t x) { return __builtin_clzll(x); }
API int __clzti2(uti x) { return clz(x); }
API int __ctzsi2(uint32_t x) { return __builtin_ctz(x); }
API int __ctzdi2(uint64_t x) { return __builtin_ctzll(x); }
API int __ctzti2(uti x) { return ctz(x); }
API int __ffssi2(uint32_t x) { return x ? __builtin_ctz(x) + 1 : 0; }
API int __ffsdi2(uint64_t x) { return x ? __builtin_ctzll(x) + 1 : 0; }
API int __ffsti2(uti x) { return x ? ctz(x) + 1 : 0; }
API int __clrsbsi2(int32_t x) { return __builtin_clz((uint32_t)(x < 0 ? ~x : x) << 1 | 1); }
API int __clrsbdi2(int64_t x) { return __builtin_clzll((uint64_t)(x < 0 ? ~x : x) << 1 | 1); }
API int __clrsbti2(ti x) { return clz((uti)(x < 0 ? ~x : x) << 1 | 1); }
API int __paritysi2(uint32_t x) { return parity(x); }
API int __paritydi2(uint64_t x) { return parity(x); }
API int __parityti2(uti x) { return parity((uint64_t)x ^ (uint64_t)(x >> 64)); }
API uint32_t __bswapsi2(uint32_t x) { return __builtin_bswap32(x); }
API uint64_t __bswapdi2(uint64_t x) { return __builtin_bswap64(x); }
