// runs alone
// Bits counted without the instructions for it.
volatile unsigned i = 0xf0f0;
volatile unsigned long l = 0xff00ff00ff00ff00;
volatile unsigned __int128 t = (unsigned __int128)5 << 100;

int test(void) {
	if (__builtin_popcount(i) != 8 || __builtin_popcountl(l) != 32 || __builtin_parityl(l) || __builtin_parity(i)) return 1;
	if (__builtin_popcountll((unsigned long)(t >> 64)) != 2 || __builtin_ffsl((long)l) != 9 || __builtin_clrsbl((long)l) != 7) return 2;
	if (__builtin_clz(i) != 16 || __builtin_ctzl(l) != 8 || __builtin_bswap64(l) != 0x00ff00ff00ff00ff) return 3;
	return 0;
}
