//go:build amd64 || arm64

package ptrace

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// exchange changes words that the process may be using: the kernel copies bytes between processes, and nobody says that it does so by words.
func (t *tracee) exchange(ctx context.Context, at executor.Addr, b []byte) error {
	for len(b) > 0 {
		lead := int(at & 7)
		n := min(8-lead, len(b))
		if err := t.exchangeWord(ctx, at-executor.Addr(lead), lead, b[:n]); err != nil {
			return err
		}
		at, b = at+executor.Addr(n), b[n:]
	}
	return nil
}

// exchangeWord changes the bytes of a word from lead on.
func (t *tracee) exchangeWord(ctx context.Context, at executor.Addr, lead int, b []byte) error {
	a := t.p.host.agent.Load()
	for ctx.Err() == nil {
		var word [8]byte
		if err := t.p.readAt(at, word[:]); err != nil {
			return err
		}
		was := binary.NativeEndian.Uint64(word[:])
		copy(word[lead:], b)
		args := []executor.Value{executor.PointerValue(at), {Bits: was}, {Bits: binary.NativeEndian.Uint64(word[:])}}
		if now, err := t.call(ctx, a.base+agentExchange, executor.Integer, args); err != nil || now == was {
			return err
		}
	}
	return context.Cause(ctx)
}

// replacedWhole is up to how many bytes of a reservation that are in one mapping are replaced together, so that it does not become several: a process may have some 65,000.
const replacedWhole = 64 << 10

// replaced is what is replaced of a mapping to change bytes of it: nothing but their pages, where others may write that are not ours, as a compiler in the process whose code the kernel has put into the same mapping.
func (p *Process) replaced(m *mapping, at executor.Addr, size uint64) addrRange {
	page := executor.Addr(p.PageSize())
	own := p.reservationOf(at)
	if whole := (addrRange{max(m.start, own.start), min(m.end, own.end)}); whole.holds(at) && whole.holds(at+executor.Addr(size)-1) && whole.end-whole.start <= replacedWhole {
		return whole
	}
	return addrRange{at &^ (page - 1), (at + executor.Addr(size) + page - 1) &^ (page - 1)}
}

// replace changes pages that the process cannot write.
func (t *tracee) replace(m *mapping, at executor.Addr, b []byte) error {
	r := t.p.replaced(m, at, uint64(len(b)))
	from, size := r.start, uint64(r.end-r.start)
	content := make([]byte, size)
	if err := t.p.readAt(from, content); err != nil {
		return err
	}
	copy(content[at-from:], b)
	fresh, err := t.mapMemory(0, size)
	if err != nil {
		return err
	}
	err = t.p.writeAt(fresh, content)
	if err == nil {
		err = t.protect(fresh, size, m.prot())
	}
	if err == nil {
		err = t.move(fresh, size, from)
	}
	if err != nil {
		return errors.Join(err, t.unmap(fresh, size))
	}
	return nil
}

// move puts pages in the place of others, at once. To the guardian it is unmap of what they were.
func (t *tracee) move(from executor.Addr, size uint64, to executor.Addr) error {
	_ = t.begins(unmapBegins, uint64(from), size) // without a guardian pages are moved all the same
	if _, err := t.systemCall(unix.SYS_MREMAP, uint64(from), size, size, unix.MREMAP_MAYMOVE|unix.MREMAP_FIXED, uint64(to)); err != nil {
		return fmt.Errorf("mremap: %w", errors.Join(err, t.failed(unmapEnds)))
	}
	_ = t.p.guardian.tell(unmapEnds, 0) // the same
	return nil
}
