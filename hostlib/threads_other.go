//go:build !(linux && amd64) && !windows

package hostlib

import "github.com/gomcjit/gomcjit/executor"

// threadRuntime is of no use here: startThreads refuses.
type threadRuntime struct{}

func startThreads() (*threadRuntime, error) { return nil, ErrUnsupportedHost }

func (*threadRuntime) indexed() bool { return false }

func (*threadRuntime) function(string) executor.Addr { return 0 }

func (*threadRuntime) descriptor(bool) executor.Addr { return 0 }

func (*threadRuntime) endObjects([]executor.AddrRange) error { return ErrUnsupportedHost }

func (*threadRuntime) forget([]executor.AddrRange) error { return ErrUnsupportedHost }

func (*threadRuntime) add(executor.ThreadTemplate) (executor.ThreadModule, error) {
	return executor.ThreadModule{}, ErrUnsupportedHost
}

func (*threadRuntime) remove(executor.ThreadModule) error { return ErrUnsupportedHost }

func (*threadRuntime) variable(*Library, string, bool) (executor.ThreadVariable, error) {
	return executor.ThreadVariable{}, ErrUnsupportedHost
}

func alignmentImage(uint64) []byte { return nil }
