/* The older functions for 16 bytes, that compilers call where cmpxchg16b is not known to be there. */
#include "atomic.h"

uti value_swap(volatile void *, uti, uti) __asm__("__sync_val_compare_and_swap_16");
_Bool bool_swap(volatile void *, uti, uti) __asm__("__sync_bool_compare_and_swap_16");
void release(volatile void *) __asm__("__sync_lock_release_16");
uti test_and_set(volatile void *, uti) __asm__("__sync_lock_test_and_set_16");

API uti value_swap(volatile void *at, uti expected, uti desired) {
	swap_if(at, &expected, desired);
	return expected;
}
API _Bool bool_swap(volatile void *at, uti expected, uti desired) { return swap_if(at, &expected, desired); }
API void release(volatile void *at) {
	uti old = load(at);
	while (!swap_if(at, &old, 0)) {}
}
UPDATE(test_and_set, operand, old)

#define SYNC(operation, made) \
	uti fetch_and_##operation(volatile void *, uti) __asm__("__sync_fetch_and_" #operation "_16"); \
	uti operation##_and_fetch(volatile void *, uti) __asm__("__sync_" #operation "_and_fetch_16"); \
	UPDATE(fetch_and_##operation, made, old) \
	UPDATE(operation##_and_fetch, made, new)

SYNC(add, old + operand)
SYNC(sub, old - operand)
SYNC(and, old & operand)
SYNC(or, old | operand)
SYNC(xor, old ^ operand)
SYNC(nand, ~(old & operand))
