// compiler: gcc
// Versions of a function for several processors, chosen by a resolver.
__attribute__((target_clones("avx2", "sse4.2", "default"))) int sum(const int *p, int n) {
	int s = 0;
	for (int i = 0; i < n; i++) s += p[i];
	return s;
}
__attribute__((target_clones("arch=haswell", "avx512f", "default"))) double scale(double x) { return x * 3; }
int test(const int *p) { return sum(p, 100) + (int)scale(2); }
