package gdbremote

import (
	"slices"
	"strconv"
	"strings"
)

// An arch is what calls have to know of a processor: names of registers, as GDB's features for it call them; its C calling convention, as far as numbers go; and how Linux is called.
type arch struct {
	name   string // LLVM's
	word   int    // bytes of an address
	big    bool   // the byte order
	bfd    string // what the architecture's name begins with in a target description
	core   string // the feature that has it, if it has that name only
	layout string // the registers as stubs without a description have them

	pc, sp string
	link   string // the register of the return address; "" if it is on the stack
	ints   []string
	floats []string // "" if numbers with a fraction are passed as integers are
	result string
	high   string // what has the high half of a result of two words
	float  string // of a result
	align  uint64 // of the stack at a call
	below  uint64 // bytes below the stack pointer that a function may use
	head   int    // bytes from the stack pointer to the arguments
	convention

	flags       string // a register of which calls
	clear       uint64 // clear these bits
	thumb       uint64 // the bit that is set in it for functions whose address is odd
	odd         uint64 // what has to be added to return addresses
	interrupted string // where Linux remembers which system call is to go on, -1 if none

	trap    string // an instruction that stops a thread
	pop     string // to which a function returns in place of the trap, if its result is on the x87's stack: it stores that popTo bytes from the stack pointer, and goes to the trap
	flush   string // a function of a start and an end that has instruction fetch see what was written; "" if the processor sees by itself, or cannot be made to
	syscall syscalls
}

// A convention says where C passes numbers, apart from the registers.
type convention struct {
	floatsGoOn  bool // when the registers of floats are used up, those of integers are taken
	pairsAlign  bool // two words begin at an even register, or at a multiple of both on the stack
	boxed       bool // floats are in registers of doubles with ones above
	widened     bool // floats are doubles in registers
	vfp         bool // floats are in halves of floats' registers, of which a later one fills what an earlier double has left
	countFloats bool // the number of floats is in the register of results
}

// syscalls says how Linux is called. All numbers are the architecture's own.
type syscalls struct {
	code                   string // the instruction
	thumb                  string // in ARM's other state
	number, result         string
	args                   [6]string
	mmap, mprotect, munmap uint64
	flags                  string // a register of which a bit says that a call has failed; the result is the error's number then
	failed                 uint64 // the bit
	flush                  uint64 // a call that takes a start and an end, 0 if there is none

	// many is code that makes system calls of a list, until one does not return 0, and then goes to the trap. It lies 8 bytes behind the instruction. "" if there is none.
	many       string
	list, left string // registers: the address of the next entry, a number and three arguments of 64 bits; how many are left
}

func words(text string) []string { return strings.Fields(text) }

