// runs alone
// Half precision.
#ifdef __clang__
typedef __fp16 half;
#else
typedef _Float16 half;
#endif
volatile half h = 1.5;
volatile float f = 2.25f;
volatile double d = 4.125;

int test(void) {
	half a = h + f, b = d;
	if ((float)a != 3.75f || (double)b != 4.125) return 1;
	h = h * a;
	return (int)h != 5 || h != h || h < a;
}
