package ptrace

import (
	"debug/elf"
	"encoding/binary"
	bits64 "math/bits"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// x86-64, by the System V ABI (AMD64 psABI, 3.2), and the kernel's frames of signals (arch/x86/include/uapi/asm/sigcontext.h).

const (
	machine = elf.EM_X86_64
	triple  = "x86_64-pc-linux-gnu"
)

type registers unix.PtraceRegs

// vectorSets are the registers that signals' frames have: in the layouts of FXSAVE and of XSAVE.
var vectorSets = []int{unix.NT_PRFPREG, unix.NT_X86_XSTATE}

// instructions are what the process is searched for.
var instructions = patterns{
	align:   1,
	call:    [][]byte{{0x0f, 0x05}},       // syscall
	callRet: [][]byte{{0x0f, 0x05, 0xc3}}, // syscall; ret
	restore: [][]byte{
		{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05}, // mov $15, %rax; syscall: rt_sigreturn
		{0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05},             // mov $15, %eax; syscall
	},
}

// Places in agentCode.
const (
	agentCall   = 0  // a system call, after which its result is put below the frame, and the state in the frame is restored
	agentReturn = 7  // where functions return to: the result is moved out of the way, and the state in the frame is restored
	agentDone   = 27 // behind the system call that does it

	agentExchange = 29 // a function: it changes the word at an address from a value to another one, if it has that, and returns which one it had
)

// agentCode returns the code of an agent whose frame is at an address.
func agentCode(frame executor.Addr) []byte {
	code := []byte{
		0x0f, 0x05, // syscall
		0x48, 0x89, 0x44, 0x24, 0xf8, // mov %rax, -8(%rsp): see resultBelow
		0x48, 0x89, 0xc7, // mov %rax, %rdi
		0x48, 0xbc, // movabs $frame+8, %rsp
	}
	code = binary.LittleEndian.AppendUint64(code, uint64(frame)+8)
	return append(code,
		0xb8, 0x0f, 0, 0, 0, // mov $15, %eax: rt_sigreturn
		0x0f, 0x05, // syscall
		0x0f, 0x0b, // ud2
		0x48, 0x89, 0xf0, // mov %rsi, %rax
		0xf0, 0x48, 0x0f, 0xb1, 0x17, // lock cmpxchg %rdx, (%rdi)
		0xc3, // ret
	)
}

// Layout of the frame: what is at the stack pointer when a signal's handler begins. The return address is followed by struct ucontext, of which rt_sigreturn uses the beginning.
const (
	frameContext = 8
	frameGeneral = frameContext + 40 // behind uc_flags, uc_link and uc_stack
	frameMask    = frameGeneral + 256
	frameSize    = frameMask + 8
	vectorAlign  = 64

	tileData = 1 << 18 // XFEATURE_MASK_XTILE_DATA
	tileSize = 8192

	fxSoftware   = 464 // of the area of FXSAVE, what the kernel says of what follows it
	xsaveHeader  = 512
	fpMagic1     = 0x46505853
	fpMagic2     = 0x46505845
	contextFlags = 7    // UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS
	noStackFlags = 0x40 // no flags of an alternate stack, so that the kernel leaves the thread's as it is
)

// frame returns what has to be at an address for rt_sigreturn to restore a state. A system call that was interrupted begins again.
func (s *state) frame(at, restorer executor.Addr) []byte {
	r := s.registers
	if r.inCall() && isRestart(int64(r.Rax)) {
		r.Rax = r.Orig_rax
		r.Rip -= 2
	}
	le := binary.LittleEndian
	b := le.AppendUint64(nil, uint64(restorer))
	for _, word := range []uint64{contextFlags, 0, 0, noStackFlags, 0,
		r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15, r.Rdi, r.Rsi, r.Rbp, r.Rbx, r.Rdx, r.Rax, r.Rcx, r.Rsp, r.Rip, r.Eflags,
		r.Cs | r.Ss<<48, 0, 0, 0, 0} {
		b = le.AppendUint64(b, word)
	}
	vector := (uint64(at) + frameSize + vectorAlign - 1) &^ (vectorAlign - 1)
	b = le.AppendUint64(b, vector)
	b = append(b, make([]byte, frameMask-len(b))...)
	b = le.AppendUint64(b, s.mask)
	b = append(b, make([]byte, vector-uint64(at)-frameSize)...)
	area := slices.Clone(s.vector[len(s.vector)-1].data)
	if len(area) > xsaveHeader {
		features := le.Uint64(area[fxSoftware:]) // PTRACE_GETREGSET puts the mask of features there
		if inUse := le.Uint64(area[xsaveHeader:]); features&tileData != 0 && inUse&tileData == 0 && len(area) > xsaveHeader+tileSize {
			// The kernel takes no frame with AMX's tiles of a process that has not asked for them, and restores nothing beyond SSE then. The tiles are last.
			features &^= tileData
			area = area[:len(area)-tileSize]
		}
		le.PutUint32(area[fxSoftware:], fpMagic1)
		le.PutUint32(area[fxSoftware+4:], uint32(len(area)+4))
		le.PutUint64(area[fxSoftware+8:], features)
		le.PutUint32(area[fxSoftware+16:], uint32(len(area)))
		area = le.AppendUint32(area, fpMagic2)
	}
	return append(b, area...)
}

// inCall says that the thread was in a system call.
func (r *registers) inCall() bool { return int64(r.Orig_rax) >= 0 }

// isWaiting says that the thread was waiting in a system call.
func (r *registers) isWaiting() bool {
	result := int64(r.Rax)
	return r.inCall() && (isRestart(result) || result == interrupted)
}

// pc returns the address of the instruction.
func (r *registers) pc() executor.Addr { return executor.Addr(r.Rip) }

func (r *registers) sp() executor.Addr { return executor.Addr(r.Rsp) }

// park has the thread restore the state in the frame.
func (r *registers) park(s *site) {
	r.Rip, r.Rsp, r.Orig_rax, r.Rax = uint64(s.park), uint64(s.frame)+8, ^uint64(0), 0
}

// systemCall has the thread make a system call, and then restore the state.
func (r *registers) systemCall(s *site, number uint64, args [6]uint64) {
	r.Rip, r.Orig_rax, r.Rax = uint64(s.call), ^uint64(0), number
	if s.frame != 0 {
		r.Rsp = uint64(s.frame)
	}
	r.Rdi, r.Rsi, r.Rdx, r.R10, r.R8, r.R9 = args[0], args[1], args[2], args[3], args[4], args[5]
}

// Registers of arguments.
const (
	integerRegisters = 6
	floatRegisters   = 8
)

// function has the thread call a function. The stack is what begins at the stack pointer: the return address, then arguments.
func (r *registers) function(fn, top, back executor.Addr, a *arguments) (sp executor.Addr, stack []byte) {
	size := uint64(8*len(a.stack)+15) &^ 15
	sp = (top-executor.Addr(size))&^15 - 8
	stack = binary.LittleEndian.AppendUint64(nil, uint64(back))
	for _, word := range a.stack {
		stack = binary.LittleEndian.AppendUint64(stack, word)
	}
	const trap, direction, resume = 1 << 8, 1 << 10, 1 << 16
	r.Eflags &^= trap | direction | resume
	r.Rip, r.Rsp, r.Rbp, r.Orig_rax, r.Rax = uint64(fn), uint64(sp), 0, ^uint64(0), uint64(len(a.floats))
	in := a.padded()
	r.Rdi, r.Rsi, r.Rdx, r.Rcx, r.R8, r.R9 = in[0], in[1], in[2], in[3], in[4], in[5]
	return sp, stack
}

// functionVector returns the vector registers with which a function begins: those of a new program, and arguments.
func (s *state) functionVector(a *arguments) []regset {
	const mxcsrMask, firstXMM = 28, 160
	last := s.vector[len(s.vector)-1]
	area := make([]byte, len(last.data))
	binary.LittleEndian.PutUint16(area, 0x37f)       // the x87 control word
	binary.LittleEndian.PutUint32(area[24:], 0x1f80) // MXCSR
	copy(area[mxcsrMask:mxcsrMask+4], last.data[mxcsrMask:])
	for i, bits := range a.floats {
		binary.LittleEndian.PutUint64(area[firstXMM+16*i:], bits)
	}
	if len(area) > xsaveHeader {
		copy(area[fxSoftware:xsaveHeader], last.data[fxSoftware:])
		area[xsaveHeader] = 3 // x87 and SSE; the others are as in a new program
	}
	return []regset{{last.kind, area}}
}

// results returns what a function has returned, when it has reached agentDone.
func results(r *registers, vector []regset) (integer, float uint64) {
	return r.Rdi, binary.LittleEndian.Uint64(vector[len(vector)-1].data[160:])
}

// skipCall has the thread not make the system call that it is entering: park has seen to it.
func (t *tracee) skipCall() error { return nil }

// What the kernel returns of system calls that it makes again (include/linux/errno.h).
const (
	errRestartSys        = -512
	errRestartNoHandler  = -514
	errRestartByBlock    = -516
	interrupted          = -int64(unix.EINTR)
	withoutTimeout32Bits = 0xffffffff
)

func isRestart(result int64) bool { return errRestartByBlock <= result && result <= errRestartSys }

func bits(result int64) uint64 { return uint64(result) }

// beforeReturn changes what the thread had to what it needs now. The kernel makes system calls again that it has interrupted, once it sees these registers where signals are delivered.
func (r *registers) beforeReturn(overran bool) {
	if !r.inCall() {
		return
	}
	switch result := int64(r.Rax); {
	case result == errRestartByBlock && overran:
		// How the call goes on is in the kernel, which has forgotten it for the sake of another one.
		r.Rax, r.Orig_rax = bits(interrupted), ^uint64(0)
	case result == interrupted && waitsForEver(r):
		// The kernel does not make these again, not even after SIGSTOP and SIGCONT (signal(7)). With this result it does, unless a handler of a signal runs.
		r.Rax = bits(errRestartNoHandler)
	}
}

// waitsForEver recognizes system calls that wait without a timeout, and are not made again when they have been interrupted.
func waitsForEver(r *registers) bool {
	switch r.Orig_rax {
	case unix.SYS_EPOLL_WAIT, unix.SYS_EPOLL_PWAIT:
		return uint32(r.R10) == withoutTimeout32Bits
	case unix.SYS_EPOLL_PWAIT2, unix.SYS_SEMTIMEDOP:
		return r.R10 == 0
	case unix.SYS_RT_SIGTIMEDWAIT:
		return r.Rdx == 0
	case unix.SYS_IO_GETEVENTS:
		return r.R8 == 0
	case unix.SYS_SEMOP:
		return true
	}
	return false
}

// pointerGuard returns what the C library disguises the pointers with that jump buffers and handlers of exit have: glibc keeps it in each thread's control block (struct tcbhead_t, at 0x30).
func (t *tracee) pointerGuard() (uint64, error) {
	return t.p.word(executor.Addr(t.saved.registers.Fs_base) + 0x30)
}

// undisguise reverses glibc's PTR_MANGLE.
func undisguise(word, guard uint64) uint64 { return bits64.RotateLeft64(word, -17) ^ guard }
