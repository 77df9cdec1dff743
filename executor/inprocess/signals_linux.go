package inprocess

import (
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Most processors' Go keeps the goroutine in a register, which C code may use for something else, and the runtime's signal handler takes it from there: in a
// process without a C runtime it believes that all code is Go's. So where a signal interrupts code on one of our stacks, the register is set right
// before the runtime's handler runs (signalEntry, in assembly). The kernel puts back what C had in it when the handler returns.

// signalEntryPC is the address of signalEntry; set in assembly where gInRegister.
var signalEntryPC uintptr

// goHandler is the runtime's handler. signalEntry goes on there.
var goHandler uintptr

// A sigaction is the kernel's struct sigaction of any processor, with room to spare.
type sigaction [16]uintptr

// signals is held while handlers are changed.
var signals sync.Mutex

// lastSignal is the highest number of a signal on any processor.
const lastSignal = 128

// signalLayout returns which word of a sigaction is the handler, and the size of a set of signals in bytes (arch/mips/include/uapi/asm/signal.h,
// include/uapi/asm-generic/signal.h).
func signalLayout() (handler int, setSize uintptr) {
	if strings.HasPrefix(runtime.GOARCH, "mips") {
		return 1, 16
	}
	return 0, 8
}

// enterSignals puts signalEntry before the runtime's handler of all signals that it has one for. A signal that was ignored, and is asked for again
// (signal.Ignore, signal.Notify), has the runtime's alone again.
func enterSignals() {
	if !gInRegister || haveCRuntime {
		return
	}
	signals.Lock()
	defer signals.Unlock()
	word, setSize := signalLayout()
	for sig := uintptr(1); sig <= lastSignal; sig++ {
		var act sigaction
		if !rtSigaction(sig, nil, &act, setSize) {
			continue
		}
		handler := &act[word]
		if *handler <= 1 || *handler == signalEntryPC { // the default, ignored, or ours
			continue
		}
		if goHandler == 0 {
			goHandler = *handler
		}
		if *handler == goHandler {
			*handler = signalEntryPC
			switch runtime.GOARCH {
			case "riscv64", "loong64":
				// All signals wait while the handler runs. Kernels have the mask here as the third word, and qemu-user 7.2 as the fourth.
				act[3] = act[2]
			}
			rtSigaction(sig, &act, nil, setSize)
		}
	}
}

// rtSigaction is the system call of that name, which libraries keep for themselves.
func rtSigaction(sig uintptr, set, old *sigaction, setSize uintptr) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), setSize, 0, 0)
	return errno == 0
}
