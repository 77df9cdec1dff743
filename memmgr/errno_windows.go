package memmgr

import "golang.org/x/sys/windows"

const (
	errNoMemory  = windows.ERROR_COMMITMENT_LIMIT
	noMemoryHint = "the system is at its commit limit: close programs, or enlarge the paging file"
)
