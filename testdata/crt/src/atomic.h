/* Atomic access to 16 bytes by cmpxchg16b, which every processor for x86-64 but the first has. It writes, also where it only reads. */
#include "crt.h"

/* swap_if replaces what is there if it is *expected, and reports so; else it puts what is there into *expected. */
static inline int swap_if(volatile void *at, uti *expected, uti desired) {
	uint64_t low = (uint64_t)*expected, high = (uint64_t)(*expected >> 64);
	int same;
	__asm__ volatile("lock cmpxchg16b %1"
		: "=@ccz"(same), "+m"(*(volatile uti *)at), "+a"(low), "+d"(high)
		: "b"((uint64_t)desired), "c"((uint64_t)(desired >> 64))
		: "memory");
	*expected = (uti)high << 64 | low;
	return same;
}

static inline uti load(volatile void *at) {
	uti value = 0;
	swap_if(at, &value, 0);
	return value;
}

/* UPDATE defines a function that replaces what is there, old, by something made of it and operand, and returns one of both. */
#define UPDATE(name, made, returned, ...) \
	API uti name(volatile void *at, uti operand, ##__VA_ARGS__) { \
		uti old = load(at), new; \
		do new = (made); \
		while (!swap_if(at, &old, new)); \
		return returned; \
	}
