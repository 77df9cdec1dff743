package memmgr

import (
	"errors"
	"fmt"
	"slices"
)

// A hole is a range that an allocation has left.
type hole struct {
	slab     *slab
	from, to int
	final    bool // the allocation was finalized
}

// Deallocate implements JITMemoryManager. What held code is filled with trap instructions, also between functions that go on running. Errors are
// ErrUnknownAlloc, or the system's when code could not be overwritten: all allocations are given back nevertheless.
func (m *SectionMemoryManager) Deallocate(ids ...AllocID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	var errs []error
	holes := m.holes[:0]
	for _, id := range ids {
		i, ok := m.records.find(id)
		if !ok {
			errs = append(errs, fmt.Errorf("%w %#x", ErrUnknownAlloc, uint64(id)))
			continue
		}
		holes = m.forget(i, holes)
	}
	errs = append(errs, m.punch(holes), m.dropEmptied())
	m.holes = holes[:0]
	if cap(holes) > 1<<12 {
		m.holes = nil
	}
	return errors.Join(errs...)
}

// forget removes a record, and adds what it leaves to holes.
func (m *SectionMemoryManager) forget(i int32, holes []hole) []hole {
	r := *m.records.at(i)
	for k, e := range r.extents {
		if e.size == 0 {
			continue
		}
		s := m.slabs[e.slab]
		from, to := e.bounds()
		s.unhold(from, to)
		m.live[k] -= uint64(to - from)
		holes = append(holes, hole{s, from, to, r.state == recordFinal})
		if r.state == recordOpen {
			m.batches[r.batch].retract(s, from, to)
		}
	}
	m.records.remove(i)
	if r.state == recordOpen {
		m.unlink(&r)
	}
	return holes
}

// unlink takes a record out of its batch.
func (m *SectionMemoryManager) unlink(r *record) {
	bt := m.batches[r.batch]
	if r.next >= 0 {
		m.records.at(r.next).prev = r.prev
	}
	if r.prev >= 0 {
		m.records.at(r.prev).next = r.next
	} else {
		bt.head = r.next
	}
	if bt.head < 0 {
		m.emptied = append(m.emptied, r.batch)
	}
}

// unplace gives back what an allocation that fails has been given so far.
func (m *SectionMemoryManager) unplace(b Batch, bt *batch, at []place) {
	for _, p := range at {
		switch {
		case p.slab == nil:
		case p.slab.batched():
			bt.retract(p.slab, p.from, p.to)
		default:
			p.slab.runs.free(p.from/cellSize, (p.to-p.from)/cellSize)
		}
	}
	if bt.head < 0 {
		m.giveBack(bt) // its error is that memory stays with the process until it is used again
		m.closeBatch(b, bt)
	}
	for _, s := range m.slabs {
		if s != nil {
			m.dropIfIdle(s) // likewise
		}
	}
}

// dropEmptied forgets the open batches that have lost their last allocation.
func (m *SectionMemoryManager) dropEmptied() error {
	var errs []error
	for _, b := range m.emptied {
		bt := m.batches[b]
		errs = append(errs, m.giveBack(bt))
		m.closeBatch(b, bt)
	}
	m.emptied = m.emptied[:0]
	return errors.Join(errs...)
}

// giveBack makes the pages of a batch free that has no allocations.
func (m *SectionMemoryManager) giveBack(bt *batch) error {
	var errs []error
	for k := range bt.runs {
		for _, r := range bt.runs[k] {
			if r.from == r.to {
				continue
			}
			r.slab.runs.free(r.from/m.page, (r.to-r.from)/m.page)
			for b := r.from / blockSize; b*blockSize < r.to; b++ {
				errs = append(errs, m.discardIfEmpty(r.slab, b))
			}
			errs = append(errs, m.dropIfIdle(r.slab))
		}
	}
	return errors.Join(errs...)
}

// dropIfIdle gives the address space of a slab back of which nothing is taken. The first of a kind is kept, if it is in an arena that is.
func (m *SectionMemoryManager) dropIfIdle(s *slab) error {
	first := s == m.kinds[s.kind][0] && s.arena.kept
	if s.runs.taken != s.unused || first {
		return nil
	}
	if err := m.mapper.Reset(s.mem); err != nil {
		return err
	}
	m.slabs[s.index] = nil
	m.kinds[s.kind] = slices.DeleteFunc(m.kinds[s.kind], func(o *slab) bool { return o == s })
	var err error
	if s.dual {
		err = m.mapper.UnmapDual(s.work)
	}
	if a := s.arena; a.giveBack(s) && !a.kept {
		err = errors.Join(err, m.dropArena(a))
	}
	return err
}
