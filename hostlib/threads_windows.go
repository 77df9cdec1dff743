package hostlib

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/threads"
)

// threadRuntime is the storage of Windows's loader, which needs no C library.
type threadRuntime struct{ storage executor.ThreadStorage }

func startThreads() (*threadRuntime, error) {
	s, err := threads.Storage()
	if err != nil {
		return nil, ErrUnsupportedHost
	}
	return &threadRuntime{s}, nil
}

func (r *threadRuntime) indexed() bool { return true }

func (r *threadRuntime) function(name string) executor.Addr { return r.storage.ThreadFunction(name) }

func (r *threadRuntime) descriptor(static bool) executor.Addr {
	return r.storage.DescriptorFunction(static)
}

func (r *threadRuntime) endObjects(ranges []executor.AddrRange) error {
	return r.storage.EndThreadObjects(ranges)
}

func (r *threadRuntime) forget(ranges []executor.AddrRange) error {
	return r.storage.ForgetThreadData(ranges)
}

func (r *threadRuntime) add(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	return r.storage.AddThreadModule(t)
}

func (r *threadRuntime) remove(m executor.ThreadModule) error {
	return r.storage.RemoveThreadModule(m)
}

// variable finds nothing: DLLs do not export such variables.
func (r *threadRuntime) variable(*Library, string, bool) (v executor.ThreadVariable, err error) {
	return v, nil
}

func alignmentImage(uint64) []byte { return nil }
