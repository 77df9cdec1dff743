package gdbjit

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// quietly calls f, whose thread is not interrupted meanwhile by the signals with which Go's scheduler preempts and its profiler samples. A thread that is stopped
// for long, as GDB stops it in the hook, has one waiting. GDB delivers it before the thread goes on from the breakpoint, to which the
// handler returns: the event happens a second time, and GDB knows an object twice that it will forget once.
func quietly(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set, before := unix.Sigset_t{}, unix.Sigset_t{}
	set.Val[0] = 1<<(unix.SIGURG-1) | 1<<(unix.SIGPROF-1)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &set, &before) == nil {
		defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	}
	f()
}
