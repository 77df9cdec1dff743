// runs alone
// compiler: clang
// flags: -fsanitize=signed-integer-overflow,shift,integer-divide-by-zero,bounds -fsanitize-trap=all
// Checks of undefined behaviour that trap.
volatile __int128 t = 3;
volatile int n = 3;
int test(void) {
	int a[5] = {1, 2, 3, 4, 5};
	return t * t * n != 27 || (n << 3) / n != 8 || a[n] != 4;
}
