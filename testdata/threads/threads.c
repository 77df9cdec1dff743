/* What loaded code calls for the sake of its thread-local variables, where the process has nothing that would do: emulated variables and destructors of
   thread-local objects always, for the C library's own do not expect that a module goes before its threads; __tls_get_addr in a process without C
   library, whose thread pointer is not C's.

   This is one piece of code and data without relocations, of which a process has one copy for good: threads may come back to it when they end. It knows a
   thread by a key of the C library, or else by its number, which another thread may get when it has ended: the kernel clears a word then, of which it is told
   (set_tid_address(2)). No thread has such a word in a process without C library. It must not use vector registers where functions of TLS descriptors do not save them. */
#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
enum { sys_mmap = 9, sys_munmap = 11, sys_sched_yield = 24, sys_gettid = 186, sys_set_tid_address = 218 };

static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
	return result;
}

static inline void zero(void *to, size_t n) { __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(0) : "memory"); }
static inline void copy(void *to, const void *from, size_t n) { __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory"); }
static inline void relax(void) { __builtin_ia32_pause(); }
#elif defined(__aarch64__)
enum { sys_mmap = 222, sys_munmap = 215, sys_sched_yield = 124, sys_gettid = 178, sys_set_tid_address = 96 };

static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
static inline void relax(void) { __asm__ volatile("yield"); }
#elif defined(__riscv)
enum { sys_mmap = 222, sys_munmap = 215, sys_sched_yield = 124, sys_gettid = 178, sys_set_tid_address = 96 };

static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	register long a7 __asm__("a7") = n;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;
	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
	return a0;
}
static inline void relax(void) { __asm__ volatile(".word 0x0100000f"); } /* pause; a fence without effect for older processors */
#elif defined(__loongarch__)
enum { sys_mmap = 222, sys_munmap = 215, sys_sched_yield = 124, sys_gettid = 178, sys_set_tid_address = 96 };

static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	register long a7 __asm__("$a7") = n;
	register long a0 __asm__("$a0") = a;
	register long a1 __asm__("$a1") = b;
	register long a2 __asm__("$a2") = c;
	register long a3 __asm__("$a3") = d;
	register long a4 __asm__("$a4") = e;
	register long a5 __asm__("$a5") = f;
	__asm__ volatile("syscall 0" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
		: "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8", "memory");
	return a0;
}
static inline void relax(void) { __asm__ volatile("dbar 0"); }
#elif defined(__powerpc64__)
enum { sys_mmap = 90, sys_munmap = 91, sys_sched_yield = 158, sys_gettid = 207, sys_set_tid_address = 232 };

/* An error is a positive number, of which the condition register tells. */
static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	register long r0 __asm__("r0") = n;
	register long r3 __asm__("r3") = a;
	register long r4 __asm__("r4") = b;
	register long r5 __asm__("r5") = c;
	register long r6 __asm__("r6") = d;
	register long r7 __asm__("r7") = e;
	register long r8 __asm__("r8") = f;
	__asm__ volatile("sc\n\tbns+ 1f\n\tneg %1, %1\n1:" : "+r"(r0), "+r"(r3), "+r"(r4), "+r"(r5), "+r"(r6), "+r"(r7), "+r"(r8)
		: : "r9", "r10", "r11", "r12", "cr0", "ctr", "memory");
	return r3;
}
static inline void relax(void) { __asm__ volatile("or 27,27,27"); }
#elif defined(__s390x__)
enum { sys_mmap = 90, sys_munmap = 91, sys_sched_yield = 158, sys_gettid = 236, sys_set_tid_address = 252 };

/* mmap takes its arguments in memory. */
static inline long call(long n, long a, long b, long c, long d, long e, long f) {
	long list[6] = {a, b, c, d, e, f};
	register long r1 __asm__("r1") = n;
	register long r2 __asm__("r2") = n == sys_mmap ? (long)list : a;
	register long r3 __asm__("r3") = b;
	__asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3) : "memory");
	return r2;
}
static inline void relax(void) { __asm__ volatile("" : : : "memory"); }
#endif

#if !defined(__x86_64__)
/* Sizes and alignments are those of pages or of words mostly. */
static inline void zero(void *to, size_t n) {
	char *t = to;
	for (; n >= 8; n -= 8, t += 8) *(uint64_t *)t = 0;
	for (; n; n--) *t++ = 0;
}
static inline void copy(void *to, const void *from, size_t n) {
	char *t = to;
	const char *f = from;
	for (; n >= 8; n -= 8, t += 8, f += 8) *(uint64_t *)t = *(const uint64_t *)f;
	for (; n; n--) *t++ = *f++;
}
#endif

