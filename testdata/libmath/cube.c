/* Needs square.o. */
long square(long);
long cube(long x) { return square(x) * x; }
