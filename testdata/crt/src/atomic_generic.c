/* Atomic access to objects of any size (GCC's library interface for atomics): without a lock where the compiler's own code would take none, which may
   use the same object; otherwise under one of a few locks, chosen by the address. */
#include "atomic.h"

enum { locks = 64, line = 64 };

static struct {
	int held;
	char rest[line - sizeof(int)];
} table[locks] __attribute__((aligned(line)));

static int *lock(const volatile void *at) {
	int *l = &table[(uintptr_t)at / line % locks].held;
	for (unsigned tries = 1; __atomic_exchange_n(l, 1, __ATOMIC_ACQUIRE); tries++) {
		if (tries % 128 == 0) system3(sys_sched_yield, 0, 0, 0);
		__builtin_ia32_pause();
	}
	return l;
}
static void unlock(int *l) { __atomic_store_n(l, 0, __ATOMIC_RELEASE); }

static void copy(void *d, const void *s, size_t n) { __asm__ volatile("rep movsb" : "+D"(d), "+S"(s), "+c"(n) : : "memory"); }
static int equal(const unsigned char *a, const unsigned char *b, size_t n) {
	while (n && *a == *b) a++, b++, n--;
	return n == 0;
}

/* lock_free says that an object is one that the processor handles by itself. */
static int lock_free(size_t size, const volatile void *at) { return size && size <= 16 && (size & (size - 1)) == 0 && (uintptr_t)at % size == 0; }

static _Bool compare_exchange_word(size_t size, void *at, void *expected, void *desired) {
	switch (size) {
#define WORD(type) case sizeof(type): return __atomic_compare_exchange_n((type *)at, (type *)expected, *(type *)desired, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
	WORD(uint8_t);
	WORD(uint16_t);
	WORD(uint32_t);
	WORD(uint64_t);
	}
	uti old, new;
	copy(&old, expected, sizeof old);
	copy(&new, desired, sizeof new);
	if (swap_if(at, &old, new)) return 1;
	copy(expected, &old, sizeof old);
	return 0;
}

/* A load writes nothing, for the object may be in memory that is read only, but for 16 bytes, as elsewhere. */
static void load_word(size_t size, void *at, void *to) {
	switch (size) {
#define LOAD(type) case sizeof(type): *(type *)to = __atomic_load_n((type *)at, __ATOMIC_SEQ_CST); return
	LOAD(uint8_t);
	LOAD(uint16_t);
	LOAD(uint32_t);
	LOAD(uint64_t);
	}
	uti value = load(at);
	copy(to, &value, sizeof value);
}

static void exchange_word(size_t size, void *at, void *value, void *old) {
	load_word(size, at, old);
	while (!compare_exchange_word(size, at, old, value)) {}
}

void atomic_load(size_t, void *, void *, int) __asm__("__atomic_load");
void atomic_store(size_t, void *, void *, int) __asm__("__atomic_store");
void atomic_exchange(size_t, void *, void *, void *, int) __asm__("__atomic_exchange");
_Bool atomic_compare_exchange(size_t, void *, void *, void *, int, int) __asm__("__atomic_compare_exchange");
_Bool atomic_is_lock_free(size_t, const volatile void *) __asm__("__atomic_is_lock_free");

API void atomic_load(size_t size, void *at, void *to, __attribute__((unused)) int order) {
	if (lock_free(size, at)) {
		load_word(size, at, to);
		return;
	}
	int *l = lock(at);
	copy(to, at, size);
	unlock(l);
}

API void atomic_store(size_t size, void *at, void *value, __attribute__((unused)) int order) {
	if (lock_free(size, at)) {
		char old[16] __attribute__((aligned(16)));
		exchange_word(size, at, value, old);
		return;
	}
	int *l = lock(at);
	copy(at, value, size);
	unlock(l);
}

API void atomic_exchange(size_t size, void *at, void *value, void *old, __attribute__((unused)) int order) {
	if (lock_free(size, at)) {
		char read[16] __attribute__((aligned(16))); /* old and value may be one place */
		exchange_word(size, at, value, read);
		copy(old, read, size);
		return;
	}
	int *l = lock(at);
	for (size_t i = 0; i < size; i++) {
		char was = ((char *)at)[i];
		((char *)at)[i] = ((char *)value)[i];
		((char *)old)[i] = was;
	}
	unlock(l);
}

API _Bool atomic_compare_exchange(size_t size, void *at, void *expected, void *desired, __attribute__((unused)) int success, __attribute__((unused)) int failure) {
	if (lock_free(size, at)) return compare_exchange_word(size, at, expected, desired);
	int *l = lock(at);
	_Bool same = equal(at, expected, size);
	if (same) copy(at, desired, size);
	else copy(expected, at, size);
	unlock(l);
	return same;
}

/* A null address asks about objects that are aligned as they should be. */
API _Bool atomic_is_lock_free(size_t size, const volatile void *at) { return lock_free(size, at); }
