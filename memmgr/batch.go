package memmgr

// A batch is a set of allocations that has not been finalized.
type batch struct {
	head int32           // first of its records, -1 if none
	runs [NumKinds][]run // pages it has taken from batched slabs
	size [NumKinds]int   // bytes of these
}

// A run is a range of pages that only one batch uses. It is filled from its start.
type run struct {
	slab     *slab
	from, to int // offsets of pages
	pos      int // offset of the first byte that is not used yet, a multiple of cellSize
}

const maxRunStep = 1 << 20

// placeInBatch finds room for size bytes in the runs of b; in a new one, or a longer one, if need be.
func (m *SectionMemoryManager) placeInBatch(b *batch, in *arena, k Kind, size, align int) (*slab, int, error) {
	runs := b.runs[k]
	if n := len(runs); n > 0 && runs[n-1].slab.isIn(in) {
		r := &runs[n-1]
		at := alignUp(r.pos, align, r.slab)
		if at+size > r.to && at-r.pos < m.page {
			if err := m.extend(b, k, r, at+size); err != nil {
				return nil, 0, err
			}
		}
		// Pages that alignment leaves empty are left to others.
		if at+size <= r.to && at-r.pos < m.page {
			if k == Code {
				fillTraps(r.slab.mem[r.pos:at], r.pos)
			}
			r.pos = at + size
			return r.slab, at, nil
		}
	}
	r, err := m.newRun(b, in, k, size, align)
	if err != nil {
		return nil, 0, err
	}
	at := alignUp(r.from, align, r.slab)
	r.pos = at + size
	b.runs[k] = append(b.runs[k], r)
	return r.slab, at, nil
}

// alignUp returns the lowest offset from at on that is at an aligned address.
func alignUp(at, align int, s *slab) int {
	base := uint64(addrOf(s.mem))
	return int((base+uint64(at)+uint64(align)-1)&^(uint64(align)-1) - base)
}

// step is the number of pages to take for at least size bytes: the more, the larger the batch has become, so that few calls are made.
func (m *SectionMemoryManager) step(b *batch, k Kind, size int) (need, want int) {
	need = (size + m.page - 1) / m.page
	return need, max(need, min(b.size[k], maxRunStep)/m.page)
}

// extend makes a run reach to an offset at least, if the pages there are free.
func (m *SectionMemoryManager) extend(b *batch, k Kind, r *run, to int) error {
	s, p := r.slab, r.to/m.page
	need, n := m.step(b, k, to-r.to)
	if !s.runs.takeAt(p, n) {
		if n = need; !s.runs.takeAt(p, n) {
			return nil
		}
	}
	if err := m.commit(s, p, p+n); err != nil {
		s.runs.free(p, n)
		return err
	}
	r.to += n * m.page
	b.size[k] += n * m.page
	return nil
}

func (m *SectionMemoryManager) newRun(b *batch, in *arena, k Kind, size, align int) (run, error) {
	need, want := m.step(b, k, size)
	s, p, n, err := m.takeRun(in, k, need, want, max(align/m.page, 1))
	if err != nil {
		return run{}, err
	}
	if err := m.commit(s, p, p+n); err != nil {
		s.runs.free(p, n)
		return run{}, err
	}
	b.size[k] += n * m.page
	return run{slab: s, from: p * m.page, to: (p + n) * m.page, pos: p * m.page}, nil
}

// takeRun takes the pages that are wanted, or those that are needed, of a slab, or of a new one.
func (m *SectionMemoryManager) takeRun(in *arena, k Kind, need, want, align int) (*slab, int, int, error) {
	for _, n := range [...]int{want, need} {
		for _, s := range m.kinds[k] {
			if !s.isIn(in) {
				continue
			}
			if p, ok := s.runs.take(n, align); ok {
				return s, p, n, nil
			}
		}
	}
	s, err := m.addSlab(in, k, need*m.page, align*m.page)
	if err != nil {
		return nil, 0, 0, err
	}
	p, ok := s.runs.take(need, align)
	if !ok {
		return nil, 0, 0, ErrExhausted
	}
	return s, p, need, nil
}

// closeRun ends the filling of a run. Pages that have never been used go back; the rest of the last page is filled.
func (m *SectionMemoryManager) closeRun(r *run) {
	s := r.slab
	used := (r.pos + m.page - 1) / m.page * m.page
	if s.kind == Code {
		fillTraps(s.mem[r.pos:used], r.pos)
	}
	if used < r.to {
		s.runs.free(used/m.page, (r.to-used)/m.page)
		r.to = used
	}
}

// retract makes the last memory that was placed in a run of b the next to be placed again.
func (b *batch) retract(s *slab, from, to int) {
	if runs := b.runs[s.kind]; len(runs) > 0 {
		if r := &runs[len(runs)-1]; r.slab == s && r.pos == to {
			r.pos = from
		}
	}
}
