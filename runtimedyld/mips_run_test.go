package runtimedyld

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// mipsStart gives begin its address in $25, as it is of the ABIs that it is.
const mipsStart = `
	.text
	.globl _start
	.set noreorder
_start:
#if _MIPS_SIM == _ABI64
	dla $25, begin
#else
	la $25, begin
#endif
	jr $25
	nop
`

// mipsLeave is the exit system call, whose number the ABI has.
const mipsLeave = `
#if _MIPS_SIM == _ABIO32
#define EXIT 4001
#elif _MIPS_SIM == _ABIN32
#define EXIT 6058
#else
#define EXIT 5058
#endif
int test(void);
static void leave(int status) { register int v0 __asm__("$2") = EXIT; register int a0 __asm__("$4") = status; __asm__ volatile("syscall" : : "r"(v0), "r"(a0)); }
void begin(void) { leave(test()); }
`

// A mipsMachine is an ABI in a byte order, of a release of the architecture.
type mipsMachine struct {
	arch, emulator, cpu string
	gcc, target, flags  string
	elfFlags            uint32
}

var mipsMachines = []mipsMachine{
	{"mips", "qemu-mips", "", "mips-linux-gnu-gcc", "mips-linux-gnu", "-mabi=32 -march=mips32r2", 0x70001000},
	{"mipsel", "qemu-mipsel", "", "mipsel-linux-gnu-gcc", "mipsel-linux-gnu", "-mabi=32 -march=mips32r2", 0x70001000},
	{"mips64", "qemu-mips64", "", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabi64", "-mabi=64 -march=mips64r2", 0x80000000},
	{"mips64el", "qemu-mips64el", "", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabi64", "-mabi=64 -march=mips64r2", 0x80000000},
	{"mips", "qemu-mipsn32", "", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabin32", "-mabi=n32 -march=mips64r2", 0x80000020},
	{"mipsel", "qemu-mipsn32el", "", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabin32", "-mabi=n32 -march=mips64r2", 0x80000020},
	{"mipsel", "qemu-mipsel", "mips32r6-generic", "mipsel-linux-gnu-gcc", "mipsel-linux-gnu", "-mabi=32 -march=mips32r6 -mnan=2008", 0x90001400},
	{"mips64", "qemu-mips64", "I6400", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabi64", "-mabi=64 -march=mips64r6 -mnan=2008", 0xa0000400},
	{"mipsel", "qemu-mipsn32el", "I6400", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabin32", "-mabi=n32 -march=mips64r6 -mnan=2008", 0xa0000420},
}

func (m *mipsMachine) compile(t *testing.T, compiler, source, flags string) []byte {
	lang := testenv.C
	args := append(strings.Fields(m.flags+" "+flags), "-ffreestanding", "-fno-stack-protector", "-G0", "-msoft-float", "-w")
	if compiler == "clang" {
		args = append(args, "--target="+m.target)
	} else if source == mipsStart {
		lang = "assembler-with-cpp"
	}
	return testenv.CompileBytes(t, compiler, lang, source, args...)
}

// TestMipsRun runs objects of both compilers that call each other, position-independent or not, in one region of 256 MiB and in several.
func TestMipsRun(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	flags := [][2]string{{"-fPIC -O0", "-fPIC -O2"}, {"-fno-pic -mno-abicalls -O1", "-fPIC -O2"}, {"-fPIC -O2 -mxgot", "-fno-pic -O0"}, {"-O2 -fPIE", "-O1 -fPIC"}}
	for i, m := range mipsMachines {
		if m.cpu != "" {
			t.Setenv("QEMU_CPU", m.cpu)
		}
		start := m.compile(t, m.gcc, mipsStart, "-fno-pic -mno-abicalls")
		for k, f := range flags {
			if testing.Short() && (i+k)%2 > 0 {
				continue
			}
			a, b := m.gcc, "clang"
			if (i+k)%2 == 0 && k != 2 {
				a, b = b, a
			}
			objects := map[string][]byte{"start.o": start, "a.o": m.compile(t, a, mipsLeave+emulateA, f[0]), "b.o": m.compile(t, b, emulateB, f[1])}
			e := emulation{arch: archNamed(t, m.arch), emulator: m.emulator, flags: m.elfFlags}
			for _, e.places = range []map[string]uint64{
				nil, {"b.o:.text": 0x4000_0000, "b.o:.stubs": 0x4010_0000, "b.o:.data": 0x3000_0000, "b.o:.got": 0x2000_0000},
			} {
				t.Run(fmt.Sprintf("%s %s %s %s calls %s %v", m.emulator, m.cpu, a, f[0], f[1], e.places != nil), func(t *testing.T) {
					if status := e.run(t, objects, 0); status != 0 {
						t.Errorf("check %d failed", status)
					}
				})
			}
		}
	}
}