/* The functions of the C library, which whoever loads this fills in. get_addr is ours if there is no C library; the others are null then. */
struct tls_index { struct variable *module; size_t offset; };
struct host {
	void *(*get_addr)(struct tls_index *);
	int (*key_create)(unsigned *, void (*)(void *));
	void *(*get_specific)(unsigned);
	int (*set_specific)(unsigned, const void *);
	int (*at_thread_exit)(void (*)(void *), void *, void *); /* may be null where the others are not */
} host;

/* A variable is thread-local memory: what the compiler makes for an emulated one (GCC's libgcc/emutls.c), or a module's, which has one word more. */
struct variable {
	size_t size, align;
	size_t index; /* 0: not used yet */
	const void *image;
	size_t filled; /* of a module; an emulated variable is filled wholly or not at all */
};

struct destructor {
	struct destructor *older;
	void (*function)(void *);
	void *object;
	uintptr_t module;
	size_t order; /* the larger the later, over all threads */
};

/* A block is a thread's copy of a variable. */
struct block { void *memory; size_t size, align; };

struct thread {
	struct thread *next;
	struct thread *same; /* of those in the same place of the table */
	struct block *blocks; /* by the variable's index */
	size_t count;
	struct destructor *newest;
	struct destructor running; /* a copy; function is null if none runs */
	unsigned rounds;
	int exits; /* the C library tells us of the thread's end */
	int32_t tid;
	volatile int32_t alive; /* the kernel clears it */
};

enum { places = 256, page = 4096, smallest = 32, classes = 7, chunk = 64 << 10, end_rounds = 3 };

static struct thread *threads;
static struct thread *table[places]; /* those of a process without C library, by number: they stay, and are used again */
static struct variable **variables; /* by index */
static size_t variable_count;       /* room in variables */
static void *unused[classes];       /* memory of smallest<<i bytes */
static size_t registered;           /* destructors, ever */
static unsigned key;
static int key_made, spin;

static void lock(void) {
	for (unsigned tries = 1; __atomic_exchange_n(&spin, 1, __ATOMIC_ACQUIRE); tries++) {
		if (tries % 128 == 0) call(sys_sched_yield, 0, 0, 0, 0, 0, 0);
		relax();
	}
}
static void unlock(void) { __atomic_store_n(&spin, 0, __ATOMIC_RELEASE); }

static void *map(size_t n) {
	long p = call(sys_mmap, 0, n, 3, 0x22, -1, 0);
	if ((unsigned long)p >= -4095ul) __builtin_trap(); /* there is nobody to tell, as in libgcc and ld.so */
	return (void *)p;
}
static void unmap(void *p, size_t n) { if (n) call(sys_munmap, (long)p, n, 0, 0, 0, 0); }
static size_t up(size_t n, size_t align) { return (n + align - 1) & -align; }

/* class_of returns which list memory is from; classes if it is mapped for itself. */
static int class_of(size_t size, size_t align) {
	int c = 0;
	while (c < classes && (size_t)smallest << c < (size > align ? size : align)) c++;
	return c;
}

/* get and put are called with the lock. Memory of get is zero. */
static void *get(size_t size, size_t align) {
	int c = class_of(size, align);
	if (c == classes) {
		size = up(size, page);
		if (align <= page) return map(size);
		char *p = map(size + align), *start = (char *)up((size_t)p, align);
		unmap(p, start - p);
		unmap(start + size, p + align - start);
		return start;
	}
	size = (size_t)smallest << c;
	if (!unused[c]) {
		char *p = map(chunk);
		for (size_t i = 0; i < chunk; i += size) {
			*(void **)(p + i) = unused[c];
			unused[c] = p + i;
		}
	}
	void *p = unused[c];
	unused[c] = *(void **)p;
	zero(p, size);
	return p;
}
static void put(void *p, size_t size, size_t align) {
	int c = class_of(size, align);
	if (!p) return;
	if (c == classes) {
		unmap(p, up(size, page));
		return;
	}
	*(void **)p = unused[c];
	unused[c] = p;
}

