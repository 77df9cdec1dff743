package checker

import (
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// compiledVectorsC has vectors of all element types: loaded from and stored to variables, with constants, converted, compared, shuffled, and in
// loops that are
// vectorized.
const compiledVectorsC = `
#define OPS(T, I, W, name) \
	typedef T name __attribute__((vector_size(W))); typedef I name##_i __attribute__((vector_size(W))); \
	extern name name##_g, name##_a[]; static name name##_s = { 3, 5, 7 }; extern T name##_e, name##_x[], name##_y[]; \
	name name##_arith(name a, name b, int n) { a += b * name##_g; a -= name##_a[n]; name##_s = a * 3; name##_g = a - b; return -a + name##_s + name##_e; } \
	name name##_select(name a, name b) { name##_i m = a > b; name##_i k = a == name##_g; return (name)(((name##_i)a & m) | ((name##_i)b & ~m) ^ k); } \
	name name##_set(T x, int n) { name v = name##_s; v[1] = x; v[n & 1] = name##_e; name##_x[3] = v[0]; name##_e = v[1]; return v; } \
	void name##_loop(int n) { for (int i = 0; i < n; i++) name##_x[i] = name##_x[i] * 3 + name##_y[i] - 7; } \
	T name##_sum(int n) { T s = 0; for (int i = 0; i < n; i++) s += name##_x[i] * name##_y[i]; return s; } \
	void name##_max(int n) { for (int i = 0; i < n; i++) name##_x[i] = name##_x[i] > name##_y[i] ? name##_x[i] : name##_y[i]; } \
	void name##_step(int n) { for (int i = 0; i < n; i++) name##_x[i] = name##_y[3 * i] + name##_y[3 * i + 2]; }
#define SHIFTS(T, name) \
	name name##_shift(name a, name b, int n) { a = a << 3 ^ b >> 1 | name##_g; return ~(a >> n) & (b << n) | b; } \
	void name##_bits(int n) { for (int i = 0; i < n; i++) name##_x[i] = (name##_x[i] >> 5 | name##_x[i] << 2) & 0x55; } \
	double name##_double(int n) { double s = 0; for (int i = 0; i < n; i++) s += (double)name##_x[i]; return s; } \
	float name##_float(int n) { float s = 1; for (int i = 0; i < n; i++) s *= (float)name##_x[i]; return s; } \
	void name##_wide(int n, long long *p) { for (int i = 0; i < n; i++) p[i] = name##_x[i]; } \
	void name##_narrow(int n, int *p) { for (int i = 0; i < n; i++) name##_x[i] = p[i]; }
OPS(signed char, signed char, BYTES, s8) SHIFTS(signed char, s8) OPS(unsigned short, short, BYTES, u16) SHIFTS(unsigned short, u16)
OPS(int, int, BYTES, s32) SHIFTS(int, s32) OPS(unsigned long long, long long, BYTES, u64) SHIFTS(unsigned long long, u64)
OPS(float, int, BYTES, f32) OPS(double, long long, BYTES, f64)
void convert(int n) { for (int i = 0; i < n; i++) { f64_x[i] = f32_x[i]; s32_x[i] = f32_y[i]; u64_x[i] = f64_y[i]; } }
void root(int n) { for (int i = 0; i < n; i++) { f32_x[i] = __builtin_sqrtf(f32_x[i]); f64_y[i] = __builtin_fabs(f64_x[i]) / f64_y[i] + __builtin_floor(f64_x[i]); } }
double fused(double a, double b, float c) { return __builtin_fma(a, b, f64_e) - a * f64_e + __builtin_fmaf(c, f32_e, 2.5f) * 1e-300; }
struct big { char b[100]; } extern one, two; void copy(void) { one = two; }
long long mixed(float f, double d, int n) { return (long long)f + (unsigned)d + (f < d) + (d != d) + (n ? (int)f : (int)d) + __builtin_isnan(d); }
`

// vectorTargets are those for which compiledVectorsC is compiled.
var vectorTargets = []compiledTarget{
	{"x86_64-linux-gnu", "", "-DBYTES=16", "-triple=x86_64", x86Marker},
	{"x86_64-linux-gnu", "", "-DBYTES=32 -mavx2 -mfma -mf16c", "-triple=x86_64", x86Marker},
	{"x86_64-linux-gnu", "", "-DBYTES=64 -march=icelake-server -mprefer-vector-width=512", "-triple=x86_64", x86Marker},
	{"i386-linux-gnu", "", "-DBYTES=16 -msse2", "-triple=i386", x86Marker},
	{"i386-linux-gnu", "", "-DBYTES=8 -mno-sse", "-triple=i386", x86Marker},
	{"aarch64-linux-gnu", "", "-DBYTES=16", "-triple=aarch64", []byte{0xcd, 0x6b, 0x89, 0xd2}},
	{"aarch64-linux-gnu", "", "-DBYTES=8 -march=armv8.4-a+fp16", "-triple=aarch64 -mattr=+v8.4a,+fullfp16", []byte{0xcd, 0x6b, 0x89, 0xd2}},
	{"aarch64-linux-gnu", "", "-DBYTES=16 -march=armv8-a+sve2", "-triple=aarch64 -mattr=+sve2", []byte{0xcd, 0x6b, 0x89, 0xd2}},
	{"armv7-linux-gnueabihf", "", "-DBYTES=16 -marm -mfpu=neon-vfpv4", "-triple=armv7a -mattr=+neon,+vfp4,+hwdiv-arm", []byte{0xcd, 0xbb, 0xa0, 0xe3}},
	{"thumbv7-linux-gnueabihf", "", "-DBYTES=16 -mthumb -mfpu=neon-vfpv4", "-triple=thumbv7a -mattr=+neon,+vfp4,+hwdiv", []byte{0x41, 0xf2, 0xcd, 0x23}},
	{"thumbv8-linux-gnueabihf", "", "-DBYTES=8 -mthumb -march=armv8-a", "-triple=thumbv8a -mattr=+neon,+fp-armv8,+crc", []byte{0x41, 0xf2, 0xcd, 0x23}},
	{"thumbv8.1m.main-none-eabihf", "", "-DBYTES=16 -mcpu=cortex-m55", "-triple=thumbv8.1m.main -mcpu=cortex-m55", []byte{0x41, 0xf2, 0xcd, 0x23}},
	{"s390x-linux-gnu", "", "-DBYTES=16 -march=z14", "-triple=s390x -mcpu=z14", []byte{0xa7, 0x18, 0xbb, 0xcd}},
	{"mips64el-linux-gnuabi64", "mips64r6", "-DBYTES=16 -march=mips64r6 -mmsa", "-triple=mips64el -mcpu=mips64r6 -mattr=+msa", []byte{0xcd, 0xbb, 0x0b, 0x3c}},
	{"mips-linux-gnu", "", "-DBYTES=16 -march=mips32r5 -mmsa -mfp64", "-triple=mips -mcpu=mips32r5 -mattr=+msa,+fp64", []byte{0x3c, 0x0b, 0xbb, 0xcd}},
	{"powerpc64-linux-gnu", "", "-DBYTES=16 -mcpu=pwr7", "-triple=powerpc64 -mcpu=pwr7", []byte{0x3d, 0x6b, 0xbb, 0xcd}},
	{"powerpc64le-linux-gnu", "", "-DBYTES=16 -mcpu=pwr10", "-triple=powerpc64le -mcpu=pwr10", []byte{0xcd, 0xbb, 0x6b, 0x3d}},
	{"riscv64-linux-gnu", "", "-DBYTES=16 -march=rv64gcv -mabi=lp64d", "-triple=riscv64 -mattr=+m,+a,+f,+d,+c,+v", []byte{0x37, 0xb5, 0xab, 0x12}},
}

// TestCompiledVectors does for code with vectors what TestCompiled does for other code: each instruction has to be decoded as LLVM does.
func TestCompiledVectors(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	objdump := testenv.NeedsTool(t, "llvm-objdump-14", "llvm-14")
	for _, c := range vectorTargets {
		t.Run(c.triple+" "+c.flags, func(t *testing.T) {
			c.compare(t, objdump, compiledVectorsC, "-O2 -fPIC -ffast-math", "-O1 -fno-pic")
		})
	}
}
