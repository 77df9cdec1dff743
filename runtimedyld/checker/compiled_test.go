package checker

import (
	"debug/elf"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// compiledC has what rules are about: calls, addresses, variables of all sizes in memory, constants, floating point, prologues of large and small frames.
const compiledC = `
typedef unsigned long long u64;
extern unsigned char e8; extern short e16; extern int e32; extern u64 e64; extern float ef; extern double ed; extern char array[];
static unsigned char s8 = 1; static short s16; static int s32 = 3; static u64 s64; static float sf = 1.5f; static double sd; static char large[70000];
extern void out1(void), out2(int, ...); extern __thread int variable; static __thread short own;
void copy(void) { s8 = e8; s16 = e16; s32 = e32; s64 = e64; sf = ef; sd = ed; e8++; e16 = s16 * 3; e32 = s32 / 7; e64 = s64 >> 5; ef = sf * 3; ed = -sd + 1; }
int thread(int n) { own = n; return variable + own; }
char *address(int n) { switch (n & 7) { case 0: return array; case 1: return large + 65535; case 2: return array - 4096; case 3: out1(); return array + 9;
	case 4: return (char *)out1; case 5: return &array[n]; default: return large - 1; } }
static void (*const table[])(void) = { out1, (void (*)(void))copy };
int call(int n, double d) { volatile char frame[20000]; frame[n] = 1; table[n & 1](); out2(n, frame, array, d, (float)d, 1e10); return n < 12345678 ? n * 1000003 : n % 10; }
u64 wide(u64 a, u64 b, int n) { return a / b + a % b + (a << n) + (a * 0x123456789abcdefULL) + (a > b) + (u64)(double)a; }
double convert(int n, unsigned u, long long l, float f) { return n * 1.5 + u + l + f + (int)(f * 2) + (long long)(f + 3) + (f < 2.0f ? (short)n : (signed char)u); }
int atomic(int *p, u64 *q) { return __atomic_fetch_add(p, 1, 5) + __atomic_exchange_n(p, 7, 5) + (int)__atomic_load_n(q, 5) + __builtin_clz(*p) + __builtin_bswap32(*p); }
struct S { int a[40]; } make(int n) { struct S s; for (int i = 0; i < 40; i++) s.a[i] = n ^ i; return s; }
`

// A compiledTarget is one for which compiledC is compiled.
type compiledTarget struct {
	triple, cpu string
	flags       string
	mc          string // of llvm-mc, which is to know all that the compiler does
	marker      []byte
}

var compiledTargets = []compiledTarget{
	{"x86_64-linux-gnu", "", "-mavx2", "-triple=x86_64", []byte{0xb8, 0x67, 0x45, 0x23, 0x01}},
	{"i386-linux-gnu", "", "", "-triple=i386", []byte{0xb8, 0x67, 0x45, 0x23, 0x01}},
	{"aarch64-linux-gnu", "", "", "-triple=aarch64", []byte{0xcd, 0x6b, 0x89, 0xd2}},
	{"armv7-linux-gnueabihf", "", "-marm", "-triple=armv7a", []byte{0xcd, 0xbb, 0xa0, 0xe3}},
	{"thumbv7-linux-gnueabihf", "", "-mthumb", "-triple=thumbv7a", []byte{0x41, 0xf2, 0xcd, 0x23}},
	{"mips-linux-gnu", "", "", "-triple=mips -mcpu=mips32r2", []byte{0x3c, 0x0b, 0xbb, 0xcd}},
	{"mipsel-linux-gnu", "mips32r6", "-march=mips32r6", "-triple=mipsel -mcpu=mips32r6", []byte{0xcd, 0xbb, 0x0b, 0x3c}},
	{"mips64-linux-gnuabi64", "", "-march=mips64r2", "-triple=mips64 -mcpu=mips64r2", []byte{0x3c, 0x0b, 0xbb, 0xcd}},
	{"mips64el-linux-gnuabi64", "mips64r6", "-march=mips64r6", "-triple=mips64el -mcpu=mips64r6", []byte{0xcd, 0xbb, 0x0b, 0x3c}},
	{"powerpc-linux-gnu", "", "", "-triple=powerpc", []byte{0x3d, 0x6b, 0xbb, 0xcd}},
	{"powerpc64-linux-gnu", "", "-mno-altivec -mno-vsx", "-triple=powerpc64", []byte{0x3d, 0x6b, 0xbb, 0xcd}},
	{"powerpc64le-linux-gnu", "", "-mcpu=pwr10 -mno-altivec -mno-vsx", "-triple=powerpc64le -mcpu=pwr10", []byte{0xcd, 0xbb, 0x6b, 0x3d}},
	{"s390x-linux-gnu", "", "-march=z13 -mno-vx", "-triple=s390x -mcpu=z13", []byte{0xa7, 0x18, 0xbb, 0xcd}},
	{"riscv64-linux-gnu", "", "-march=rv64gc -mabi=lp64d", "-triple=riscv64 -mattr=+m,+a,+f,+d,+c", []byte{0x37, 0xb5, 0xab, 0x12}},
	{"riscv32-linux-gnu", "", "-march=rv32g -mabi=ilp32d", "-triple=riscv32 -mattr=+m,+a,+f,+d,+c", []byte{0x37, 0xb5, 0xab, 0x12}},
}

// disassembled is a line of llvm-objdump: the address, the bytes in groups, the instruction.
var disassembled = regexp.MustCompile(`(?m)^\s*([0-9a-f]+): ((?:[0-9a-f]{2,8} )+)\s*\t(.*)$`)

// blockBegins fits instructions that make those behind them conditional.
var blockBegins = regexp.MustCompile(`^(it|vpst|vpt)`)

// TestCompiled looks at the instructions of compiled code, which TestTables does not if they are missing in a table: sizes and operands have to be LLVM's.
func TestCompiled(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	objdump := testenv.NeedsTool(t, "llvm-objdump-14", "llvm-14")
	for _, c := range compiledTargets {
		t.Run(c.triple+" "+c.flags, func(t *testing.T) {
			c.compare(t, objdump, compiledC, "-fno-vectorize -fno-slp-vectorize -O0 -fPIC", "-O2 -fPIC", "-O2 -fno-pic -ftls-model=initial-exec")
		})
	}
}

// compare compiles with several flags, and compares all instructions.
func (c compiledTarget) compare(t *testing.T, objdump, source string, levels ...string) {
	t.Helper()
	target, err := ParseTarget(c.triple, c.cpu)
	if err != nil {
		t.Fatal(err)
	}
	var samples [][]byte
	for _, level := range levels {
		flags := strings.Fields("--target=" + c.triple + " -w " + level + " " + c.flags)
		samples = append(samples, instructionsOf(t, objdump, testenv.Compile(t, "clang", testenv.C, source, flags...))...)
	}
	slices.SortFunc(samples, slices.Compare)
	compareCompiled(t, target, oracle{args: strings.Fields(c.mc), marker: c.marker}, slices.CompactFunc(samples, slices.Equal))
}

// instructionsOf cuts an object's code into instructions, where llvm-objdump does. Of IT, VPT and VPST, which make others conditional, there is none.
func instructionsOf(t *testing.T, objdump, path string) (list [][]byte) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	code, err := f.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(objdump, "-d", "--section=.text", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range disassembled.FindAllStringSubmatch(string(text), -1) {
		at, err := strconv.ParseUint(m[1], 16, 32)
		n := len(strings.ReplaceAll(m[2], " ", "")) / 2
		if err == nil && int(at)+n <= len(code) && !blockBegins.MatchString(m[3]) && m[3] != "<unknown>" {
			list = append(list, code[at:][:n])
		}
	}
	return list
}

func compareCompiled(t *testing.T, target Target, o oracle, samples [][]byte) {
	t.Helper()
	compared := 0
	for i, want := range o.decode(t, samples) {
		if want == nil {
			continue
		}
		got, err := Decode(target, ModeTarget, samples[i])
		compared++
		switch {
		case err != nil || got.Size != len(samples[i]):
			t.Errorf("% x: %d bytes, error %v: want %v", samples[i], got.Size, err, *want)
		case got.Opaque || !sameOperands(got, *want):
			t.Errorf("% x: %v, want %v", samples[i], got, *want)
		}
	}
	t.Logf("%d of %d instructions compared", compared, len(samples))
	if compared < 250 {
		t.Errorf("%d of %d instructions compared, want 250", compared, len(samples))
	}
}
