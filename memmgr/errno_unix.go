//go:build unix

package memmgr

import "golang.org/x/sys/unix"

const errNoMemory = unix.ENOMEM
