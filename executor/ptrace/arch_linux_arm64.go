package ptrace

import (
	"debug/elf"
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// AArch64, by the Procedure Call Standard (AAPCS64, 6.4 and 6.8), and the kernel's frames of signals (arch/arm64/include/uapi/asm/sigcontext.h).

const (
	machine = elf.EM_AARCH64
	triple  = "aarch64-unknown-linux-gnu"
)

type registers unix.PtraceRegs

// vectorSets are the registers V0 to V31, and those of SVE.
var vectorSets = []int{unix.NT_PRFPREG, unix.NT_ARM_SVE}

// instructions are what the process is searched for. The vDSO has them all.
var instructions = patterns{
	align:   4,
	call:    [][]byte{{0x01, 0, 0, 0xd4}},                         // svc #0
	callRet: [][]byte{{0x01, 0, 0, 0xd4, 0xc0, 0x03, 0x5f, 0xd6}}, // svc #0; ret
	restore: [][]byte{{0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4}}, // mov x8, #139; svc #0: rt_sigreturn
}

// Places in agentCode.
const (
	agentCall   = 0  // a system call, after which its result is put below the frame, and the state in the frame is restored
	agentReturn = 8  // where functions return to: the state in the frame is restored
	agentDone   = 24 // behind the system call that does it

	agentExchange = 36 // a function: it changes the word at an address from a value to another one, if it has that, and returns which one it had
)

// agentCode returns the code of an agent whose frame is at an address.
func agentCode(frame executor.Addr) []byte {
	var code []byte
	for _, instruction := range []uint32{
		0xd4000001, // svc #0
		0xf81f83e0, // stur x0, [sp, #-8]: see resultBelow
		0x580000a9, // ldr x9, .+20
		0x9100013f, // mov sp, x9
		0xd2801168, // mov x8, #139: rt_sigreturn
		0xd4000001, // svc #0
		0xd4200000, // brk #0
	} {
		code = binary.LittleEndian.AppendUint32(code, instruction)
	}
	code = binary.LittleEndian.AppendUint64(code, uint64(frame))
	for _, instruction := range []uint32{
		0xc85ffc03, // ldaxr x3, [x0]
		0xeb01007f, // cmp x3, x1
		0x54000061, // b.ne .+12
		0xc804fc02, // stlxr w4, x2, [x0]
		0x35ffff84, // cbnz w4, .-16
		0xaa0303e0, // mov x0, x3
		0xd65f03c0, // ret
	} {
		code = binary.LittleEndian.AppendUint32(code, instruction)
	}
	return code
}

// Layout of the frame, at the stack pointer: siginfo_t, then struct ucontext.
const (
	frameContext  = 128
	frameMask     = frameContext + 40 // behind uc_flags, uc_link and uc_stack
	frameGeneral  = frameContext + 176
	frameReserved = frameGeneral + 288 // a list of records: floating-point registers, and an end
	frameSize     = frameReserved + 4096

	noStackFlags  = 0x40 // no flags of an alternate stack, so that the kernel leaves the thread's as it is
	fpsimdMagic   = 0x46508001
	fpsimdSize    = 528
	fpsimdVectors = 512 // bytes of V0 to V31, in PTRACE_GETREGSET before FPSR and FPCR
)

// frame returns what has to be at an address for rt_sigreturn to restore a state. Where the kernel has stopped the thread an interrupted system call is already about to be made again. Of SVE's registers the low
// 128 bits are restored.
func (s *state) frame(executor.Addr, executor.Addr) []byte {
	le := binary.LittleEndian
	b := make([]byte, frameReserved, frameReserved+fpsimdSize+16)
	le.PutUint64(b[frameContext+24:], noStackFlags)
	le.PutUint64(b[frameMask:], s.mask)
	general := b[frameGeneral+8:][:0] // behind the fault's address
	for _, word := range s.registers.Regs {
		general = le.AppendUint64(general, word)
	}
	general = le.AppendUint64(general, s.registers.Sp)
	general = le.AppendUint64(general, s.registers.Pc)
	le.AppendUint64(general, s.registers.Pstate)
	vector := s.vector[0].data
	b = le.AppendUint32(b, fpsimdMagic)
	b = le.AppendUint32(b, fpsimdSize)
	b = append(b, vector[fpsimdVectors:fpsimdVectors+8]...)
	b = append(b, vector[:fpsimdVectors]...)
	return append(b, make([]byte, 16)...)
}

// isWaiting says that the thread was waiting in a system call, which cannot be told here from being about to make one. It is taken for waiting.
func (r *registers) isWaiting() bool { return true }

// pc returns the address of the instruction.
func (r *registers) pc() executor.Addr { return executor.Addr(r.Pc) }

func (r *registers) sp() executor.Addr { return executor.Addr(r.Sp) }

// park has the thread restore the state in the frame.
func (r *registers) park(s *site) { r.Pc, r.Sp = uint64(s.park), uint64(s.frame) }

// systemCall has the thread make a system call, and then restore the state.
func (r *registers) systemCall(s *site, number uint64, args [6]uint64) {
	r.Pc, r.Regs[8] = uint64(s.call), number
	if s.frame != 0 {
		r.Sp, r.Regs[30] = uint64(s.frame), uint64(s.park)
	}
	copy(r.Regs[:], args[:])
}

// Registers of arguments.
const (
	integerRegisters = 8
	floatRegisters   = 8
)

// function has the thread call a function. The stack is what begins at the stack pointer: arguments.
func (r *registers) function(fn, top, back executor.Addr, a *arguments) (sp executor.Addr, stack []byte) {
	sp = (top - executor.Addr(8*len(a.stack))) &^ 15
	for _, word := range a.stack {
		stack = binary.LittleEndian.AppendUint64(stack, word)
	}
	const branchType = 3 << 10 // BTYPE, of which BTI would complain
	r.Pstate &^= branchType
	in := a.padded()
	copy(r.Regs[:], in[:])
	r.Pc, r.Sp, r.Regs[29], r.Regs[30] = uint64(fn), uint64(sp), 0, uint64(back)
	return sp, stack
}

// functionVector returns the vector registers with which a function begins.
func (s *state) functionVector(a *arguments) []regset {
	area := make([]byte, len(s.vector[0].data)) // FPCR and FPSR are zero in a new program
	for i, bits := range a.floats {
		binary.LittleEndian.PutUint64(area[16*i:], bits)
	}
	return []regset{{unix.NT_PRFPREG, area}}
}

// results returns what a function has returned, when it has reached agentDone.
func results(r *registers, vector []regset) (integer, float uint64) {
	return r.Regs[0], binary.LittleEndian.Uint64(vector[0].data)
}

// skipCall has the thread not make the system call that it is entering.
func (t *tracee) skipCall() error {
	number := int32(-1)
	return t.setRegset(unix.NT_ARM_SYSTEM_CALL, unsafe.Slice((*byte)(unsafe.Pointer(&number)), 4))
}

// errRestartByBlock is the result of a system call that the kernel goes on with by what it remembers of it (include/linux/errno.h).
const errRestartByBlock = -516

// beforeReturn changes what the thread had to what it needs now: nothing. The kernel has already set it back to before the system call that it has interrupted.
func (r *registers) beforeReturn(bool) {}

// pointerGuard returns what the C library disguises the pointers with that jump buffers and handlers of exit have: a variable of glibc's dynamic linker.
func (t *tracee) pointerGuard() (uint64, error) {
	at, err := t.p.lookupPlain("__pointer_chk_guard")
	if err != nil || at == 0 {
		return 0, err
	}
	return t.p.word(at)
}

// undisguise reverses glibc's PTR_MANGLE.
func undisguise(word, guard uint64) uint64 { return word ^ guard }
