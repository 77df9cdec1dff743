// runs alone
// flags: -ffast-math
// Powers with integers.
volatile float f = 2;
volatile double d = 3;
volatile long double x = -2;
volatile int n = 5;

int test(void) {
	if (__builtin_powif(f, n) != 32 || __builtin_powi(d, n) != 243 || __builtin_powil(x, n) != -32) return 1;
	return __builtin_powi(d, -1) * 3 != 1;
}
