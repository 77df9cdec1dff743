//go:build linux || darwin || (freebsd && amd64)

package inprocess

// HasCRuntime says whether the process has a C library, whose the thread pointer is then, and a runtime that knows of it: cgo, or purego's stand-in.
func HasCRuntime() bool { return haveCRuntime }
