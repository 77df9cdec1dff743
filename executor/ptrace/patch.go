package ptrace

import (
	"context"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// CanPatch implements executor.Patcher.
func (p *Process) CanPatch() bool { return true }

// Patch implements executor.Patcher. The other threads go on meanwhile. Pages that the process cannot write are replaced by others that have the new bytes (mremap), at once, so that none is ever writable and executable; of
// those that it can write its thread changes words, one by one (compare and exchange). Memory has to be private and of no file, as what is reserved is, else it is ErrUnknownReservation. On error
// a part may have been changed, if the bytes are in several mappings.
func (p *Process) Patch(at executor.Addr, b []byte, _ bool) error {
	op := fmt.Sprintf("patching %d bytes at %v", len(b), at)
	if p.isClosed() {
		return p.fail(op, ErrClosed)
	}
	for len(b) > 0 {
		n, err := p.patch(op, at, b)
		if err != nil {
			return err
		}
		at, b = at+executor.Addr(n), b[n:]
	}
	return nil
}

// patch changes what is in the first mapping, and returns how much that is.
func (p *Process) patch(op string, at executor.Addr, b []byte) (n int, err error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	if err := p.prepare(ctx); err != nil {
		return 0, p.fail(op, err)
	}
	err = p.stopped(ctx, op, func(t *tracee) error {
		if err := p.checkReplaced(); err != nil {
			return err
		}
		maps, err := p.maps()
		if err != nil {
			return err
		}
		m, ok := mappingOf(maps, at)
		if !ok || !m.isOwn() {
			return fmt.Errorf("%w: %v", ErrUnknownReservation, at)
		}
		n = int(min(uint64(len(b)), uint64(m.end-at)))
		if m.prot()&executor.MemWrite != 0 {
			return t.exchange(ctx, at, b[:n])
		}
		if err := t.begin(); err != nil {
			return err
		}
		return t.replace(&m, at, b[:n])
	})
	return n, err
}

// isOwn says whether memory may be what was reserved: readable, private, and of no file.
func (m *mapping) isOwn() bool {
	return m.perms[0] == 'r' && m.perms[len(m.perms)-1] == 'p' && m.file == "00:00 0" && m.path == ""
}

func (m *mapping) prot() (prot executor.MemProt) {
	for i, bit := range []executor.MemProt{executor.MemRead, executor.MemWrite, executor.MemExec} {
		if m.perms[i] != '-' {
			prot |= bit
		}
	}
	return prot
}
