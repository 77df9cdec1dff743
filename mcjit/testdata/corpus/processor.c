// runs alone
// What the processor can do, asked in the program.
static int wide(void) { return __builtin_cpu_supports("avx2") ? 32 : 16; }
int test(void) {
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("sse2") || (__builtin_cpu_supports("avx512vbmi2") && !__builtin_cpu_supports("avx512f"))) return 1;
	return wide() < 16 || (__builtin_cpu_is("intel") && __builtin_cpu_is("amd"));
}
