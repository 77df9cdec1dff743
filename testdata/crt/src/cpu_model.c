/* What __builtin_cpu_supports, __builtin_cpu_is and resolvers of function versions read: __cpu_model and __cpu_features2, laid out and numbered as by libgcc,
   filled in from cpuid (Intel SDM 2A, CPUID; AMD APM 3, appendix E). A feature counts as there if the system keeps its registers, too. */
#include "crt.h"

API struct {
	unsigned vendor, type, subtype, features;
} __cpu_model;
API unsigned __cpu_features2[4]; /* features from 32 on */

/* The registers that say what there is: one of a leaf and subleaf. */
enum source { l1c, l1d, l7b, l7c, l7d, l7_1a, ld_1a, l14b, l19b, e1c, e1d, e8b, sources };

/* What else has to be: that the system saves the registers of AVX, of AVX-512, of AMX. */
enum state { none, avx, avx512, amx };

static const struct {
	unsigned char feature, source, bit, state;
} features[] = {
	{0, l1d, 15, none}, {1, l1d, 23, none}, {2, l1c, 23, none}, {3, l1d, 25, none}, {4, l1d, 26, none},                 /* cmov mmx popcnt sse sse2 */
	{5, l1c, 0, none}, {6, l1c, 9, none}, {7, l1c, 19, none}, {8, l1c, 20, none}, {9, l1c, 28, avx},                     /* sse3 ssse3 sse4.1 sse4.2 avx */
	{10, l7b, 5, avx}, {11, e1c, 6, none}, {12, e1c, 16, avx}, {13, e1c, 11, avx}, {14, l1c, 12, avx},                   /* avx2 sse4a fma4 xop fma */
	{15, l7b, 16, avx512}, {16, l7b, 3, none}, {17, l7b, 8, none}, {18, l1c, 25, none}, {19, l1c, 1, none},              /* avx512f bmi bmi2 aes pclmul */
	{20, l7b, 31, avx512}, {21, l7b, 30, avx512}, {22, l7b, 17, avx512}, {23, l7b, 28, avx512}, {24, l7b, 27, avx512},   /* avx512 vl bw dq cd er */
	{25, l7b, 26, avx512}, {26, l7c, 1, avx512}, {27, l7b, 21, avx512}, {28, l7d, 2, avx512}, {29, l7d, 3, avx512},      /* avx512 pf vbmi ifma 4vnniw 4fmaps */
	{30, l7c, 14, avx512}, {31, l7c, 6, avx512}, {32, l7c, 8, none}, {33, l7c, 10, avx}, {34, l7c, 11, avx512},          /* vpopcntdq vbmi2 gfni vpclmulqdq vnni */
	{35, l7c, 12, avx512}, {36, l7_1a, 5, avx512}, {37, l7d, 8, avx512}, {38, e1d, 31, none}, {39, e1d, 30, none},       /* bitalg bf16 vp2intersect 3dnow 3dnowp */
	{40, l7b, 19, none}, {41, e1c, 5, none}, {42, l7c, 25, none}, {43, l7b, 23, none}, {44, l7b, 24, none},              /* adx abm cldemote clflushopt clwb */
	{45, e8b, 0, none}, {46, l1c, 13, none}, {47, l1d, 8, none}, {48, l7c, 29, none}, {49, l1c, 29, avx},                /* clzero cmpxchg16b cmpxchg8b enqcmd f16c */
	{50, l7b, 0, none}, {51, l1d, 24, none}, {52, l7b, 4, none}, {53, l7d, 20, none}, {54, e1c, 0, none},                /* fsgsbase fxsave hle ibt lahf_lm */
	{55, e1d, 29, none}, {56, e1c, 15, none}, {57, e1c, 5, none}, {58, l1c, 22, none}, {59, l7c, 28, none},              /* lm lwp lzcnt movbe movdir64b */
	{60, l7c, 27, none}, {61, e1c, 29, none}, {62, l1c, 27, none}, {63, l7d, 18, none}, {64, l7c, 3, none},              /* movdiri mwaitx osxsave pconfig pku */
	{65, l7c, 0, none}, {66, e1c, 8, none}, {67, l14b, 4, none}, {68, l7c, 22, none}, {69, l1c, 30, none},               /* prefetchwt1 prfchw ptwrite rdpid rdrnd */
	{70, l7b, 18, none}, {71, l7b, 11, none}, {72, l7d, 14, none}, {73, l7b, 2, none}, {74, l7b, 29, none},              /* rdseed rtm serialize sgx sha */
	{75, l7c, 7, none}, {76, e1c, 21, none}, {77, l7d, 16, none}, {78, l7c, 9, avx}, {79, l7c, 5, none},                 /* shstk tbm tsxldtrk vaes waitpkg */
	{80, e8b, 9, none}, {81, l1c, 26, none}, {82, ld_1a, 1, none}, {83, ld_1a, 0, none}, {84, ld_1a, 3, none},           /* wbnoinvd xsave xsavec xsaveopt xsaves */
	{85, l7d, 24, amx}, {86, l7d, 25, amx}, {87, l7d, 22, amx}, {88, l7d, 5, none}, {89, l7_1a, 22, none},               /* amx-tile amx-int8 amx-bf16 uintr hreset */
	{90, l7c, 23, none}, {91, l19b, 0, none}, {92, l19b, 2, none}, {93, l7_1a, 4, avx}, {94, l7d, 23, avx512},           /* kl aeskle widekl avxvnni avx512fp16 */
};

