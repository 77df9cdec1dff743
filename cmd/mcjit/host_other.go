//go:build !unix

package main

// cSignals are none. On Windows a fault is an exception, which ends a C program and this process alike; where there is no C library there is nothing to tell.
var cSignals []int
