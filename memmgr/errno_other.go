//go:build !unix && !windows

package memmgr

import "errors"

// errNoMemory is what a system without mappings never returns.
var errNoMemory = errors.New("out of memory")

const noMemoryHint = ""
