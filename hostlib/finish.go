package hostlib

import "sync"

// FinishLibraries runs the destructors of the process's shared libraries, each before those that it needs, as the C library's exit does in a program
// that C has started: there, or on hosts other than linux/amd64, it does nothing. A Go program calls it before it ends through exit, after what uses
// the libraries has ended; some write their buffers only then. Calls after the first do nothing.
func FinishLibraries() { finishOnce() }

var finishOnce = sync.OnceFunc(finishLibraries)
