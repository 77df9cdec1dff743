package main

import (
	"runtime"
	"runtime/debug"
)

// version tells what this program was built from: the module's version, which names a commit where there is no release, and the Go release.
func version() string {
	v := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return v + " (" + runtime.Version() + ")"
}