static void free_block(struct block *b) {
	put(b->memory, b->size, b->align);
	b->memory = NULL;
}

/* release frees what a thread had that has ended. */
static void release(struct thread *t) {
	for (size_t i = 0; i < t->count; i++) free_block(&t->blocks[i]);
	put(t->blocks, t->count * sizeof *t->blocks, 1);
	t->blocks = NULL;
	t->count = 0;
}

static void bury(struct thread *t) {
	release(t);
	struct thread **p = &threads;
	while (*p != t) p = &(*p)->next;
	*p = t->next;
	put(t, sizeof *t, 1);
}

/* finish runs what the thread has to run at its end. A destructor may register others. */
static void finish(void *p) {
	struct thread *t = p;
	for (;;) {
		lock();
		struct destructor *d = t->newest;
		t->running.function = NULL;
		if (d) {
			t->newest = d->older;
			t->running = *d;
			put(d, sizeof *d, 1);
		} else {
			t->exits = 0;
		}
		unlock();
		if (!d) return;
		t->running.function(t->running.object);
	}
}

/* ended is the key's destructor. Other keys' destructors may still use our variables: the last round is the one that counts. */
static void ended(void *p) {
	struct thread *t = p;
	finish(t);
	if (t->rounds++ < end_rounds && host.set_specific(key, t) == 0) return;
	lock();
	bury(t);
	unlock();
}

/* usable is for those of which nobody tells us that they have ended. Objects that wait for their destructors lie in their memory. */
static int usable(const struct thread *t) { return !t->alive && !t->newest; }

static struct thread *make(void) {
	struct thread *t = get(sizeof *t, 1);
	t->next = threads;
	threads = t;
	return t;
}

static struct thread *new_library_thread(void) {
	lock();
	if (!key_made) {
		if (host.key_create(&key, ended)) __builtin_trap();
		__atomic_store_n(&key_made, 1, __ATOMIC_RELEASE);
	}
	struct thread *t = make();
	unlock();
	if (host.set_specific(key, t)) __builtin_trap();
	return t;
}

static struct thread *new_thread(int32_t tid) {
	struct thread **place = &table[tid % places];
	lock();
	for (struct thread *t = threads; t; t = t->next) {
		if (usable(t)) release(t);
	}
	struct thread *t = *place;
	while (t && !usable(t)) t = t->same;
	int fresh = !t;
	if (fresh) {
		t = make();
		t->same = *place;
	}
	/* A thread that has got the number of the one that had this before may be looking at it: it must see the number change before it sees that somebody lives here. */
	__atomic_store_n(&t->tid, tid, __ATOMIC_RELAXED);
	__atomic_store_n(&t->alive, 1, __ATOMIC_RELEASE);
	if (fresh) __atomic_store_n(place, t, __ATOMIC_RELEASE);
	unlock();
	call(sys_set_tid_address, (long)&t->alive, 0, 0, 0, 0, 0);
	return t;
}

static struct thread *self(void) {
	if (host.key_create) {
		struct thread *t = NULL;
		if (__atomic_load_n(&key_made, __ATOMIC_ACQUIRE)) t = host.get_specific(key);
		return t ? t : new_library_thread();
	}
	int32_t tid = call(sys_gettid, 0, 0, 0, 0, 0, 0);
	struct thread *t = __atomic_load_n(&table[tid % places], __ATOMIC_ACQUIRE);
	while (t && !(__atomic_load_n(&t->alive, __ATOMIC_ACQUIRE) && __atomic_load_n(&t->tid, __ATOMIC_RELAXED) == tid)) t = t->same; /* in this order: see new_thread */
	return t ? t : new_thread(tid);
}

/* grown returns room for more elements than there were, with the old ones in it. */
static void *grown(void *old, size_t size, size_t *count, size_t least) {
	size_t n = *count ? *count * 2 : 8;
	while (n <= least) n *= 2;
	void *p = get(n * size, 1);
	copy(p, old, *count * size);
	put(old, *count * size, 1);
	*count = n;
	return p;
}

