/* The handlers that the code of an engine registers to be run at exit (Itanium C++ ABI 3.3.6.3; C11 7.22.4), kept by the engine so that
   those of one module can be run and forgotten when it is removed. The host's registry knows nothing of our modules.

   A handler belongs to a module by its handle (__cxa_atexit), or, for atexit, by the address of its function or of the call that registered it: the
   call alone would not do, for a compiler may turn it into a jump. Nothing here is held while a handler runs, so that handlers may register others. */
#include "crt.h"

enum registry { exit_handlers, quick_handlers, registries };

struct handler {
	struct handler *newer, *older;             /* in its registry */
	struct handler *bucket_newer, *bucket_older; /* among those with the same hash of the handle; bucket_older chains the unused ones */
	union {
		void (*with_argument)(void *);
		void (*plain)(void);
		uintptr_t address;
	} function;
	void *argument;
	uintptr_t handle; /* of the module; 0 if unknown */
	uintptr_t caller; /* for handlers without an argument: where they were registered; else 0 */
};

enum { page_size = 4096, buckets = 256 };

/* A chunk is one page of handlers. The first is part of this module, so that few handlers cost no system call. */
struct chunk {
	struct chunk *next, *previous; /* chunks with room */
	struct handler *unused;
	unsigned live;
	struct handler handlers[(page_size - 32) / sizeof(struct handler)];
};
_Static_assert(sizeof(struct chunk) <= page_size, "a chunk is a page");

static struct chunk first __attribute__((aligned(page_size)));
static struct chunk *with_room;
static int prepared;
static struct handler *newest[registries];
static unsigned long plain[registries]; /* how many have no handle, but a caller */
static struct handler *bucket[registries][buckets];
static int spin;

static void lock(void) {
	for (unsigned tries = 1; __atomic_exchange_n(&spin, 1, __ATOMIC_ACQUIRE); tries++) {
		if (tries % 128 == 0) system3(sys_sched_yield, 0, 0, 0);
		__builtin_ia32_pause();
	}
}
static void unlock(void) { __atomic_store_n(&spin, 0, __ATOMIC_RELEASE); }

static void put_chunk(struct chunk *c) {
	c->previous = NULL;
	c->next = with_room;
	if (with_room) with_room->previous = c;
	with_room = c;
}

static void take_chunk(struct chunk *c) {
	if (c->previous) c->previous->next = c->next;
	else with_room = c->next;
	if (c->next) c->next->previous = c->previous;
}

static void fill_chunk(struct chunk *c) {
	c->live = 0;
	c->unused = NULL;
	for (size_t i = sizeof c->handlers / sizeof *c->handlers; i-- > 0;) {
		c->handlers[i].bucket_older = c->unused;
		c->unused = &c->handlers[i];
	}
	put_chunk(c);
}

static struct handler *new_handler(void) {
	if (!prepared) {
		prepared = 1;
		fill_chunk(&first);
	}
	if (!with_room) {
		enum { read_write = 3, private_anonymous = 0x22, most_errno = 4095 };
		unsigned long page = system6(sys_mmap, 0, page_size, read_write, private_anonymous, -1, 0);
		if (page >= -(unsigned long)most_errno) return NULL;
		fill_chunk((struct chunk *)page);
	}
	struct chunk *c = with_room;
	struct handler *h = c->unused;
	c->unused = h->bucket_older;
	c->live++;
	if (!c->unused) take_chunk(c);
	return h;
}

static void free_handler(struct handler *h) {
	struct chunk *c = (struct chunk *)((uintptr_t)h & -(uintptr_t)page_size);
	if (!c->unused) put_chunk(c);
	h->bucket_older = c->unused;
	c->unused = h;
	if (--c->live == 0 && c != &first) {
		take_chunk(c);
		system3(sys_munmap, (long)c, page_size, 0);
	}
}

/* hash spreads handles, which lie in data and differ in their middle bits. */
static unsigned hash(uintptr_t handle) { return (unsigned)((handle * 0x9e3779b97f4a7c15u) >> 56); }

static int enter(enum registry r, const struct handler *made) {
	lock();
	struct handler *h = new_handler();
	if (h) {
		*h = *made;
		struct handler **b = &bucket[r][hash(h->handle)];
		h->newer = h->bucket_newer = NULL;
		h->older = newest[r];
		h->bucket_older = *b;
		if (h->older) h->older->newer = h;
		if (*b) (*b)->bucket_newer = h;
		newest[r] = *b = h;
		plain[r] += h->caller != 0;
	}
	unlock();
	return h ? 0 : -1;
}

