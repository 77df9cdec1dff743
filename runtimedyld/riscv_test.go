package runtimedyld

import (
	"debug/elf"
	"strings"
	"testing"
)

func init() {
	abis["riscv64"] = abi{prefix: "R_RISCV_", name: func(typ uint32) string { return elf.R_RISCV(typ).String() }, rows: riscvABI, more: map[uint32]string{
		12: "R_RISCV_TLSDESC", 41: "R_RISCV_GOT32_PCREL", 58: "R_RISCV_IRELATIVE", 59: "R_RISCV_PLT32", 60: "R_RISCV_SET_ULEB128", 61: "R_RISCV_SUB_ULEB128",
		62: "R_RISCV_TLSDESC_HI20", 63: "R_RISCV_TLSDESC_LOAD_LO12", 64: "R_RISCV_TLSDESC_ADD_LO12", 65: "R_RISCV_TLSDESC_CALL", 191: "R_RISCV_VENDOR",
	}}
}

// riscvABI is the table of the psABI, 8.4, with the column "Calculation", of the relocations that relocatable objects have. Of sums, V + S + A and V - S - A, V is what the
// field adds to.
var riscvABI = map[uint32]abiRow{
	0: {"0", 0}, 1: {"S + A", 32}, 2: {"S + A", 64}, 8: {"D + A", 32}, 9: {"D + A", 64},
	16: {"S + A - P", 32}, 17: {"L + A - P", 32}, 18: {"L + A - P", 64}, 19: {"L + A - P", 64}, 20: {"G + GOT + A - P", 32}, 21: {"G + GOT + A - P", 32},
	22: {"G + GOT + A - P", 32}, 23: {"S + A - P", 32}, 24: {"S - P", 32}, 25: {"S - P", 32}, 26: {"S + A", 32}, 27: {"S + A", 32}, 28: {"S + A", 32},
	29: {"T + A", 32}, 30: {"T + A", 32}, 31: {"T + A", 32}, 32: {"0", 0}, 33: {"S + A", 8}, 34: {"S + A", 16}, 35: {"S + A", 32}, 36: {"S + A", 64},
	37: {"S + A", 8}, 38: {"S + A", 16}, 39: {"S + A", 32}, 40: {"S + A", 64}, 41: {"G + GOT + A - P", 32}, 43: {"0", 0}, 44: {"S + A - P", 16},
	45: {"S + A - P", 16}, 46: {"S + A", 16}, 51: {"0", 0}, 52: {"S + A", 8}, 53: {"S + A", 8}, 54: {"S + A", 8}, 55: {"S + A", 16}, 56: {"S + A", 32},
	57: {"S + A - P", 32}, 59: {"L + A - P", 32}, 60: {"S + A", 0}, 61: {"S + A", 0}, 62: {"G + GOT + A - P", 32}, 63: {"S - P", 32}, 64: {"S - P", 32}, 65: {"0", 0},
}

// riscvStart has the entry, and what thread-local variables need: the module's number is the address of its block here, and offsets in it are 0x800 less than they
// are. A descriptor's function is called with the descriptor in a0 and returns, in a0, the distance from the thread pointer; it keeps all other registers but t0.
func riscvStart(load string) string {
	return strings.ReplaceAll(`
	.text
	.globl _start
_start:
	la tp, thread_pointer
	call check
	li a7, 93
	ecall
	.globl __tls_get_addr
__tls_get_addr:
	LOAD a1, 0(a0)
	LOAD a0, WORD(a0)
	add a0, a0, a1
	li a1, 0x800
	add a0, a0, a1
	ret
	.globl thread_descriptor
thread_descriptor:
	LOAD a0, WORD(a0)
	jr t0
`, "LOAD", load)
}

func init() {
	flags := []string{"-O2 -fPIE", "-Os -fPIC -mno-relax", "-O2 -fPIC -fno-common -ffunction-sections", "-O2 -fPIC high"}
	execTargets["riscv64"] = execTarget{
		emulator: "qemu-riscv64", compilers: []string{"riscv64-linux-gnu-gcc", "clang-19 --target=riscv64-linux-gnu"}, flags: flags,
		start: strings.ReplaceAll(riscvStart("ld"), "WORD", "8"), threadOffset: 64, elfFlags: 5, // RVC, double-float ABI
	}
	execTargets["riscv32"] = execTarget{
		emulator: "qemu-riscv32", compilers: []string{"riscv64-linux-gnu-gcc -march=rv32gc -mabi=ilp32d", "clang-19 --target=riscv32-linux-gnu"},
		flags: []string{"-O2 -fPIE", "-Os -fPIC -mno-relax", "-O2 -fPIC -fno-common -ffunction-sections"},
		start: strings.ReplaceAll(riscvStart("lw"), "WORD", "4"), threadOffset: 64, elfFlags: 5,
	}
}

// TestThreadModels executes accesses to thread-local variables that compilers make on request only: initial exec, and descriptors.
func TestThreadModels(t *testing.T) {
	for _, name := range []string{"riscv64", "loongarch64"} {
		a, c := archByName(t, name), execTargets[name]
		compiler := c.compilers[len(c.compilers)-1]
		for _, flags := range []string{"-O1 -fPIC -ftls-model=initial-exec", "-O1 -fPIC -mtls-dialect=desc", "-O1 -fPIC -mtls-dialect=desc high"} {
			t.Run(name+" "+flags, func(t *testing.T) { c.run(t, a, compiler, flags) })
		}
	}
}

// TestOneStub: calls of all kinds to one function that is out of reach go through one stub and one GOT entry.
func TestOneStub(t *testing.T) {
	for _, c := range []struct {
		arch  string
		calls []uint32 // relocation types
		stub  []uint32
	}{
		{"riscv64", []uint32{17, 18, 19}, []uint32{0x0001_0e17, 0xf00e_3e03, 0x000e_0067}},
		{"riscv32", []uint32{17}, []uint32{0x0001_0e17, 0xf00e_2e03, 0x000e_0067}},
		{"loongarch64", []uint32{uint32(elf.R_LARCH_B26), uint32(elf.R_LARCH_B21), uint32(elf.R_LARCH_CALL36)}, []uint32{0x1c00_020f, 0x28fc_01ef, 0x4c00_01e0, loongarchNop}},
	} {
		a := archByName(t, c.arch)
		target := uint64(0x6000_0000)
		if a.wide {
			target = 0x7fff_0000_0000_0000
		}
		w := a.newELF("calls.o")
		text := w.section(".text", flagsText, make([]byte, 8*len(c.calls)))
		far := w.undefined("far")
		for i, typ := range c.calls {
			w.relocate(text, uint64(8*i), typ, far, 0)
		}
		b := newBenchResolving(t, map[string]uint64{".text": 0x40_0000, ".stubs": 0x40_1100, ".got": 0x41_1000}, knows(map[string]uint64{"far": target}))
		b.load(w)
		b.resolve()
		stubs, got := b.mm.section("calls.o", ".stubs"), b.mm.section("calls.o", ".got")
		if stubs.Size != uint64(4*len(c.stub)) || got.Size != a.slotSize {
			t.Errorf("%s: %d bytes of stubs, %d of GOT entries", c.arch, stubs.Size, got.Size)
		}
		if slot := a.word.order.load(got.Mem, a.word.size); slot != target {
			t.Errorf("%s: the entry holds %#x", c.arch, slot)
		}
		for i, op := range c.stub {
			if has := b.word32(0x40_1100 + uint64(4*i)); has != op {
				t.Errorf("%s: instruction %d is %#x, want %#x", c.arch, i, has, op)
			}
		}
	}
}
