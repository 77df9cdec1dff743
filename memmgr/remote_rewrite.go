package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
)

var _ Rewriter = (*RemoteMemoryManager)(nil)

// CanRewrite says whether Rewrite works: whether the process is an executor.Patcher that can patch.
func (m *RemoteMemoryManager) CanRewrite() bool { return m.patcher() != nil }

// patcher returns the process if it can patch, else nil.
func (m *RemoteMemoryManager) patcher() executor.Patcher {
	if p, ok := m.target.(executor.Patcher); ok && p.CanPatch() {
		return p
	}
	return nil
}

// A remotePatch is a patch in the other process.
type remotePatch struct {
	*Patch
	at   executor.Addr
	kind Kind
}

// Rewrite implements Rewriter for processes that are executor.Patchers and can patch; for others it is errors.ErrUnsupported. Written data is compared where it is: in the other process, which has written it.
func (m *RemoteMemoryManager) Rewrite(patches []Patch) error {
	target := m.patcher()
	if target == nil {
		return fmt.Errorf("%w: code in this process cannot be changed once it has been finalized", errors.ErrUnsupported)
	}
	list, err := m.findPatches(patches)
	if err != nil {
		return err
	}
	isData := func(p remotePatch) bool { return p.kind == RWData }
	data := slices.DeleteFunc(slices.Clone(list), func(p remotePatch) bool { return !isData(p) })
	list = append(slices.DeleteFunc(list, isData), data...)
	var undo []func() error
	var done []remotePatch
	for _, p := range list {
		was := p.At
		if p.kind == RWData {
			if was, err = target.ReadMemory(p.at, uint64(len(p.New))); err == nil && p.Old != nil && !bytes.Equal(was, p.Old) {
				continue
			}
		}
		if err == nil {
			undo = append(undo, func() error { return target.Patch(p.at, was, p.kind == Code) })
			err = target.Patch(p.at, p.New, p.kind == Code)
		}
		if err != nil {
			errs := []error{fmt.Errorf("rewriting %d bytes at %v: %w", len(p.New), p.at, err)}
			for _, back := range slices.Backward(undo) {
				errs = append(errs, back())
			}
			return errors.Join(errs...)
		}
		done = append(done, p)
	}
	for _, p := range done {
		copy(p.At, p.New)
	}
	return nil
}

// findPatches says where patches are in the other process.
func (m *RemoteMemoryManager) findPatches(patches []Patch) (list []remotePatch, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	for i := range patches {
		p := &patches[i]
		if len(p.At) == 0 {
			continue
		}
		at, kind, ok := m.placeOf(p.At)
		if !ok || len(p.New) != len(p.At) {
			return nil, fmt.Errorf("%w: %d bytes that are to change are in no section", ErrUnknownAlloc, len(p.At))
		}
		list = append(list, remotePatch{p, at, kind})
	}
	return list, nil
}

// placeOf returns the address of working memory, and what it is.
func (m *RemoteMemoryManager) placeOf(b []byte) (executor.Addr, Kind, bool) {
	r, offset, ok := m.work.find(b)
	if !ok {
		return 0, 0, false
	}
	return r.alloc.in.parts[r.kind].start + executor.Addr(r.alloc.at[r.kind]+offset), r.kind, true
}
