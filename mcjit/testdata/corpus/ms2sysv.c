// compiler: gcc
// flags: -mcall-ms2sysv-xlogues
// runs alone
// Functions of the Microsoft ABI that call functions of the System V ABI, by gcc's prologues and epilogues out of line: with up to six further registers, with and without
// a frame pointer, with an aligned and a variable frame, ending in a return, a call or a jump.
#define MS __attribute__((ms_abi, noinline))
typedef long number;

static __attribute__((noinline)) number sysv(number n) { // does with registers as it likes
	__asm__ volatile("xorps %%xmm6, %%xmm6; xorps %%xmm7, %%xmm7; xorps %%xmm8, %%xmm8; xorps %%xmm9, %%xmm9; xorps %%xmm10, %%xmm10;"
		"xorps %%xmm11, %%xmm11; xorps %%xmm12, %%xmm12; xorps %%xmm13, %%xmm13; xorps %%xmm14, %%xmm14; xorps %%xmm15, %%xmm15; xor %%esi, %%esi"
		::: "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "rsi");
	return n + 1;
}
static __attribute__((noinline)) number fill(char *p, number n) {
	for (number i = 0; i < n; i++) p[i] = i;
	return sysv(p[n - 1]);
}

#define FUNCTIONS(name, target) \
static MS target number name##0(number a) { return sysv(a) * 3; } \
static MS target number name##1(number a, number b) { return sysv(a) + b; } \
static MS target number name##2(number a, number b, number c) { return sysv(a) + b * c; } \
static MS target number name##4(number a, number b, number c, number d) { number x = sysv(a), y = sysv(b + x); return sysv(c + y) + d * x + a * b; } \
static MS target number name##6(number a, number b, number c, number d, number e, number f) { \
	number x = sysv(a), y = sysv(b + x), z = sysv(c + y); \
	return sysv(d + z) + a * e + b * f + c * x + d * y + e * f + z; \
} \
static MS target number name##_aligned(number a) { __attribute__((aligned(64))) char b[100]; return fill(b, 100) + a + ((number)b & 63); } \
static MS target number name##_variable(number a, number n) { char b[n]; return fill(b, n) + a; } \
static MS target number name##_tail(number a, number b) { sysv(a); return name##1(b, a); } \
static MS target number name##_calls(number a, number n) { \
	volatile double seed = 1.5; \
	double p = seed * 2, q = seed * 3, r = seed * 4, s = seed * 5, u = seed * 6; \
	number sum = name##0(a) + name##1(a, 2) + name##2(a, 2, 3) + name##4(a, 2, 3, 4) + name##6(a, 2, 3, 4, 5, 6) + \
		name##_aligned(a) + name##_variable(a, n) + name##_tail(a, 2); \
	return sum + (p == 3 && q == 4.5 && r == 6 && s == 7.5 && u == 9 ? 0 : 1000000); \
}

FUNCTIONS(plain, )
FUNCTIONS(avx, __attribute__((target("avx"))))

static number expected(number a, number n) {
	number x = a + 1, y = 2 + x + 1, z = 3 + y + 1;
	return x * 3 + x + 2 + x + 6 + z + 4 * x + a * 2 + (4 + z + 1) + a * 5 + 12 + 3 * x + 4 * y + 30 + z + (100 + a) + (n + a) + (3 + a);
}

int test(void) {
	for (volatile number a = 1; a < 100; a += 7) {
		if (plain_calls(a, a + 5) != expected(a, a + 5)) return 1;
		if (__builtin_cpu_supports("avx") && avx_calls(a, a + 5) != expected(a, a + 5)) return 2;
	}
	return 0;
}
