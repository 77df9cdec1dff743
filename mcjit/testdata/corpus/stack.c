// flags: -fstack-clash-protection -fcf-protection=full
// runs alone
// Large frames, variable ones, nested functions and jumps out of them.
volatile int n = 10000;
static __attribute__((noinline)) int frame(int size) {
	volatile char a[size], b[20000];
	a[size - 1] = 3, b[19999] = 4;
	return a[size - 1] + b[19999] + (int)sizeof a;
}
static void *jump[5];
static __attribute__((noinline)) void leave(void) { __builtin_longjmp(jump, 1); }
int test(void) {
	if (__builtin_setjmp(jump) == 0) leave();
	return frame(n) != 10007;
}
