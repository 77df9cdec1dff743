package memmgr

// Stats says what a SectionMemoryManager has handed out, at one moment.
type Stats struct {
	Allocations int                 // that are live
	Batches     int                 // that have live allocations and are not finalized
	Reserved    uint64              // bytes of address space
	Kinds       [NumKinds]KindStats // by permission
}

// KindStats is the part of Stats for sections of one kind, in bytes.
type KindStats struct {
	Live uint64 // of live allocations, with the padding between their sections
	Held uint64 // of pages on which live allocations are
}

// Live returns the bytes of live allocations of all kinds.
func (s Stats) Live() uint64 {
	return s.Kinds[Code].Live + s.Kinds[ROData].Live + s.Kinds[RWData].Live
}

// Held returns the bytes of pages of all kinds on which live allocations are.
func (s Stats) Held() uint64 {
	return s.Kinds[Code].Held + s.Kinds[ROData].Held + s.Kinds[RWData].Held
}

// Free returns the bytes of reserved address space in whose pages nothing is. Guards count as free.
func (s Stats) Free() uint64 { return s.Reserved - s.Held() }

// Stats returns what is allocated now. It is cheap: it takes time in proportion to the slabs, which are few.
func (m *SectionMemoryManager) Stats() Stats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats()
}

func (m *SectionMemoryManager) stats() Stats {
	st := Stats{Allocations: m.records.live, Batches: len(m.batches)}
	for _, a := range m.arenas {
		st.Reserved += uint64(len(a.whole))
	}
	for k := range st.Kinds {
		st.Kinds[k].Live = m.live[k]
		for _, s := range m.kinds[k] {
			st.Kinds[k].Held += uint64(s.held)
		}
	}
	return st
}

// ModuleBytes returns the bytes of a module's live allocations, by kind. It takes time in proportion to all live allocations.
func (m *SectionMemoryManager) ModuleBytes(id uint64) [NumKinds]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var n [NumKinds]uint64
	m.records.each(func(r *record) {
		if r.module == id {
			r.addTo(&n)
		}
	})
	return n
}

// Modules returns the bytes of live allocations of every module that has any, by kind.
func (m *SectionMemoryManager) Modules() map[uint64][NumKinds]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make(map[uint64][NumKinds]uint64)
	m.records.each(func(r *record) {
		n := all[r.module]
		r.addTo(&n)
		all[r.module] = n
	})
	return all
}

func (r *record) addTo(n *[NumKinds]uint64) {
	for k, e := range r.extents {
		n[k] += uint64(e.size) * cellSize
	}
}
