/* Needs cube.o and square.o, and keeps its coefficients in data. */
long square(long);
long cube(long);
long coefficients[4] = { 1, 2, 3, 4 };
long polynomial(long x) { return coefficients[0] + coefficients[1] * x + coefficients[2] * square(x) + coefficients[3] * cube(x); }
