//go:build unix

package gdbjit

import (
	"errors"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// A recordingTarget notes what it is asked, and fails when it should.
type recordingTarget struct {
	calls []string
	fail  string
	err   error
}

func (r *recordingTarget) note(call string) error {
	r.calls = append(r.calls, call)
	if call == r.fail {
		return r.err
	}
	return nil
}

func (r *recordingTarget) PageSize() uint64 { return 4096 }
func (r *recordingTarget) Reserve(uint64, executor.Addr) (executor.Addr, error) {
	return 0x10000, r.note("reserve")
}
func (r *recordingTarget) Install(executor.Addr, []executor.Segment) error {
	return r.note("install")
}
func (r *recordingTarget) Release(...executor.Addr) error { return r.note("release") }
func (r *recordingTarget) RegisterDebugObject(executor.Addr, uint64) error {
	return r.note("register")
}
func (r *recordingTarget) DeregisterDebugObject(executor.Addr, uint64) error {
	return r.note("deregister")
}

// A cannotError is a service that is not there.
type cannotError struct{}

func (cannotError) Error() string     { return "cannot" }
func (cannotError) Unsupported() bool { return true }

func TestRemoteListener(t *testing.T) {
	b, err := objimage.OpenBuffer("../testdata/debug.o")
	if err != nil {
		t.Fatal(err)
	}
	object, err := objimage.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	image := objimage.NewImage(object, func(section int) (uint64, bool) { return uint64(section) << 16, true })
	broken := errors.New("broken")
	for _, c := range []struct {
		fail          string
		err           error
		loaded, freed error
		want          []string
	}{
		{"", nil, nil, nil, []string{"reserve", "install", "register", "deregister", "release"}},
		{"reserve", broken, broken, nil, []string{"reserve"}},
		{"install", broken, broken, nil, []string{"reserve", "install", "release"}},
		{"register", broken, broken, nil, []string{"reserve", "install", "register", "release"}},
		{"deregister", broken, nil, broken, []string{"reserve", "install", "register", "deregister"}},
		{"deregister", cannotError{}, nil, nil, []string{"reserve", "install", "register", "deregister"}},
	} {
		target := &recordingTarget{fail: c.fail, err: c.err}
		l := NewRemoteListener(target)
		if err := l.NotifyObjectLoaded(1, image); !errors.Is(err, c.loaded) {
			t.Errorf("%s fails: loaded: %v", c.fail, err)
		}
		if err := l.NotifyFreeingObject(1); !errors.Is(err, c.freed) {
			t.Errorf("%s fails: freed: %v", c.fail, err)
		}
		if err := l.NotifyFreeingObject(1); err != nil {
			t.Errorf("%s fails: freed twice: %v", c.fail, err)
		}
		if !slices.Equal(target.calls, c.want) {
			t.Errorf("%s fails: %v, want %v", c.fail, target.calls, c.want)
		}
	}
}