/* The levels of the psABI (1.0, 3.1.1), each with what it adds to the one before. */
enum { baseline = 95, levels = 4 };
static const unsigned char level_needs[levels][8] = {
	{4, 55},                      /* sse2 lm */
	{2, 8, 46, 54},               /* popcnt sse4.2 cmpxchg16b lahf_lm */
	{10, 14, 16, 17, 49, 57, 58}, /* avx2 fma bmi bmi2 f16c lzcnt movbe */
	{20, 21, 22, 23},             /* avx512vl bw dq cd */
};

struct leaf { unsigned a, b, c, d; };

static struct leaf cpuid(unsigned number, unsigned part) {
	struct leaf l;
	__asm__ volatile("cpuid" : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d) : "0"(number), "2"(part));
	return l;
}

/* saved_state returns which states the system saves, a bit each. */
static unsigned saved_state(unsigned leaf1_c) {
	enum { osxsave = 1 << 27, ymm = 6, zmm = 0xe6, tile = 0x60000 };
	unsigned low, high;
	if (!(leaf1_c & osxsave)) return 1 << none;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return 1 << none | ((low & ymm) == ymm) << avx | ((low & zmm) == zmm) << avx512 | ((low & tile) == tile) << amx;
}

static void set(unsigned feature) {
	unsigned *word = feature < 32 ? &__cpu_model.features : &__cpu_features2[feature / 32 - 1];
	*word |= 1u << feature % 32;
}
static int has(unsigned feature) { return (feature < 32 ? __cpu_model.features : __cpu_features2[feature / 32 - 1]) >> feature % 32 & 1; }

static void find_features(unsigned most, unsigned leaf1_c, unsigned leaf1_d) {
	unsigned from[sources] = {[l1c] = leaf1_c, [l1d] = leaf1_d};
	if (most >= 7) {
		struct leaf l = cpuid(7, 0);
		from[l7b] = l.b, from[l7c] = l.c, from[l7d] = l.d;
		if (l.a >= 1) from[l7_1a] = cpuid(7, 1).a;
	}
	if (most >= 0xd) from[ld_1a] = cpuid(0xd, 1).a;
	if (most >= 0x14) from[l14b] = cpuid(0x14, 0).b;
	if (most >= 0x19) from[l19b] = cpuid(0x19, 0).b;
	unsigned most_extended = cpuid(0x80000000, 0).a;
	if (most_extended >= 0x80000001) {
		struct leaf l = cpuid(0x80000001, 0);
		from[e1c] = l.c, from[e1d] = l.d;
	}
	if (most_extended >= 0x80000008) from[e8b] = cpuid(0x80000008, 0).b;
	unsigned saved = saved_state(leaf1_c);
	for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
		if (from[features[i].source] >> features[i].bit & 1 && saved >> features[i].state & 1) set(features[i].feature);
	}
	for (unsigned level = 0; level < levels; level++) {
		const unsigned char *needs = level_needs[level];
		for (unsigned i = 0; i < sizeof level_needs[level] && needs[i]; i++) {
			if (!has(needs[i])) return;
		}
		set(baseline + level);
	}
}

/* Models by family, with libgcc's numbers for the type and subtype. */
struct model { unsigned short family; unsigned char first, last, type, subtype; };

