// runs alone
// 128-bit integers: division, products, shifts, and overflow of each.
typedef __int128 ti;
typedef unsigned __int128 uti;

volatile ti a = (ti)0x123456789abcdef << 60, b = -1234567890123456789;
volatile uti u = (uti)-1;
volatile int n = 70;
volatile long small = 1L << 62;

int test(void) {
	ti r;
	long s;
	if (a / b * b + a % b != a || u / (uti)a * (uti)a + u % (uti)a != u) return 1;
	if (a << n >> n == a || u >> n << n == u || a >> n != a / ((ti)1 << n)) return 2;
	if (!__builtin_mul_overflow(a, a, &r) || __builtin_mul_overflow(b, b, &r) || r < 0) return 3;
	if (!__builtin_mul_overflow(small, 4, &s) || __builtin_add_overflow(a, b, &r)) return 4;
	if (__builtin_sub_overflow((uti)1, u, &u) == 0 || u != 2) return 5;
	return -(-a) != a || (a < b) || (u > (uti)b);
}