/* number gives a variable its index. */
static void number(struct variable *v) {
	if (v->index) return;
	size_t i = 1;
	while (i < variable_count && variables[i]) i++;
	if (i >= variable_count) variables = grown(variables, sizeof *variables, &variable_count, i);
	variables[i] = v;
	__atomic_store_n(&v->index, i, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) void *new_block(struct thread *t, struct variable *v, size_t filled) {
	lock();
	number(v);
	if (v->index >= t->count) t->blocks = grown(t->blocks, sizeof *t->blocks, &t->count, v->index);
	struct block *b = &t->blocks[v->index];
	b->size = v->size;
	b->align = v->align;
	void *memory = get(b->size, b->align);
	if (v->image) copy(memory, v->image, filled);
	b->memory = memory;
	unlock();
	return memory;
}

static inline void *memory_of(struct variable *v, int module) {
	struct thread *t = self();
	size_t i = __atomic_load_n(&v->index, __ATOMIC_ACQUIRE);
	if (i && i < t->count && t->blocks[i].memory) return t->blocks[i].memory;
	return new_block(t, v, module ? v->filled : v->size);
}

/* Offsets are counted from so many bytes behind a block's beginning, where displacements are signed (TLS_DTV_OFFSET of the C library). */
#if defined(__riscv)
enum { bias = 0x800 };
#elif defined(__powerpc64__)
enum { bias = 0x8000 };
#else
enum { bias = 0 };
#endif

void *get_addr(struct tls_index *x) { return (char *)memory_of(x->module, 1) + x->offset + bias; }
void *emutls_get_address(struct variable *v) { return memory_of(v, 0); }

/* at_thread_exit is __cxa_thread_atexit (Itanium C++ ABI; libstdc++'s passes on to glibc's __cxa_thread_atexit_impl). */
int at_thread_exit(void (*function)(void *), void *object, void *module) {
	struct thread *t = self();
	if (host.at_thread_exit && !t->exits) {
		if (host.at_thread_exit(finish, t, &host)) return -1; /* of no library: the program, which stays. glibc does not bear a null one */
		t->exits = 1;
	}
	lock();
	struct destructor *d = get(sizeof *d, 1);
	d->older = t->newest;
	d->function = function;
	d->object = object;
	d->module = (uintptr_t)module;
	d->order = ++registered;
	t->newest = d;
	unlock();
	return 0;
}

struct range { uintptr_t start, end; };

static int within(uintptr_t address, const struct range *ranges, size_t n) {
	for (size_t i = 0; i < n; i++) {
		if (address - ranges[i].start < ranges[i].end - ranges[i].start) return 1;
	}
	return 0;
}
static int concerns(const struct destructor *d, const struct range *ranges, size_t n) {
	return within((uintptr_t)d->function, ranges, n) || within(d->module, ranges, n);
}

/* take removes the newest destructor of code in the ranges, and copies it. wait says that one is running in another thread. */
static int take(const struct range *ranges, size_t n, const struct thread *own, struct destructor *taken, int *wait) {
	struct destructor **newest = NULL;
	*wait = 0;
	for (struct thread *t = threads; t; t = t->next) {
		if (t != own && t->running.function && concerns(&t->running, ranges, n)) *wait = 1;
		for (struct destructor **p = &t->newest; *p; p = &(*p)->older) {
			if (!concerns(*p, ranges, n)) continue;
			if (!newest || (*p)->order > (*newest)->order) newest = p;
			break;
		}
	}
	if (!newest) return 0;
	struct destructor *d = *newest;
	*taken = *d;
	*newest = d->older;
	put(d, sizeof *d, 1);
	return 1;
}

/* end_objects runs the destructors that code in the ranges has registered, whatever the thread; those of a thread that is ending it waits for. */
void end_objects(const struct range *ranges, size_t n) {
	struct thread *own = self();
	for (;;) {
		struct destructor d;
		int wait;
		lock();
		int found = take(ranges, n, own, &d, &wait);
		unlock();
		if (found) d.function(d.object);
		else if (wait) call(sys_sched_yield, 0, 0, 0, 0, 0, 0);
		else return;
	}
}

/* forget frees the variables that are described within the ranges, in all threads, and drops the destructors that nobody has run. */
void forget(const struct range *ranges, size_t n) {
	struct destructor dropped;
	int wait;
	lock();
	while (take(ranges, n, NULL, &dropped, &wait)) {}
	for (size_t i = 1; i < variable_count; i++) {
		if (!variables[i] || !within((uintptr_t)variables[i], ranges, n)) continue;
		for (struct thread *t = threads; t; t = t->next) {
			if (i < t->count) free_block(&t->blocks[i]);
		}
		variables[i] = NULL;
	}
	unlock();
}
