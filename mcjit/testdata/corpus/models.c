// flags: -mcmodel=large
// runs alone
// The large code model: everything by way of a table.
static int table[1000];
volatile int n = 999;
static __attribute__((noinline)) int square(int x) { return x * x; }
int (*volatile call)(int) = square;
int test(void) {
	__int128 big = (__int128)n << 100;
	table[n] = call(n);
	return table[n] != 998001 || big / n != (__int128)1 << 100;
}
