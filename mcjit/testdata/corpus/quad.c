// runs alone
// __float128.
typedef __float128 quad;
volatile quad a = 1, b = 3;
volatile float f = 0.5f;
volatile double d = 0.25;
volatile long double x = 0.125L;
volatile int i = -7;
volatile unsigned j = 7;
volatile long l = -70;
volatile unsigned long m = 70;
volatile __int128 t = -((__int128)1 << 90);
volatile unsigned __int128 u = (unsigned __int128)1 << 90;

int test(void) {
	quad third = a / b, sum = 0;
	for (int k = 0; k < 3; k++) sum += third;
	if (sum != a || third * b - a > (quad)1e-30L || third == (quad)0.3333333333333333L) return 1;
	if ((quad)f + (quad)d + (quad)x != (quad)0.875 || (float)(third * 3) != 1 || (double)third != 1.0 / 3 || (long double)third != 1.0L / 3) return 2;
	if ((int)(quad)i != i || (unsigned)(quad)j != j || (long)(quad)l != l || (unsigned long)(quad)m != m) return 3;
	if ((__int128)(quad)t != t || (unsigned __int128)(quad)u != u) return 4;
	return -a >= b || !(a <= b) || (a > b) || __builtin_isnan(a);
}
