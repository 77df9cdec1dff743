//go:build unix

package memmgr

import "golang.org/x/sys/unix"

const (
	errNoMemory  = unix.ENOMEM
	noMemoryHint = "the process is at a limit: ulimit -v, vm.overcommit_memory or vm.max_map_count"
)
