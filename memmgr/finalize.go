package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// Finalize implements JITMemoryManager. By the batch, each contiguous range of pages is protected by one call; with a dual mapping the memory is in its
// final state already, and only pages of which a debugger has made copies are seen to. Errors are ErrForbidden, ErrClosed, and the system's.
func (m *SectionMemoryManager) Finalize(b Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	bt := m.batches[b]
	if bt == nil {
		return nil
	}
	seal := m.protectBatch
	if m.dual {
		seal = m.publishBatch
	}
	if err := seal(bt); err != nil {
		return fmt.Errorf("finalizing batch %d: %w", b, err)
	}
	for i := bt.head; i >= 0; {
		r := m.records.at(i)
		i = r.next
		r.state = recordFinal
	}
	m.closeBatch(b, bt)
	return nil
}

// protectBatch protects all runs of a batch, or none.
func (m *SectionMemoryManager) protectBatch(bt *batch) error {
	for k := range bt.runs {
		for i := range bt.runs[k] {
			m.closeRun(&bt.runs[k][i])
		}
	}
	for k := range bt.runs {
		for i := range bt.runs[k] {
			if err := m.protectRun(&bt.runs[k][i], finalProt(Kind(k))); err != nil {
				if Kind(k) == Code && errors.Is(err, fs.ErrPermission) {
					err = fmt.Errorf("%w: %w", ErrForbidden, err)
				}
				return errors.Join(err, m.unprotect(bt, Kind(k), i))
			}
		}
	}
	for _, r := range bt.runs[Code] {
		icache.Sync(r.slab.mem[r.from:r.to])
	}
	for k := range bt.runs {
		for _, r := range bt.runs[k] {
			r.slab.freeUnheld(r.from/m.page, r.to/m.page)
		}
	}
	return nil
}

func (m *SectionMemoryManager) protectRun(r *run, prot Prot) error {
	if r.from == r.to {
		return nil
	}
	return r.slab.setProt(m.mapper, r.from/m.page, r.to/m.page, prot)
}

// unprotect makes writable again all up to the n-th run of a kind, whose protection has failed and may have changed in part.
func (m *SectionMemoryManager) unprotect(bt *batch, last Kind, n int) error {
	var errs []error
	for k := range last + 1 {
		for i := range bt.runs[k] {
			if k < last || i <= n {
				errs = append(errs, m.protectRun(&bt.runs[k][i], ProtReadWrite))
			}
		}
	}
	return errors.Join(errs...)
}

// publishBatch makes sure that what was written is seen in the view that runs.
func (m *SectionMemoryManager) publishBatch(bt *batch) error {
	for i := bt.head; i >= 0; i = m.records.at(i).next {
		for k, e := range m.records.at(i).extents[:RWData] {
			if e.size == 0 {
				continue
			}
			s := m.slabs[e.slab]
			from, to := e.bounds()
			if err := m.publish(s, from, to); err != nil {
				return err
			}
			if Kind(k) == Code {
				icache.Sync(s.mem[from:to])
			}
		}
	}
	return nil
}

// publish brings a range of the written view to pages of the other that do not follow it: memory for code, and pages into which a debugger wrote, whose
// breakpoints stay. The latter fails where the system cannot replace pages.
func (m *SectionMemoryManager) publish(s *slab, from, to int) error {
	if bytes.Equal(s.mem[from:to], s.work[from:to]) {
		return nil
	}
	if m.code != nil && s.kind == Code {
		m.code.WriteCode(s.mem[from:to], s.work[from:to])
		return nil
	}
	return m.rewrite(s, from/m.page, (to+m.page-1)/m.page, func(pages []byte, base int) {
		lo, hi := max(from, base), min(to, base+len(pages))
		copy(pages[lo-base:], s.work[lo:hi])
	})
}

// rewrite changes the content of finalized pages p to q, while code in them runs: copies are edited, and take their place. base is the
// offset of the pages given to edit. What else lies there is copied as it is now: with the breakpoints that a debugger has set.
func (m *SectionMemoryManager) rewrite(s *slab, p, q int, edit func(pages []byte, base int)) error {
	for p < q {
		block := p * m.page / blockSize
		end := min(q, (block+1)*blockSize/m.page)
		from, to := p, end
		if s.setApart(p, end); !s.dual && int(s.blocks[block].apart) > m.maxParts() {
			// The block is made one mapping again. Dual mappings, whose pages only a debugger makes replace, keep following what is written.
			from, to = s.protRun(p, block)
			s.setTogether(from, to)
		}
		if err := m.replace(s, from, to, edit); err != nil {
			return err
		}
		p = end
	}
	return nil
}

// maxParts is the number of mappings of their own that pages of a block may be. What all blocks have together stays far below the
// system's limit (vm.max_map_count, 65,530), and few removals pay for copying a block.
func (m *SectionMemoryManager) maxParts() int {
	blocks := 0
	for _, k := range [...]Kind{Code, ROData} { // what is rewritten
		for _, s := range m.kinds[k] {
			blocks += len(s.blocks)
		}
	}
	return max(1024/blocks, 4)
}

// setApart marks pages p to q, of one block, as a mapping of their own.
func (s *slab) setApart(p, q int) {
	for ; p < q; p++ {
		if !s.pages[p].apart {
			s.pages[p].apart = true
			s.blocks[p*s.page/blockSize].apart++
		}
	}
}

// setTogether is the inverse of setApart.
func (s *slab) setTogether(p, q int) {
	for ; p < q; p++ {
		if s.pages[p].apart {
			s.pages[p].apart = false
			s.blocks[p*s.page/blockSize].apart--
		}
	}
}

// protRun returns the pages around p in its block that are protected alike.
func (s *slab) protRun(p, block int) (from, to int) {
	first, last := block*blockSize/s.page, min((block+1)*blockSize/s.page, len(s.pages))
	for from = p; from > first && s.pages[from-1].prot == s.pages[p].prot; from-- {
	}
	for to = p; to < last && s.pages[to].prot == s.pages[p].prot; to++ {
	}
	return from, to
}

func (m *SectionMemoryManager) replace(s *slab, p, q int, edit func(pages []byte, base int)) error {
	live := s.mem[p*m.page : q*m.page]
	pages, err := m.mapper.Reserve(len(live), 0)
	if err != nil {
		return err
	}
	m.mapper.Name(pages, vmaName(m.name, s.kind))
	if err = m.mapper.Protect(pages, ProtReadWrite); err == nil {
		copy(pages, live)
		edit(pages, p*m.page)
		icache.Sync(pages)
		if err = m.mapper.Protect(pages, finalProt(s.kind)); err == nil {
			err = m.mapper.Replace(live, pages)
		}
	}
	if err != nil {
		return errors.Join(err, m.mapper.Release(pages))
	}
	return nil
}
