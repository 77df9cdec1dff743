//go:build unix

package testenv

import (
	"syscall"
	"time"
)

// CPUTime returns how long the test's process has used processors, all threads together, Go's collector included. Unlike the time of day it does not tell how busy the
// machine is. Elsewhere than on Unix it is the time since some moment.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0 // which it does not do for RUSAGE_SELF
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
