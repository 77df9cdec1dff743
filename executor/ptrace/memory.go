package ptrace

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// PageSize implements executor.Memory. It is this process's, since both are on one machine.
func (p *Process) PageSize() uint64 { return uint64(os.Getpagesize()) }

// Reserve implements executor.Memory: by mmap in the process, readable and writable until it is installed. Small reservations are parts of larger mappings, and mostly take no system call.
func (p *Process) Reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	op := fmt.Sprintf("reserving %d bytes", size)
	if p.isClosed() {
		return 0, p.fail(op, ErrClosed)
	}
	if size == 0 || size%p.PageSize() != 0 {
		return 0, p.fail(op, fmt.Errorf("it is not a multiple of pages of %d", p.PageSize()))
	}
	if base, ok := p.carve(size, near); ok {
		if err := p.checkReplaced(); err != nil {
			return 0, p.fail(op, err)
		}
		return base, nil
	}
	slab := slabs.Carves(size)
	length := size
	if slab {
		length = slabs.Size
	}
	var base executor.Addr
	err := p.inject(op, func(t *tracee) (err error) {
		if base, err = t.mapMemory(near, length); err != nil && slab { // a process that may not have so much
			slab = false
			base, err = t.mapMemory(near, size)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if slab {
		p.slabs.Add(uint64(base))
		at, _ := p.slabs.TakeIn(uint64(base), size)
		base = executor.Addr(at)
	}
	p.reservations[base] = size
	return base, nil
}

// carve takes a part of a mapping that is there.
func (p *Process) carve(size uint64, near executor.Addr) (base executor.Addr, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slabs.Carves(size) {
		return 0, false
	}
	at, ok := p.slabs.Take(size, uint64(near))
	if ok {
		p.reservations[executor.Addr(at)] = size
	}
	return executor.Addr(at), ok
}

// Install implements executor.Memory. Contents are copied while the process runs; then it is stopped once, and the segments are protected.
func (p *Process) Install(base executor.Addr, segments []executor.Segment) error {
	op := fmt.Sprintf("installing the memory at %v", base)
	err := p.checkSegments(base, segments)
	if errors.Is(err, ErrUnknownReservation) {
		return p.fail(op, err)
	}
	if err == nil {
		err = p.checkReplaced()
	}
	for i := range segments {
		if err == nil {
			err = p.writeAt(segments[i].Addr, segments[i].Content)
		}
	}
	if err == nil {
		err = p.inject(op, func(t *tracee) error { return t.protectAll(segments) })
	}
	if err == nil {
		return nil
	}
	return errors.Join(p.fail(op, err), p.Release(base))
}

// protectAll gives segments their protection.
func (t *tracee) protectAll(segments []executor.Segment) error {
	for i := range segments {
		s := &segments[i]
		if s.Prot == executor.MemRead|executor.MemWrite || s.Size == 0 {
			continue
		}
		if err := t.protect(s.Addr, s.Size, s.Prot); err != nil {
			return fmt.Errorf("protecting %v for %v: %w", s.Addr, s.Prot, err)
		}
	}
	return nil
}

// checkSegments makes sure that segments lie in their reservation.
func (p *Process) checkSegments(base executor.Addr, segments []executor.Segment) error {
	p.mu.Lock()
	size, ok := p.reservations[base]
	p.mu.Unlock()
	if !ok {
		return fmt.Errorf("%w: %v", ErrUnknownReservation, base)
	}
	for i := range segments {
		s := &segments[i]
		switch offset := uint64(s.Addr - base); {
		case s.Addr < base || offset > size || s.Size > size-offset || uint64(len(s.Content)) > s.Size:
			return fmt.Errorf("the segment at %v, of %d bytes with %d of contents, is not in the %d bytes at %v", s.Addr, s.Size, len(s.Content), size, base)
		case offset%p.PageSize() != 0:
			return fmt.Errorf("the segment at %v does not begin with a page", s.Addr)
		case s.Prot&executor.MemWrite != 0 && s.Prot&executor.MemExec != 0:
			return fmt.Errorf("the segment at %v is to be writable and executable", s.Addr)
		}
	}
	return nil
}

// Release implements executor.Memory. What could not be given back, because the thread could not be stopped or the system refused it, is still there, and can be released again.
func (p *Process) Release(bases ...executor.Addr) error {
	if len(bases) == 0 {
		return nil
	}
	const op = "releasing memory"
	var errs []error
	var ranges []slabs.Range
	owners := map[slabs.Range]executor.Addr{}
	p.mu.Lock()
	for _, base := range bases {
		parts, ok := p.give(base)
		if !ok {
			errs = append(errs, p.fail(op, fmt.Errorf("%w: %v", ErrUnknownReservation, base)))
		}
		for _, part := range parts {
			owners[part] = base
		}
		ranges = append(ranges, parts...)
	}
	p.mu.Unlock()
	if len(ranges) == 0 {
		return errors.Join(errs...)
	}
	left := ranges
	err := p.inject(op, func(t *tracee) (err error) {
		left, err = t.unmapAll(ranges)
		return err
	})
	if errors.Is(err, ErrEnded) || errors.Is(err, ErrReplaced) {
		return errors.Join(errs...) // it has gone with the process
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range left {
		p.left[owners[r]] = append(p.left[owners[r]], r)
	}
	return errors.Join(append(errs, err)...)
}

// give takes a reservation out of the accounts, and returns what is to be unmapped. The caller holds p.mu.
func (p *Process) give(base executor.Addr) (parts []slabs.Range, ok bool) {
	size, ok := p.reservations[base]
	if !ok {
		parts, ok = p.left[base]
		delete(p.left, base)
		return parts, ok
	}
	delete(p.reservations, base)
	parts, carved := p.slabs.Give(uint64(base), size)
	if !carved {
		parts = []slabs.Range{{Base: uint64(base), Size: size}}
	}
	return parts, true
}

// reservationOf returns the reservation in which an address is; it is empty if there is none.
func (p *Process) reservationOf(at executor.Addr) addrRange {
	p.mu.Lock()
	defer p.mu.Unlock()
	for base, size := range p.reservations {
		if r := (addrRange{base, base + executor.Addr(size)}); r.holds(at) {
			return r
		}
	}
	return addrRange{}
}

// inject stops the thread and has it make system calls, which take no time.
func (p *Process) inject(op string, f func(t *tracee) error) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	if err := p.prepare(ctx); err != nil {
		return p.fail(op, err)
	}
	return p.stopped(ctx, op, func(t *tracee) error {
		if err := t.begin(); err != nil {
			return err
		}
		return f(t)
	})
}

// ReadMemory implements executor.MemoryAccess. The process goes on meanwhile.
func (p *Process) ReadMemory(at executor.Addr, n uint64) ([]byte, error) {
	op := fmt.Sprintf("reading %d bytes at %v", n, at)
	if n > maxRead {
		return nil, p.fail(op, fmt.Errorf("more than %d bytes at once", uint64(maxRead)))
	}
	b := make([]byte, n)
	if err := p.readAt(at, b); err != nil {
		return nil, p.fail(op, err)
	}
	return b, nil
}

// maxRead is how much is read at once, so that a wrong length is an error and does not take all memory.
const maxRead = 1 << 30

// WriteMemory implements executor.MemoryAccess. The process goes on meanwhile.
func (p *Process) WriteMemory(at executor.Addr, b []byte) error {
	return p.fail(fmt.Sprintf("writing %d bytes at %v", len(b), at), p.writeAt(at, b))
}
