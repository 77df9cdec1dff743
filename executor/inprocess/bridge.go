//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

import (
	"runtime"
	"unsafe"
)

// An outcome says why control came back from C.
type outcome uintptr

const (
	returned   outcome = iota // the function returned; its results are in the control block
	calledBack                // it is suspended in a callback, whose frame is at control.cSP
)

// callFrame is what callbackEntry lays down on the C stack.
type callFrame struct {
	regs    regs
	results results
	stack   uintptr   // address of the stack arguments
	slot    uintptr   // address of the callback's slot
	memory  uintptr   // whether the result is in memory, to which a hidden argument points: 0 if not
	fpu     uintptr   // how the call uses floating-point registers
	saved   savedRegs //lint:ignore U1000 callbackEntry keeps C's registers there
}

// haveCRuntime is read in assembly.
var haveCRuntime = iscgo

// strayCallback is what callbackEntry writes before it ends the process.
//
//lint:ignore U1000 it is read in assembly
var strayCallback = "inprocess: callback on a thread not made by Go, in a process without a C runtime (or not on amd64); end\n"

//go:linkname iscgo runtime.iscgo
var iscgo bool

// The runtime keeps these names for packages outside it (runtime/proc.go says for whom).

//go:linkname entersyscall runtime.entersyscall
//go:nosplit
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
//go:nosplit
func exitsyscall()

//go:linkname procPin runtime.procPin
//go:nosplit
func procPin() int

//go:linkname procUnpin runtime.procUnpin
//go:nosplit
func procUnpin()

// callBlocking runs C until it returns, serving its callbacks.
func callBlocking(c *control, r *regs) {
	raceSync()
	for o := startBlocking(c, r); o == calledBack; o = resumeBlocking(c) {
		raceSync()
		serveSuspended(c)
		raceSync()
	}
	raceSync()
}

// startBlocking and resumeBlocking run C as a system call. Between entersyscall and exitsyscall the goroutine's stack must not grow or move
// and nothing of Go may run that needs a processor, hence nosplit and no race detector. C that is suspended holds its thread's
// state (a lock, errno), so that the thread is locked before anything may reschedule.

//go:nosplit
//go:norace
func startBlocking(c *control, r *regs) outcome {
	entersyscall()
	o := start(c, r)
	if o == calledBack {
		runtime.LockOSThread()
	}
	exitsyscall()
	return o
}

//go:nosplit
//go:norace
func resumeBlocking(c *control) outcome {
	entersyscall()
	runtime.UnlockOSThread()
	o := resume(c)
	if o == calledBack {
		runtime.LockOSThread()
	}
	exitsyscall()
	return o
}

// serveSuspended runs the Go function that the C on stack c is waiting for. If it panics or ends the goroutine, C is abandoned where it is.
func serveSuspended(c *control) {
	done := false
	defer func() {
		if !done {
			runtime.UnlockOSThread()
			releaseStack(c)
		}
	}()
	serve(c.frame())
	done = true
}

// callLeaf runs C that does not call back, without telling the scheduler. Pinning has the runtime end the process when C faults; otherwise it
// would begin a panic on C's stack.
func callLeaf(c *control, r *regs) {
	procPin()
	o := start(c, r)
	procUnpin()
	if o == calledBack {
		releaseStack(c)
		panic(errLeafCallback)
	}
}

// frame returns the frame of the callback in which the stack is suspended.
func (c *control) frame() *callFrame { return *(**callFrame)(unsafe.Pointer(&c.cSP)) }
