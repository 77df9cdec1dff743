package memmgr

import (
	"cmp"
	"errors"
	"slices"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// punch makes the memory of holes free: what held code is filled with traps, blocks that are empty go back to the system.
func (m *SectionMemoryManager) punch(holes []hole) error {
	slices.SortFunc(holes, func(a, b hole) int {
		return cmp.Or(cmp.Compare(a.slab.index, b.slab.index), cmp.Compare(a.from, b.from))
	})
	var errs []error
	for len(holes) > 0 {
		s, n := holes[0].slab, 1
		for n < len(holes) && holes[n].slab == s {
			n++
		}
		errs = append(errs, m.punchSlab(s, holes[:n]))
		holes = holes[n:]
	}
	return errors.Join(errs...)
}

func (m *SectionMemoryManager) punchSlab(s *slab, holes []hole) error {
	done := 0
	for _, h := range holes {
		if s.batched() && h.final {
			s.freeUnheld(max(h.from/m.page, done), (h.to+m.page-1)/m.page)
			done = (h.to + m.page - 1) / m.page
		} else if !s.batched() {
			s.runs.free(h.from/cellSize, (h.to-h.from)/cellSize)
		}
	}
	var errs []error
	for next, i := 0, 0; i < len(holes); i++ {
		first, end := max(next, holes[i].from/blockSize), (holes[i].to+blockSize-1)/blockSize
		for b := first; b < end; b++ {
			errs = append(errs, m.discardIfEmpty(s, b))
		}
		next = max(next, end)
	}
	if s.kind == Code {
		errs = append(errs, m.trap(s, holes))
	}
	errs = append(errs, m.dropIfIdle(s))
	return errors.Join(errs...)
}

// freeUnheld makes those of pages p to q of a batched slab free that no allocation has a part of. All are taken.
func (s *slab) freeUnheld(p, q int) {
	for p < q {
		n := 0
		for p+n < q && s.pages[p+n].holds == 0 {
			n++
		}
		if n > 0 {
			s.runs.free(p, n)
		}
		p += n + 1
	}
}

// discardIfEmpty gives an empty block back to the system. The first of a slab is kept: modules come and go there without system calls and page faults.
func (m *SectionMemoryManager) discardIfEmpty(s *slab, block int) error {
	from, to := block*blockSize, (block+1)*blockSize
	if block == 0 || to > len(s.mem) || s.blocks[block].held != 0 || !s.runs.isFree(from/s.unit, blockSize/s.unit) {
		return nil
	}
	if err := m.mapper.Discard(s.mem[from:to], s.work[from:to]); err != nil {
		return err
	}
	for i := range s.pages[from/m.page : min(to/m.page, len(s.pages))] {
		pg := &s.pages[from/m.page+i]
		pg.prot = ProtNone
		pg.dirty = pg.dirty && s.dual // emulators forget to forget what is in files
	}
	return nil
}

// trap fills holes of code, sorted by place, with trap instructions.
func (m *SectionMemoryManager) trap(s *slab, holes []hole) error {
	if s.dual {
		return m.trapDual(s, holes)
	}
	var errs []error
	for len(holes) > 0 {
		// Holes that share pages, or have neighbouring ones, are filled together.
		p, q, n := holes[0].from/m.page, 0, 0
		for n < len(holes) && (n == 0 || holes[n].from/m.page <= q) {
			q = max(q, (holes[n].to+m.page-1)/m.page)
			n++
		}
		errs = append(errs, m.trapPages(s, p, q, holes[:n]))
		holes = holes[n:]
	}
	return errors.Join(errs...)
}

func (m *SectionMemoryManager) trapDual(s *slab, holes []hole) error {
	var errs []error
	for _, h := range holes {
		for from := h.from; from < h.to; {
			p := from / m.page
			absent, q := s.pages[p].prot == ProtNone, p+1
			for q*m.page < h.to && (s.pages[q].prot == ProtNone) == absent {
				q++
			}
			to := min(q*m.page, h.to)
			if !absent { // it has not been discarded
				fillTraps(s.work[from:to], from)
				errs = append(errs, m.publish(s, from, to))
			}
			from = to
		}
	}
	return errors.Join(errs...)
}

// trapPages fills the holes in pages p to q.
func (m *SectionMemoryManager) trapPages(s *slab, p, q int, holes []hole) error {
	var errs []error
	for p < q {
		state, end := s.codeState(p), p+1
		for end < q && s.codeState(end) == state {
			end++
		}
		from, to := p*m.page, end*m.page
		for len(holes) > 0 && holes[0].to <= from {
			holes = holes[1:]
		}
		part := holes
		fill := func(pages []byte, base int) {
			for _, h := range part {
				lo, hi := max(h.from, base), min(h.to, base+len(pages))
				if h.from >= to {
					break
				}
				if lo < hi {
					fillTraps(pages[lo-base:hi-base], lo)
				}
			}
		}
		switch state {
		case codeWritable:
			fill(s.mem[from:to], from)
		case codeFree:
			errs = append(errs, m.refill(s, p, end, fill))
		case codeRunning:
			errs = append(errs, m.trapRunning(s, p, end, fill))
		}
		p = end
	}
	return errors.Join(errs...)
}

// A codeState says how a page of a batched slab of code can be written.
type codeState uint8

const (
	codeAbsent   codeState = iota // not at all, and it needs not
	codeWritable                  // plainly: it is a page of an open batch, or was one
	codeFree                      // after a change of its protection: nothing there runs
	codeRunning                   // by replacing it
)

func (s *slab) codeState(p int) codeState {
	switch {
	case s.pages[p].prot == ProtNone:
		return codeAbsent
	case s.pages[p].prot == ProtReadWrite:
		return codeWritable
	case s.pages[p].holds == 0:
		return codeFree
	}
	return codeRunning
}

// trapRunning fills holes beside running code. Where the system cannot replace pages, they keep what is in them until nothing runs there.
func (m *SectionMemoryManager) trapRunning(s *slab, p, q int, fill func(pages []byte, base int)) error {
	err := m.rewrite(s, p, q, fill)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	for i := range s.pages[p:q] {
		s.pages[p+i].stale = true
	}
	return nil
}

// refill fills pages p to q, in which nothing runs. They stay executable, so that they and their neighbours stay one mapping however many are freed.
func (m *SectionMemoryManager) refill(s *slab, p, q int, fill func(pages []byte, base int)) error {
	if err := s.setProt(m.mapper, p, q, ProtReadWrite); err != nil {
		return err
	}
	from, to := p*m.page, q*m.page
	fill(s.mem[from:to], from)
	for i := range s.pages[p:q] {
		if pg := &s.pages[p+i]; pg.stale {
			at := (p + i) * m.page
			fillTraps(s.mem[at:at+m.page], at)
			pg.stale = false
		}
	}
	icache.Sync(s.mem[from:to])
	return s.setProt(m.mapper, p, q, ProtReadExec)
}
