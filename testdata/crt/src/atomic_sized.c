/* Atomic operations on 1, 2, 4 and 8 bytes as functions, that compilers rarely want on this processor. */
#include "crt.h"

#define OPERATION(size, type, operation) \
	type fetch_##operation##_##size(type *, type, int) __asm__("__atomic_fetch_" #operation "_" #size); \
	type operation##_fetch_##size(type *, type, int) __asm__("__atomic_" #operation "_fetch_" #size); \
	API type fetch_##operation##_##size(type *at, type value, __attribute__((unused)) int order) { \
		return __atomic_fetch_##operation(at, value, __ATOMIC_SEQ_CST); \
	} \
	API type operation##_fetch_##size(type *at, type value, __attribute__((unused)) int order) { \
		return __atomic_##operation##_fetch(at, value, __ATOMIC_SEQ_CST); \
	}

#define FAMILY(size, type) \
	type load_##size(const type *, int) __asm__("__atomic_load_" #size); \
	void store_##size(type *, type, int) __asm__("__atomic_store_" #size); \
	type exchange_##size(type *, type, int) __asm__("__atomic_exchange_" #size); \
	_Bool compare_exchange_##size(type *, type *, type, int, int) __asm__("__atomic_compare_exchange_" #size); \
	API type load_##size(const type *at, __attribute__((unused)) int order) { return __atomic_load_n(at, __ATOMIC_SEQ_CST); } \
	API void store_##size(type *at, type value, __attribute__((unused)) int order) { __atomic_store_n(at, value, __ATOMIC_SEQ_CST); } \
	API type exchange_##size(type *at, type value, __attribute__((unused)) int order) { return __atomic_exchange_n(at, value, __ATOMIC_SEQ_CST); } \
	API _Bool compare_exchange_##size(type *at, type *expected, type desired, __attribute__((unused)) int success, __attribute__((unused)) int failure) { \
		return __atomic_compare_exchange_n(at, expected, desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	} \
	OPERATION(size, type, add) \
	OPERATION(size, type, sub) \
	OPERATION(size, type, and) \
	OPERATION(size, type, or) \
	OPERATION(size, type, xor) \
	OPERATION(size, type, nand)

FAMILY(1, uint8_t)
FAMILY(2, uint16_t)
FAMILY(4, uint32_t)
FAMILY(8, uint64_t)
