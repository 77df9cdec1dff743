//go:build amd64 || arm64

package ptrace

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// Where a thread may be when a function is called on it. In the middle of malloc it holds a lock, and what is half done would be seen by a function that calls malloc. So a thread that is running in the C library,
// and not waiting in a system call, gets some time to come out.

// How long a thread is waited for.
const (
	quietTries = 50
	quietPause = 500 * time.Microsecond
)

// quiet has the thread stop where a function may be called, if that can be had in some milliseconds.
func (t *tracee) quiet(ctx context.Context) error {
	for range quietTries {
		quiet, err := t.isQuiet()
		if quiet || err != nil {
			return err
		}
		if err := t.ptrace(unix.PTRACE_CONT, 0, 0); err != nil {
			return err
		}
		time.Sleep(quietPause)
		if err := t.stop(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracee) isQuiet() (bool, error) {
	if critical, err := t.inRestartable(); critical || err != nil {
		return false, err
	}
	r := &t.saved.registers
	library, err := t.p.allocator()
	if err != nil || !library.holds(r.pc()) {
		return err == nil, err
	}
	return r.isWaiting(), nil
}

// allocator returns the library that has malloc; nothing if that is the program itself, where most of the time is spent.
func (p *Process) allocator() (addrRange, error) {
	h := &p.host
	if h.searched {
		return h.library, nil
	}
	modules, err := p.modules()
	if err != nil {
		return addrRange{}, err
	}
	h.searched = true
	i := slices.IndexFunc(modules, func(m module) bool { _, ok := m.table["malloc"]; return ok })
	if i > 0 {
		h.library = addrRange{modules[i].start, modules[i].end}
	}
	return h.library, nil
}

// rseqConfig is struct ptrace_rseq_configuration, of Linux 5.13.
type rseqConfig struct {
	area              uint64
	size, _, flags, _ uint32
}

// inRestartable reports whether the thread is in a restartable sequence (rseq(2)). The kernel would not see that it has been interrupted in it.
func (t *tracee) inRestartable() (bool, error) {
	var config rseqConfig
	err := t.ptraceMemory(unix.PTRACE_GET_RSEQ_CONFIGURATION, unsafe.Sizeof(config), unsafe.Pointer(&config))
	if errors.Is(err, unix.EIO) || errors.Is(err, unix.EINVAL) || err == nil && config.area == 0 {
		return false, nil // the kernel has no such thing, or the thread does not use it
	}
	if err != nil {
		return false, err
	}
	var pointer [8]byte // rseq_cs of struct rseq
	if err := t.p.readAt(executor.Addr(config.area)+8, pointer[:]); err != nil {
		return false, err
	}
	sequence := executor.Addr(binary.NativeEndian.Uint64(pointer[:]))
	if sequence == 0 {
		return false, nil
	}
	var words [16]byte // start_ip and post_commit_offset of struct rseq_cs
	if err := t.p.readAt(sequence+8, words[:]); err != nil {
		return false, nil // it is gone, as libraries may be
	}
	start := executor.Addr(binary.NativeEndian.Uint64(words[:]))
	return addrRange{start, start + executor.Addr(binary.NativeEndian.Uint64(words[8:]))}.holds(t.saved.registers.pc()), nil
}

// keepErrno reads the thread's errno, at an address that a function returns, and returns what writes it back. It does nothing if fn is 0.
func (t *tracee) keepErrno(ctx context.Context, fn executor.Addr) (restore func() error, err error) {
	if fn == 0 {
		return func() error { return nil }, nil
	}
	key := thread{t.tid, t.p.startOf(t.tid)}
	at, ok := t.p.host.errno[key]
	if !ok {
		result, err := t.call(ctx, fn, executor.Integer, nil)
		if err != nil {
			return nil, err
		}
		at = executor.Addr(result)
		t.p.host.errno[key] = at
	}
	saved := make([]byte, 4)
	if err := t.p.readAt(at, saved); err != nil {
		return nil, err
	}
	return func() error {
		if t.gone {
			return nil
		}
		return t.p.writeAt(at, saved)
	}, nil
}
