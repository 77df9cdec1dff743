// runs alone
// flags: -ftrapv
// Arithmetic that ends the program when it overflows.
volatile int i = 100;
volatile long l = 1L << 40;
volatile __int128 t = (__int128)1 << 90;
int test(void) {
	if (i + i - -i * i != 10200 || -i != -100 || l + l - -l * 3 != 5L << 40 || -l > 0) return 1;
	return t + t - -t * 5 != (__int128)7 << 90 || -t > t || __builtin_abs(-i) != i;
}