// The processors. Sources: System V ABI for AMD64, 3.2.3; for Intel386, 2.2; Procedure Call Standard for the Arm 64-bit Architecture, 6.8; for the Arm Architecture, 6 and 7;
// RISC-V ELF psABI, "Procedure Calling Convention"; Power Architecture 32-bit ABI Supplement, 3.2. Layouts: "Standard Target Features" of GDB's manual.
var arches = []*arch{
	{
		name: "x86_64", word: 8, bfd: "i386:x86-64", core: "org.gnu.gdb.i386.core",
		layout: "rax rbx rcx rdx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip eflags:4 cs:4 ss:4 ds:4 es:4 fs:4 gs:4 st0-7:10 " +
			"fctrl:4 fstat:4 ftag:4 fiseg:4 fioff:4 foseg:4 fooff:4 fop:4 xmm0-15:16 mxcsr:4",
		pc: "rip", sp: "rsp", ints: words("rdi rsi rdx rcx r8 r9"), floats: words("xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7"), result: "rax", float: "xmm0",
		align: 16, below: 128, convention: convention{countFloats: true}, flags: "eflags", clear: 1 << 10, interrupted: "orig_rax", trap: "\xcc",
		syscall: syscalls{code: "\x0f\x05", number: "rax", result: "rax", args: [6]string{"rdi", "rsi", "rdx", "r10", "r8", "r9"}, mmap: 9, mprotect: 10, munmap: 11,
			many: "\x49\x8b\x04\x24" + // 1: mov rax, [r12]
				"\x49\x8b\x7c\x24\x08\x49\x8b\x74\x24\x10\x49\x8b\x54\x24\x18" + // mov rdi, [r12+8]; mov rsi, [r12+16]; mov rdx, [r12+24]
				"\x0f\x05\x48\x85\xc0\x75\x09" + // syscall; test rax, rax; jnz 2f
				"\x49\x83\xc4\x20\x49\xff\xcd\x75\xdd" + // add r12, 32; dec r13; jnz 1b
				"\xeb\xd5", // 2: jmp to the trap
			list: "r12", left: "r13"},
	},
	{
		name: "i386", word: 4, bfd: "i386", core: "org.gnu.gdb.i386.core",
		layout: "eax ecx edx ebx esp ebp esi edi eip eflags cs ss ds es fs gs st0-7:10 fctrl fstat ftag fiseg fioff foseg fooff fop xmm0-7:16 mxcsr",
		pc:     "eip", sp: "esp", result: "eax", high: "edx", float: "st0",
		align: 16, flags: "eflags", clear: 1 << 10, interrupted: "orig_eax", trap: "\xcc",
		pop:     "\xdb\x7c\x24\xf0\xeb\xf4", // fstp TBYTE PTR [esp-16]; jmp to the trap, which is 12 bytes before
		syscall: syscalls{code: "\xcd\x80", number: "eax", result: "eax", args: [6]string{"ebx", "ecx", "edx", "esi", "edi", "ebp"}, mmap: 192, mprotect: 125, munmap: 91},
	},
	{
		name: "aarch64", word: 8, bfd: "aarch64", core: "org.gnu.gdb.aarch64.core",
		layout: "x0-30 sp pc cpsr:4 v0-31:16 fpsr:4 fpcr:4",
		pc:     "pc", sp: "sp", link: "x30", ints: words("x0 x1 x2 x3 x4 x5 x6 x7"), floats: words("v0 v1 v2 v3 v4 v5 v6 v7"), result: "x0", float: "v0", align: 16,
		trap: "\x00\x00\x20\xd4", // brk #0
		flush: "\xe2\x03\x00\xaa" + // mov x2, x0
			"\x22\x7b\x0b\xd5\x42\x40\x00\x91\x5f\x00\x01\xeb\xa3\xff\xff\x54" + // 1: dc cvau, x2; add x2, x2, #16, the least that a line has; cmp x2, x1; b.lo 1b
			"\x9f\x3b\x03\xd5" + // dsb ish
			"\x20\x75\x0b\xd5\x00\x40\x00\x91\x1f\x00\x01\xeb\xa3\xff\xff\x54" + // 2: ic ivau, x0; add x0, x0, #16; cmp x0, x1; b.lo 2b
			"\x9f\x3b\x03\xd5\xdf\x3f\x03\xd5\xc0\x03\x5f\xd6", // dsb ish; isb; ret
		syscall: syscalls{code: "\x01\x00\x00\xd4", number: "x8", result: "x0", args: [6]string{"x0", "x1", "x2", "x3", "x4", "x5"}, mmap: 222, mprotect: 226, munmap: 215,
			many: "\x68\x02\x40\xf9\x60\x86\x40\xa9\x62\x0e\x40\xf9" + // 1: ldr x8, [x19]; ldp x0, x1, [x19, 8]; ldr x2, [x19, 24]
				"\x01\x00\x00\xd4\x80\x00\x00\xb5" + // svc 0; cbnz x0, 2f
				"\x73\x82\x00\x91\x94\x06\x00\xf1\x21\xff\xff\x54" + // add x19, x19, 32; subs x20, x20, 1; b.ne 1b
				"\xf7\xff\xff\x17", // 2: b to the trap
			list: "x19", left: "x20"},
	},
	{
		name: "arm", word: 4, bfd: "arm", core: "org.gnu.gdb.arm.core",
		layout: "r0-12 sp lr pc f0-7:12 fps cpsr",
		pc:     "pc", sp: "sp", link: "lr", ints: words("r0 r1 r2 r3"), floats: words("d0 d1 d2 d3 d4 d5 d6 d7"), result: "r0", high: "r1", float: "d0", align: 8,
		convention: convention{pairsAlign: true, vfp: true},
		flags:      "cpsr", clear: 0x0600fc00, thumb: 1 << 5, // where an IT block is; the state
		trap:    "\xf0\x01\xf0\xe7", // udf #16, which Linux takes for a breakpoint
		syscall: syscalls{code: "\x00\x00\x00\xef", thumb: "\x00\xdf", number: "r7", result: "r0", args: [6]string{"r0", "r1", "r2", "r3", "r4", "r5"}, mmap: 192, mprotect: 125, munmap: 91, flush: 0xf0002},
	},
	{ // M profile
		name: "arm", word: 4, core: "org.gnu.gdb.arm.m-profile", layout: "r0-12 sp lr pc xpsr",
		pc: "pc", sp: "sp", link: "lr", ints: words("r0 r1 r2 r3"), floats: words("d0 d1 d2 d3 d4 d5 d6 d7"), result: "r0", high: "r1", float: "d0", align: 8,
		convention: convention{pairsAlign: true, vfp: true},
		flags:      "xpsr", clear: 0x0600fc00, thumb: 1 << 24, odd: 1,
		trap: "\x00\xbe", // bkpt #0
	},
	riscv("riscv64", 8), riscv("riscv32", 4),
	{
		name: "ppc", word: 4, big: true, bfd: "powerpc", core: "org.gnu.gdb.power.core",
		layout: "r0-31 f0-31:8 pc msr cr lr ctr xer",
		pc:     "pc", sp: "r1", link: "lr", ints: words("r3 r4 r5 r6 r7 r8 r9 r10"), floats: words("f1 f2 f3 f4 f5 f6 f7 f8"), result: "r3", high: "r4", float: "f1", align: 16, head: 8,
		convention: convention{pairsAlign: true, widened: true},
		trap:       "\x7f\xe0\x00\x08", // trap
		flush: "\x7c\x65\x1b\x78" + // mr r5, r3
			"\x7c\x00\x28\x6c\x38\xa5\x00\x10\x7c\x05\x20\x40\x41\x80\xff\xf4" + // 1: dcbst 0, r5; addi r5, r5, 16, the least that a line has; cmplw r5, r4; blt 1b
			"\x7c\x00\x04\xac" + // sync
			"\x7c\x00\x1f\xac\x38\x63\x00\x10\x7c\x03\x20\x40\x41\x80\xff\xf4" + // 2: icbi 0, r3; addi r3, r3, 16; cmplw r3, r4; blt 2b
			"\x7c\x00\x04\xac\x4c\x00\x01\x2c\x4e\x80\x00\x20", // sync; isync; blr
		syscall: syscalls{code: "\x44\x00\x00\x02", number: "r0", result: "r3", args: [6]string{"r3", "r4", "r5", "r6", "r7", "r8"}, mmap: 192, mprotect: 125, munmap: 91, flags: "cr", failed: 1 << 28},
	},
}

