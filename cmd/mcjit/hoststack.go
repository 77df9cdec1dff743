//go:build linux || darwin || freebsd

package main

import (
	"errors"
	"syscall"
)

// stackLimit returns how large stacks may be, or 0 if nobody can tell, or there is little room for them (ulimit -v).
func stackLimit() uint64 {
	const plenty = 1 << 42
	var stack, space syscall.Rlimit
	if errors.Join(syscall.Getrlimit(stackResource, &stack), syscall.Getrlimit(syscall.RLIMIT_AS, &space)) != nil || uint64(space.Cur) < plenty {
		return 0
	}
	return uint64(stack.Cur)
}
