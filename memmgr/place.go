package memmgr

import (
	"errors"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
)

// A place is where the sections of a kind of an allocation are.
type place struct {
	slab *slab
	from int
	to   int
}

// placeAll finds room for an allocation. An image's is in one arena, where code is lowest.
func (m *SectionMemoryManager) placeAll(b Batch, mod *Module, want *demands) (at [NumKinds]place, err error) {
	if !mod.Image || !m.grows || m.code != nil {
		return m.placeIn(nil, b, want)
	}
	for _, a := range slices.Clone(m.arenas) { // what fails may give one back
		if at, err = m.placeIn(a, b, want); !errors.Is(err, ErrExhausted) {
			return at, err
		}
	}
	least := 0
	for _, d := range want {
		least += int(d.size+d.align) + arenaRoom
	}
	a, err := m.addArena(m.reserve, least)
	if err != nil {
		return at, err
	}
	if at, err = m.placeIn(a, b, want); err != nil && a.isFree() && slices.Contains(m.arenas, a) {
		err = errors.Join(err, m.dropArena(a))
	}
	return at, err
}

// placeIn finds room for an allocation in an arena, or, if that is nil, anywhere.
func (m *SectionMemoryManager) placeIn(in *arena, b Batch, want *demands) (at [NumKinds]place, err error) {
	bt := m.openBatch(b)
	for k := range NumKinds {
		if want[k].size == 0 {
			continue
		}
		if at[k], err = m.place(bt, in, k, &want[k]); err != nil {
			m.unplace(b, bt, at[:k])
			return at, err
		}
	}
	return at, nil
}

// place finds room in the slabs of a kind.
func (m *SectionMemoryManager) place(bt *batch, in *arena, k Kind, d *demand) (place, error) {
	size, align := int(d.size), int(d.align)
	if !m.dual && k != RWData {
		s, at, err := m.placeInBatch(bt, in, k, size, align)
		return place{s, at, at + size}, err
	}
	s, at, err := m.placeInCells(in, k, size, align)
	return place{s, at, at + size}, err
}

func (m *SectionMemoryManager) placeInCells(in *arena, k Kind, size, align int) (*slab, int, error) {
	s, c, err := m.takeCells(in, k, size, align)
	if err != nil {
		return nil, 0, err
	}
	at := c * cellSize
	if err := m.commit(s, at/m.page, (at+size+m.page-1)/m.page); err != nil {
		s.runs.free(c, size/cellSize)
		return nil, 0, err
	}
	return s, at, nil
}

func (m *SectionMemoryManager) takeCells(in *arena, k Kind, size, align int) (*slab, int, error) {
	for _, s := range m.kinds[k] {
		if !s.isIn(in) {
			continue
		}
		if c, ok := s.runs.take(size/cellSize, align/cellSize); ok {
			return s, c, nil
		}
	}
	s, err := m.addSlab(in, k, size, align)
	if err != nil {
		return nil, 0, err
	}
	c, ok := s.runs.take(size/cellSize, align/cellSize)
	if !ok {
		return nil, 0, ErrExhausted
	}
	return s, c, nil
}

// addSlab adds a slab of a kind that has room for size bytes at an alignment.
func (m *SectionMemoryManager) addSlab(in *arena, k Kind, size, align int) (*slab, error) {
	var s *slab
	err := error(ErrExhausted)
	code, reserve := m.ownArena(k)
	for _, a := range m.arenas {
		if a.code != code || in != nil && in != a {
			continue
		}
		if s, err = a.cut(m, k, size, align); !errors.Is(err, ErrExhausted) {
			break
		}
	}
	if errors.Is(err, ErrExhausted) && m.grows && in == nil {
		s, err = m.growFor(reserve, k, size, align)
	}
	if err != nil {
		return nil, err
	}
	n := slices.Index(m.slabs, nil)
	if n < 0 {
		n = len(m.slabs)
		m.slabs = append(m.slabs, nil)
	}
	s.index, m.slabs[n] = uint32(n), s
	m.kinds[k] = append(m.kinds[k], s)
	return s, nil
}

// growFor reserves another arena, and cuts a slab of it.
func (m *SectionMemoryManager) growFor(reserve reserver, k Kind, size, align int) (*slab, error) {
	a, err := m.addArena(reserve, size+align+arenaRoom)
	if err != nil {
		return nil, err
	}
	a.code, _ = m.ownArena(k)
	s, err := a.cut(m, k, size, align)
	if err != nil {
		return nil, errors.Join(err, m.dropArena(a))
	}
	return s, nil
}

// arenaRoom is what an arena has to have beyond the bytes and the alignment of what a slab is cut for.
const arenaRoom = 4 * blockSize

// addArena reserves another arena, near the one that was last.
func (m *SectionMemoryManager) addArena(reserve reserver, least int) (*arena, error) {
	near := addrOf(m.arenas[len(m.arenas)-1].whole)
	bytes := max(m.size, 2*least) // slots are a power of two: hardly more than half of the arena may be in them
	a, _, err := reserveArena(reserve, bytes, m.page, near-min(near, executor.Addr(bytes)))
	if err == nil {
		m.arenas = append(m.arenas, a)
	}
	return a, err
}

// dropArena gives an arena back of which nothing is in use.
func (m *SectionMemoryManager) dropArena(a *arena) error {
	m.arenas = slices.DeleteFunc(m.arenas, func(o *arena) bool { return o == a })
	return m.mapper.Release(a.whole)
}
