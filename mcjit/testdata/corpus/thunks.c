// runs alone
// gcc: -mindirect-branch=thunk-extern -mfunction-return=thunk-extern -fcf-protection=none
// clang: -mretpoline -mretpoline-external-thunk
// Indirect jumps that processors do not predict.
typedef int op(int);
static int twice(int a) { return 2 * a; }
static int next(int a) { return a + 1; }
op *volatile ops[] = {twice, next};
static int choose(int n) {
	switch (n) {
	case 0: return ops[0](5);
	case 1: return ops[1](5);
	case 2: return 70 + ops[0](1);
	case 3: return ops[1](ops[0](9));
	case 4: return 2;
	case 5: return ops[0](n);
	}
	return -1;
}
volatile int n;
int test(void) {
	int sum = 0;
	for (n = 0; n < 7; n++) sum += choose(n);
	return sum != 10 + 6 + 72 + 19 + 2 + 10 - 1;
}
