// Package inprocess calls native code that lies in this process, and lets it call back, in pure Go assembly: without cgo and without a C
// runtime, so that it works in a static binary as well.
//
// [Bind] makes an ordinary Go function of an address; reflection is used while binding and never while calling. [Call] serves those who
// learn a signature only at run time, and [RunMain] those who want to run a program's main.
//
//	add, err := inprocess.Bind[func(a, b int32) int32](addr)
//	sum := add(1, 2)
//
// # How a call works
//
// C runs on a stack of its own (8 MiB with a guard below, 1 MiB on 32-bit processors, see [SetStacks]), never on the goroutine's. Calls are of two kinds:
//
//   - Blocking, the default, tells the scheduler, as a system call does. Garbage collection and the other goroutines never wait for the loaded
//     code, however long it runs or sleeps.
//   - Leaf, an option of [Bind], tells nobody and is several times cheaper. While a leaf function runs, its processor does nothing else and a
//     garbage collection waits for its end; it is for functions that return within some microseconds, and it must not call back.
//
// On amd64 and arm64 a bound function costs no allocation. On other processors package reflect stands behind it, which costs some allocations and about a microsecond.
//
// A callback ([NewCallback]) made on a C stack of this package does not run Go code in the middle of C: the C side is suspended on its own
// stack and control returns to the goroutine that called, which runs the Go function as plain Go code and then resumes C. That needs no
// support of the runtime, which is why it works in a static binary. Only callbacks on threads that C itself created enter Go as cgo
// does, and need a process with a C runtime (cgo, or purego's stand-in for it) and amd64; elsewhere they end the process with a message.
//
// The inverse does not work: C that is called through this package must not call a Go function that cgo exported (//export) or that
// purego.NewCallback made, whose way into Go wants the thread's own stack. That ends the process. A [Callback] can be called from both.
//
// A blocking call and the callbacks within it stay on one thread; two calls by one goroutine may happen on two threads, unless it calls
// [runtime.LockOSThread] (which errno and thread-local state need). The floating-point control word (MXCSR: rounding, flush to zero) is neither
// saved nor restored, as C wants it: what C changes there it has to put back before it returns or calls back, or else the next Go code on
// the thread, whosever it is, computes with it. The same goes for other processors' control registers.
//
// # What can be bound
//
// Integers of all widths, bool, float32, float64, pointers, uintptr, and structs (with arrays within) of these by value, in any number, with at
// most one result. What cannot be passed is a [*SignatureError] when binding, never a wrong call.
//
// A Go pointer that is passed stays alive until the call returns; C must not keep it longer, and the memory must not hold Go pointers that
// only C knows of (the rules of cgo). What C calls a pointer and is none (handles, -1) has to be a uintptr in Go.
//
// The rules are those of each processor's ABI document, which the files abi_*.go name. Small integers are extended to 32 bits by the
// caller and small results are read at their width, which is what both gcc and clang rely on beyond the documents' letter. On 32-bit processors C's pointers and long have
// 4 bytes, and so has an [executor.Addr] when it is passed; where C aligns 8-byte numbers otherwise than Go does, structs are converted.
//
// # Signals
//
// On all processors but x86, Go keeps the goroutine in a register that C may use, so that on Linux, in a process without a C runtime, signals have an entry of this
// package before the runtime's. It is put there by the first [Bind], [NewCallback] or [Call]. A program that ignores a signal (signal.Ignore) and asks for it again
// (signal.Notify) has to bind another function after that, before the signal comes.
//
// A fault in loaded code ends the process; run code you do not trust in another process. Overrunning the C stack hits the guard.
//
// # Hosts
//
// It works on Linux, on all processors that Go has there. There are bridges for macOS (amd64, arm64) and FreeBSD (amd64), too, which are the same code but for what the
// systems do otherwise: these are compiled and vetted, and were never executed there. The convention of macOS on arm64, which differs from AAPCS64, is executed on Linux, with code that
// clang makes for macOS. On other systems everything that would call or allocate returns [ErrUnsupportedHost].
//
// # Windows
//
// On Windows (amd64, arm64) code is called by Microsoft's convention, whatever format it is in, and C stacks have 1 MiB, which counts for the commit limit when a stack is first used. The
// thread's environment block tells of the C stack while C runs, so that __chkstk and structured exceptions work: functions with handlers may catch what is raised in the call, and
// exceptions never pass through Go. Callbacks may come on any thread's own stack. Code of System V's convention
// cannot be called. All this is tested under wine 8 on amd64. For arm64 it is compiled and vetted, and was never executed there; its convention is executed on Linux, as macOS's is.
package inprocess
