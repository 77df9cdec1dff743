package runtimedyld

// mipsStart sets the thread pointer by set_thread_area, and calls check, which expects its address in $25. Offsets in blocks of thread-local variables are 0x8000 less than they are; the module's
// number is the address of its block here.
const mipsStart = `
	.text
	.option pic0
	.set noreorder
	.globl _start
#if _MIPS_SIM == _ABIO32
#define AREA 4283
#define EXIT 4001
#elif _MIPS_SIM == _ABIN32
#define AREA 6246
#define EXIT 6058
#else
#define AREA 5242
#define EXIT 5058
#endif
#if _MIPS_SIM == _ABI64
#define ADDRESS dla
#define LOAD ld
#define ADD daddu
#define ADDI daddiu
#define WORD 8
#else
#define ADDRESS la
#define LOAD lw
#define ADD addu
#define ADDI addiu
#define WORD 4
#endif
	.ent _start
_start:	ADDRESS $4, thread_pointer
	li $2, AREA
	syscall
	ADDI $29, $29, -32
	ADDRESS $25, check
	jalr $25
	nop
	move $4, $2
	li $2, EXIT
	syscall
	.end _start
	.globl __tls_get_addr
	.type __tls_get_addr, @function
	.ent __tls_get_addr
__tls_get_addr:
	LOAD $2, 0($4)
	LOAD $3, WORD($4)
	ADD $2, $2, $3
	li $3, 0x8000
	jr $31
	ADD $2, $2, $3
	.end __tls_get_addr
`

// A mipsMachine is an ABI in a byte order, of a release of the architecture.
type mipsMachine struct {
	name, emulator, cpu string // the architecture, and a variant
	gcc, target, flags  string
}

var mipsMachines = []mipsMachine{
	{"mips", "qemu-mips", "", "mips-linux-gnu-gcc", "mips-linux-gnu", "-mabi=32 -march=mips32r2"},
	{"mipsel", "qemu-mipsel", "", "mipsel-linux-gnu-gcc", "mipsel-linux-gnu", "-mabi=32 -march=mips32r2"},
	{"mips64", "qemu-mips64", "", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabi64", "-mabi=64 -march=mips64r2"},
	{"mips64el", "qemu-mips64el", "", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabi64", "-mabi=64 -march=mips64r2"},
	{"mips n32", "qemu-mipsn32", "", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabin32", "-mabi=n32 -march=mips64r2"},
	{"mipsel n32", "qemu-mipsn32el", "", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabin32", "-mabi=n32 -march=mips64r2"},
	{"mipsel r6", "qemu-mipsel", "mips32r6-generic", "mipsel-linux-gnu-gcc", "mipsel-linux-gnu", "-mabi=32 -march=mips32r6 -mnan=2008"},
	{"mips64 r6", "qemu-mips64", "I6400", "mips64-linux-gnuabi64-gcc", "mips64-linux-gnuabi64", "-mabi=64 -march=mips64r6 -mnan=2008"},
	{"mipsel n32r6", "qemu-mipsn32el", "I6400", "mips64el-linux-gnuabi64-gcc", "mips64el-linux-gnuabin32", "-mabi=n32 -march=mips64r6 -mnan=2008"},
}

// Objects of both compilers that call each other, position-independent or not, in one region of 256 MiB and in several.
func init() {
	for _, m := range mipsMachines {
		gcc, clang := m.gcc+" "+m.flags+" -G0", "clang-19 --target="+m.target+" "+m.flags+" -G0"
		execTargets[m.name] = execTarget{
			emulator: m.emulator, cpu: m.cpu, compilers: []string{gcc + " / " + clang, clang + " / " + gcc}, start: mipsStart, threadOffset: 64, onlyFlags: true,
			flags: []string{
				"-fPIC -O0 / -fPIC -O2", "-fno-pic -mno-abicalls -O1 near / -fPIC -O2", "-fPIC -O2 -mxgot / -fno-pic -O0", "-O2 -fPIE / -O1 -fPIC near",
				"-O1 -fPIC -ftls-model=local-dynamic", "-O1 -fPIC -ftls-model=initial-exec",
			},
		}
	}
}
