//go:build !unix

package main

import "os"

// cSignals are none. On Windows a fault is an exception, which ends a C program and this process alike; where there is no C library there is nothing to tell.
var cSignals []int

// execAgain does nothing: it is for glibc.
func execAgain([]string) {}

// raiseStackLimit and setStackLimit do nothing: they are for glibc.
func raiseStackLimit(uint64) uint64 { return 0 }
func setStackLimit(uint64)          {}

// endingSignals are those by which people end mcjit while it waits for another process.
var endingSignals = []os.Signal{os.Interrupt}
