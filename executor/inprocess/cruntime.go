//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

// HasCRuntime says whether the process has a C library, whose the thread pointer is then, and a runtime that knows of it: cgo, or purego's stand-in. Darwin's
// processes always have the library, and not always such a runtime.
func HasCRuntime() bool { return haveCRuntime }