func riscv(name string, word int) *arch {
	return &arch{
		name: name, word: word, bfd: "riscv:rv" + strconv.Itoa(8*word), core: "org.gnu.gdb.riscv.cpu",
		layout: "zero ra sp gp tp t0-2 fp s1 a0-7 s2-11 t3-6 pc ft0-7:8 fs0-1:8 fa0-7:8 fs2-11:8 ft8-11:8",
		pc:     "pc", sp: "sp", link: "ra", ints: words("a0 a1 a2 a3 a4 a5 a6 a7"), floats: words("fa0 fa1 fa2 fa3 fa4 fa5 fa6 fa7"), result: "a0", high: "a1", float: "fa0", align: 16,
		convention: convention{floatsGoOn: true, boxed: true},
		trap:       "\x73\x00\x10\x00",                 // ebreak
		flush:      "\x0f\x10\x00\x00\x67\x80\x00\x00", // fence.i; ret
		syscall:    syscalls{code: "\x73\x00\x00\x00", number: "a7", result: "a0", args: [6]string{"a0", "a1", "a2", "a3", "a4", "a5"}, mmap: 222, mprotect: 226, munmap: 215, flush: 259},
	}
}

// archNames lists the processors.
func archNames() string {
	names := make([]string, len(arches))
	for i, a := range arches {
		names[i] = a.name
	}
	return strings.Join(names, ", ")
}

// archNamed returns a processor, by LLVM's name.
func archNamed(name string) *arch {
	if i := slices.IndexFunc(arches, func(a *arch) bool { return a.name == name }); i >= 0 {
		return arches[i]
	}
	return nil
}

// archOf finds out which processor a description is of: by its features, or by its name, since not all stubs name either.
func archOf(d *description) *arch {
	for _, a := range arches {
		if d.features[a.core] && d.has(a.pc, a.word) {
			return a
		}
	}
	for _, a := range arches {
		if (d.arch == a.name || d.arch != "" && a.bfd != "" && strings.HasPrefix(d.arch, a.bfd)) && d.has(a.pc, a.word) {
			return a
		}
	}
	return nil
}

// has says whether there is a register of a size.
func (d *description) has(name string, size int) bool {
	return slices.ContainsFunc(d.registers, func(r register) bool { return r.name == name && r.size == size })
}

// registers returns those of stubs without a description: names, with the range of their numbers, and their size in bytes if that is not a word.
func (a *arch) registers() (list []register) {
	for _, item := range words(a.layout) {
		name, bytes, ok := strings.Cut(item, ":")
		size := a.word
		if ok {
			size, _ = strconv.Atoi(bytes) // the tables have numbers there
		}
		first, last := 0, 0
		stem, to, isRange := strings.Cut(name, "-")
		if isRange {
			digits := strings.TrimLeft(stem, "abcdefghijklmnopqrstuvwxyz")
			first, _ = strconv.Atoi(digits)
			last, _ = strconv.Atoi(to)
			stem = strings.TrimSuffix(stem, digits)
		}
		for i := first; i <= last; i++ {
			if isRange {
				name = stem + strconv.Itoa(i)
			}
			list = append(list, register{name: name, num: len(list), size: size})
		}
	}
	layOut(list)
	return list
}

// layOut sorts registers by their numbers, and says where the g packet has them.
func layOut(list []register) {
	slices.SortStableFunc(list, func(a, b register) int { return a.num - b.num })
	offset := 0
	for i := range list {
		list[i].offset = offset
		offset += list[i].size
	}
}