static void leave(enum registry r, struct handler *h) {
	if (h->newer) h->newer->older = h->older;
	else newest[r] = h->older;
	if (h->older) h->older->newer = h->newer;
	if (h->bucket_newer) h->bucket_newer->bucket_older = h->bucket_older;
	else bucket[r][hash(h->handle)] = h->bucket_older;
	if (h->bucket_older) h->bucket_older->bucket_newer = h->bucket_newer;
	plain[r] -= h->caller != 0;
	free_handler(h);
}

/* Which handlers are meant: those of a handle; all that have to do with the addresses from start up to end, if end is not 0; either, if both are given; all, if
   neither is. */
struct choice {
	uintptr_t handle, start, end;
};

static int within(const struct choice *c, uintptr_t address) { return address - c->start < c->end - c->start; }

static struct handler *find(enum registry r, const struct choice *c) {
	if (c->end && (!c->handle || plain[r])) {
		for (struct handler *h = newest[r]; h; h = h->older) {
			if ((c->handle && h->handle == c->handle) || within(c, h->handle) ||
			    (h->caller && (within(c, h->caller) || within(c, h->function.address)))) return h;
		}
		return NULL;
	}
	if (!c->handle) return newest[r];
	struct handler *h = bucket[r][hash(c->handle)];
	while (h && h->handle != c->handle) h = h->bucket_older;
	return h;
}

/* take removes the newest of the handlers meant and copies it. */
static int take(enum registry r, const struct choice *c, struct handler *copy) {
	lock();
	struct handler *h = find(r, c);
	if (h) {
		*copy = *h;
		leave(r, h);
	}
	unlock();
	return h != NULL;
}

static void run(enum registry r, const struct choice *c) {
	struct handler h;
	while (take(r, c, &h)) {
		if (h.caller) h.function.plain();
		else h.function.with_argument(h.argument);
	}
}

/* finish runs the handlers meant, and forgets those for quick_exit, whose code is about to go. */
static void finish(const struct choice *c) {
	struct handler h;
	run(exit_handlers, c);
	while (take(quick_handlers, c, &h)) {}
}

int __cxa_atexit(void (*function)(void *), void *argument, void *dso) {
	struct handler h = {.function.with_argument = function, .argument = argument, .handle = (uintptr_t)dso};
	return enter(exit_handlers, &h);
}

int __cxa_at_quick_exit(void (*function)(void *), void *dso) {
	struct handler h = {.function.with_argument = function, .handle = (uintptr_t)dso};
	return enter(quick_handlers, &h);
}

int atexit(void (*function)(void)) {
	struct handler h = {.function.plain = function, .caller = (uintptr_t)__builtin_return_address(0)};
	return enter(exit_handlers, &h);
}

int at_quick_exit(void (*function)(void)) {
	struct handler h = {.function.plain = function, .caller = (uintptr_t)__builtin_return_address(0)};
	return enter(quick_handlers, &h);
}

/* __gomcjit_run_atexit runs, last registered first, the handlers of a handle, of all for a null one, until none are left, those included that
   are registered meanwhile. */
void __gomcjit_run_atexit(void *dso) {
	struct choice c = {.handle = (uintptr_t)dso};
	finish(&c);
}

/* __gomcjit_run_atexit_range does so for the handlers whose handle, function or place of registration lies from start up to end. */
void __gomcjit_run_atexit_range(void *start, void *end) {
	struct choice c = {.start = (uintptr_t)start, .end = (uintptr_t)end};
	if (start < end) finish(&c);
}

/* __gomcjit_run_atexit_module does so for the handlers of a handle, and for those whose function or place of registration lies from start up to end:
   all of a module whose code is there. */
void __gomcjit_run_atexit_module(void *dso, void *start, void *end) {
	struct choice c = {.handle = (uintptr_t)dso, .start = (uintptr_t)start, .end = (uintptr_t)end};
	if (start < end) finish(&c);
}

void __cxa_finalize(void *dso) { __gomcjit_run_atexit(dso); }

/* quick_exit runs the handlers of this engine for it, and ends the process; the host's registry is not asked. */
_Noreturn void quick_exit(int status) {
	struct choice all = {0};
	run(quick_handlers, &all);
	for (;;) system3(sys_exit_group, status, 0, 0);
}
