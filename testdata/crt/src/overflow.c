/* Multiplication that says whether it overflowed, for __builtin_mul_overflow and the sanitizers. */
#include "crt.h"

API int32_t __mulosi4(int32_t a, int32_t b, int *overflow) {
	int32_t r;
	*overflow = __builtin_mul_overflow(a, b, &r);
	return r;
}
API int64_t __mulodi4(int64_t a, int64_t b, int *overflow) {
	int64_t r;
	*overflow = __builtin_mul_overflow(a, b, &r);
	return r;
}
API ti __muloti4(ti a, ti b, int *overflow) {
	ti r;
	*overflow = __builtin_mul_overflow(a, b, &r);
	return r;
}
