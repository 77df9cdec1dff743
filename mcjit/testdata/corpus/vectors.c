// runs alone
// Vectors wider than registers, and operations that processors have not.
typedef int v16 __attribute__((vector_size(64)));
typedef long v4 __attribute__((vector_size(32)));
typedef unsigned char bytes __attribute__((vector_size(16)));
typedef float floats __attribute__((vector_size(32)));
volatile int n = 3;

int test(void) {
	v16 a = {n, n + 1, n + 2}, b = a * a / (n + a);
	v4 c = {n, -n, 7, -7}, d = c % 3 + c * c;
	bytes e = {(unsigned char)n}, f = e / 2 + (e << 3);
	floats g = {(float)n}, h = g / 3 + -g * 2;
	if (b[1] != 16 / 7 || d[3] != 48 || f[0] != 25 || h[0] != -5) return 1;
	return 0;
}
