package runtimedyld

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
)

// bpfKernelMain begins with what the kernel is to run. The verifier refuses functions that nobody calls, and pointers that it has not made: addresses are compared only.
const bpfKernelMain = `
#define noinline __attribute__((noinline))
extern char far_data[], low_data[];
extern int far(int n, int m), last(int n);
static int second(int n);
int third(int n);
int entry(void *context) {
	if ((unsigned long)far_data != 0xfedcba9876543210) return 1;
	if ((unsigned long)(far_data + 24) != 0xfedcba9876543228) return 2;
	if ((unsigned long)low_data != 0x7abcdef0) return 3;
	if (second(41) != 42) return 4;
	if (third(5) != 16) return 5;
	if (far(6, 7) != 43) return 6;
	if (last(1) != 102) return 7;
	return 77;
}
static noinline int second(int n) { asm volatile("" : "+r"(n)); return n + 1; }
__attribute__((section("other"))) noinline int third(int n) { asm volatile("" : "+r"(n)); return n * 3 + 1; }
`

// bpfKernelFar calls back, over two sections.
const bpfKernelFar = `
#define noinline __attribute__((noinline))
extern int third(int n), last(int n);
noinline int far(int n, int m) { asm volatile("" : "+r"(n)); return n * m + 1 + last(third(0)) - 102; }
__attribute__((section("other"))) noinline int last(int n) { asm volatile("" : "+r"(n)); return n + 101; }
`

// TestBPFInKernel lets the kernel verify and run what was linked.
func TestBPFInKernel(t *testing.T) {
	for _, compiler := range []string{"clang-19 --target=bpfel", "bpf-gcc -w -fno-toplevel-reorder"} {
		for _, level := range []string{"-O1", "-O2"} {
			t.Run(compiler+" "+level, func(t *testing.T) {
				if got := bpfRun(t, bpfLink(t, compiler+" "+level)); got != 77 {
					t.Errorf("the program returns %d", got)
				}
			})
		}
	}
}

// bpfLink links the two objects, code behind code, and returns all of it.
func bpfLink(t *testing.T, compiler string) []byte {
	const base = 0x10_0000
	command := strings.Fields(compiler)
	b := newBenchResolving(t, nil, knows(map[string]uint64{"far_data": 0xfedc_ba98_7654_3210, "low_data": 0x7abc_def0}))
	next := executor.Addr(base)
	b.mm.at = func(_ memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		at := next
		next += executor.Addr(s.Size)
		return at, true
	}
	names := []string{"main.o", "far.o"}
	for i, source := range []string{bpfKernelMain, bpfKernelFar} {
		o := parseObject(t, names[i], testenv.CompileBytes(t, command[0], testenv.C, source, command[1:]...))
		noteShown("run", o)
		b.loadImage(o)
	}
	b.finalize()
	code := make([]byte, next-base)
	for _, name := range names {
		for _, section := range []string{".text", "other"} {
			s := b.mm.section(name, section)
			copy(code[s.Addr-base:], s.Mem)
		}
	}
	return code
}

// bpfRun is BPF_PROG_LOAD and BPF_PROG_TEST_RUN of bpf(2).
func bpfRun(t *testing.T, code []byte) uint32 {
	const socketFilter, load, testRun = 1, 5, 10
	license, log, packet := []byte("GPL\x00"), make([]byte, 1<<16), make([]byte, 64)
	var pin runtime.Pinner
	defer pin.Unpin()
	address := func(b []byte) uint64 {
		pin.Pin(&b[0])
		return uint64(uintptr(unsafe.Pointer(&b[0])))
	}
	loading := struct {
		kind, instructions         uint32
		code, license              uint64
		logLevel, logSize          uint32
		log                        uint64
		version, flags             uint32
		name                       [16]byte
		interfaceIndex, attachType uint32
	}{kind: socketFilter, instructions: uint32(len(code) / 8), code: address(code), license: address(license), logLevel: 1, logSize: uint32(len(log)), log: address(log)}
	fd, _, err := unix.Syscall(unix.SYS_BPF, load, uintptr(unsafe.Pointer(&loading)), unsafe.Sizeof(loading))
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skipf("the system runs no BPF programs for us, which takes root and CONFIG_BPF_SYSCALL: %v", err)
	}
	if err != 0 {
		t.Fatalf("BPF_PROG_LOAD: %v\n%s", err, strings.TrimRight(string(log), "\x00"))
	}
	defer unix.Close(int(fd))
	running := struct {
		program, result, sizeIn, sizeOut uint32
		dataIn, dataOut                  uint64
		repeat, duration                 uint32
	}{program: uint32(fd), sizeIn: uint32(len(packet)), dataIn: address(packet)}
	if _, _, err := unix.Syscall(unix.SYS_BPF, testRun, uintptr(unsafe.Pointer(&running)), unsafe.Sizeof(running)); err != 0 {
		t.Fatal(fmt.Errorf("BPF_PROG_TEST_RUN: %w", err))
	}
	return running.result
}
