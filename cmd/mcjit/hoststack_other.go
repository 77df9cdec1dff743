//go:build !linux && !darwin && !freebsd

package main

// stackLimit is not known.
func stackLimit() uint64 { return 0 }
