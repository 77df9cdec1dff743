/* The definitions that model.c finds elsewhere. */
int helper_counter = 1000;
int helper_table[2] = { 5, 50 };
int helper(int n) { return n * 2; }
