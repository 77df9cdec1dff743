/* Needs even.o. */
int even(unsigned long);
int odd(unsigned long n) { return n == 0 ? 0 : even(n - 1); }
