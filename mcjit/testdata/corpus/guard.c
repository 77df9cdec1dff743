// runs alone
// compiler: gcc
// flags: -fstack-protector-all -mstack-protector-guard=global
// The stack protector with a word that is not thread-local.
volatile int n = 30;
int test(void) {
	volatile char copy[40];
	for (int i = 0; i < n; i++) copy[i] = (char)i;
	return copy[7] != 7;
}
