/* Atomic operations on 16 bytes, as functions (GCC's library interface for atomics); every order is the strongest. */
#include "atomic.h"

uti load_16(volatile void *, int) __asm__("__atomic_load_16");
void store_16(volatile void *, uti, int) __asm__("__atomic_store_16");
_Bool compare_exchange_16(volatile void *, uti *, uti, int, int) __asm__("__atomic_compare_exchange_16");

API uti load_16(volatile void *at, int order) {
	(void)order;
	return load(at);
}
API void store_16(volatile void *at, uti value, int order) {
	(void)order;
	uti old = load(at);
	while (!swap_if(at, &old, value)) {}
}
API _Bool compare_exchange_16(volatile void *at, uti *expected, uti desired, int success, int failure) {
	(void)success, (void)failure;
	return swap_if(at, expected, desired);
}

#define ATOMIC(operation, made) \
	uti fetch_##operation##_16(volatile void *, uti, int) __asm__("__atomic_fetch_" #operation "_16"); \
	uti operation##_fetch_16(volatile void *, uti, int) __asm__("__atomic_" #operation "_fetch_16"); \
	UPDATE(fetch_##operation##_16, made, old, __attribute__((unused)) int order) \
	UPDATE(operation##_fetch_16, made, new, __attribute__((unused)) int order)

uti exchange_16(volatile void *, uti, int) __asm__("__atomic_exchange_16");
UPDATE(exchange_16, operand, old, __attribute__((unused)) int order)
ATOMIC(add, old + operand)
ATOMIC(sub, old - operand)
ATOMIC(and, old & operand)
ATOMIC(or, old | operand)
ATOMIC(xor, old ^ operand)
ATOMIC(nand, ~(old & operand))
