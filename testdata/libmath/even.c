/* Needs odd.o, which needs this: members that depend on each other. */
int odd(unsigned long);
int even(unsigned long n) { return n == 0 ? 1 : odd(n - 1); }