static const struct model intel[] = {
	{6, 0x0f, 0x0f, 2, 0}, {6, 0x16, 0x17, 2, 0}, {6, 0x1d, 0x1d, 2, 0},                                             /* core2 */
	{6, 0x1c, 0x1c, 1, 0}, {6, 0x26, 0x26, 1, 0},                                                                    /* bonnell */
	{6, 0x37, 0x37, 6, 0}, {6, 0x4a, 0x4a, 6, 0}, {6, 0x4d, 0x4d, 6, 0}, {6, 0x5a, 0x5a, 6, 0}, {6, 0x5d, 0x5d, 6, 0}, /* silvermont */
	{6, 0x57, 0x57, 7, 0}, {6, 0x85, 0x85, 11, 0},                                                                   /* knl knm */
	{6, 0x5c, 0x5c, 12, 0}, {6, 0x5f, 0x5f, 12, 0}, {6, 0x7a, 0x7a, 13, 0},                                          /* goldmont, -plus */
	{6, 0x86, 0x86, 14, 0}, {6, 0x96, 0x96, 14, 0}, {6, 0x9c, 0x9c, 14, 0},                                          /* tremont */
	{6, 0x1a, 0x1a, 3, 1}, {6, 0x1e, 0x1f, 3, 1}, {6, 0x2e, 0x2e, 3, 1},                                             /* nehalem */
	{6, 0x25, 0x25, 3, 2}, {6, 0x2c, 0x2c, 3, 2}, {6, 0x2f, 0x2f, 3, 2},                                             /* westmere */
	{6, 0x2a, 0x2a, 3, 3}, {6, 0x2d, 0x2d, 3, 3}, {6, 0x3a, 0x3a, 3, 12}, {6, 0x3e, 0x3e, 3, 12},                    /* sandybridge ivybridge */
	{6, 0x3c, 0x3c, 3, 13}, {6, 0x3f, 0x3f, 3, 13}, {6, 0x45, 0x46, 3, 13},                                          /* haswell */
	{6, 0x3d, 0x3d, 3, 14}, {6, 0x47, 0x47, 3, 14}, {6, 0x4f, 0x4f, 3, 14}, {6, 0x56, 0x56, 3, 14},                  /* broadwell */
	{6, 0x4e, 0x4e, 3, 15}, {6, 0x5e, 0x5e, 3, 15}, {6, 0x8e, 0x8e, 3, 15}, {6, 0x9e, 0x9e, 3, 15}, {6, 0xa5, 0xa6, 3, 15}, /* skylake */
	{6, 0x55, 0x55, 3, 16}, {6, 0x66, 0x66, 3, 17}, {6, 0x7d, 0x7e, 3, 18},                                          /* skylake-avx512 cannonlake icelake-client */
	{6, 0x6a, 0x6a, 3, 19}, {6, 0x6c, 0x6c, 3, 19}, {6, 0x8c, 0x8d, 3, 22}, {6, 0x8f, 0x8f, 3, 24},                  /* icelake-server tigerlake sapphirerapids */
	{6, 0x97, 0x97, 3, 25}, {6, 0x9a, 0x9a, 3, 25}, {6, 0xa7, 0xa7, 3, 27}, {0, 0, 0, 0, 0},                         /* alderlake rocketlake */
};
static const struct model amd[] = {
	{0x10, 2, 2, 4, 4}, {0x10, 4, 4, 4, 5}, {0x10, 8, 8, 4, 6}, {0x10, 0, 0xff, 4, 0},                               /* barcelona shanghai istanbul */
	{0x14, 0, 0xff, 8, 0}, {0x15, 0x02, 0x02, 5, 8}, {0x15, 0, 0x0f, 5, 7}, {0x15, 0x10, 0x1f, 5, 8},                /* btver1 bdver2 bdver1 bdver2 */
	{0x15, 0x30, 0x3f, 5, 9}, {0x15, 0x60, 0x7f, 5, 10}, {0x15, 0, 0xff, 5, 0}, {0x16, 0, 0xff, 9, 0},               /* bdver3 bdver4 btver2 */
	{0x17, 0, 0x1f, 10, 11}, {0x17, 0x30, 0xff, 10, 20}, {0x17, 0, 0xff, 10, 0},                                     /* znver1 znver2 */
	{0x19, 0, 0x0f, 15, 26}, {0x19, 0x20, 0x5f, 15, 26}, {0x19, 0x10, 0x1f, 15, 29}, {0x19, 0x60, 0xaf, 15, 29}, {0, 0, 0, 0, 0}, /* znver3 znver4 */
};

static void find_model(const struct model *m, unsigned signature) {
	unsigned family = signature >> 8 & 15, model = signature >> 4 & 15;
	if (family == 6 || family == 15) model |= signature >> 12 & 0xf0;
	if (family == 15) family += signature >> 20 & 0xff;
	while (m->family && (m->family != family || model < m->first || model > m->last)) m++;
	__cpu_model.type = m->type;
	__cpu_model.subtype = m->subtype;
	/* One model that was sold three times, each time with more. */
	enum { skylake_avx512 = 16, cascadelake = 21, cooperlake = 23, avx512vnni = 34, avx512bf16 = 36 };
	if (m->subtype == skylake_avx512 && has(avx512vnni)) __cpu_model.subtype = has(avx512bf16) ? cooperlake : cascadelake;
}

/* __cpu_indicator_init is what __builtin_cpu_init calls, as a resolver has to that runs before constructors do. */
API __attribute__((constructor(101))) int __cpu_indicator_init(void) {
	enum { vendor_intel = 1, vendor_amd, vendor_other = 4, genu = 0x756e6547, auth = 0x68747541 };
	static int done; /* not the vendor: the process may have a __cpu_model of libgcc's, which is filled in, and lacks the other features */
	if (done) return 0;
	struct leaf l = cpuid(0, 0), l1 = cpuid(1, 0);
	find_features(l.a, l1.c, l1.d);
	if (l.b == genu) find_model(intel, l1.a);
	else if (l.b == auth) find_model(amd, l1.a);
	__cpu_model.vendor = l.b == genu ? vendor_intel : l.b == auth ? vendor_amd : vendor_other;
	done = 1;
	return 0;
}
