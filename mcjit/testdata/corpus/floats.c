// runs alone
// Conversions of 128-bit integers, and to unsigned ones.
typedef __int128 ti;
typedef unsigned __int128 uti;
volatile ti a = -((ti)1 << 100) - 1;
volatile uti u = (uti)-1;
volatile float f = 0x1.8p90f;
volatile double d = -0x1.8p90;
volatile long double x = 0x1.8p90L;

int test(void) {
	if ((float)a != -0x1p100f || (double)a != -0x1p100 || (long double)a != -0x1p100L) return 1;
	if ((float)u != __builtin_inff() || (double)u != 0x1p128 || (long double)u != 0x1p128L) return 2;
	if ((ti)f != (ti)3 << 89 || (ti)d != -((ti)3 << 89) || (ti)x != (ti)3 << 89) return 3;
	if ((uti)f != (uti)3 << 89 || (uti)-d != (uti)3 << 89 || (uti)x != (uti)3 << 89) return 4;
	f = 0x1.8p63f, d = 0x1.8p63, x = 0x1.8p63L;
	return (unsigned long)f != 3ul << 62 || (unsigned long)d != 3ul << 62 || (unsigned long)x != 3ul << 62;
}
