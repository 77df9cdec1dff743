//go:build !unix

package main

// cSignals are none: on other systems signals are the C library's own affair.
var cSignals []int
