package memmgr

import (
	"fmt"
	"math"

	"github.com/gomcjit/gomcjit/executor"
)

// A demand is what an allocation needs of a kind. If there are sections at all, even empty ones, it is not 0 bytes.
type demand struct {
	size  uint64 // rounded up to cells
	align uint64 // at least that of cells
}

type demands [NumKinds]demand

// largest is more than address spaces have room for, and small enough to be added to.
const largest = math.MaxInt / 4

// add lays sections out one behind the other.
func (d *demands) add(m *Module, secs []Section) error {
	for i := range secs {
		s := &secs[i]
		if s.Kind >= NumKinds || s.Align == 0 || s.Align&(s.Align-1) != 0 {
			return fmt.Errorf("%w: section %d %q has kind %d and alignment %d", ErrBadSection, s.Index, m.SectionName(s), s.Kind, s.Align)
		}
		k := &d[s.Kind]
		if s.Size > largest || s.Align > largest || k.size > largest {
			return fmt.Errorf("%w: section %d %q has %d bytes at alignment %d", ErrBadSection, s.Index, m.SectionName(s), s.Size, s.Align)
		}
		k.size = (k.size+s.Align-1)&^(s.Align-1) + s.Size
		k.align = max(k.align, s.Align)
	}
	for k := range d {
		if d[k].align != 0 {
			d[k].size = max((d[k].size+cellSize-1)&^(cellSize-1), cellSize)
			d[k].align = max(d[k].align, cellSize)
		}
	}
	if d.total() > largest {
		return fmt.Errorf("%w: %d bytes in all", ErrBadSection, d.total())
	}
	return nil
}

func (d *demands) total() uint64 { return d[Code].size + d[ROData].size + d[RWData].size }

// answer fills in where the sections are, makes zero what has to be, and fills the gaps of code.
func answer(secs []Section, at *[NumKinds]place) {
	var pos [NumKinds]int
	for k := range pos {
		pos[k] = at[k].from
	}
	for i := range secs {
		s := &secs[i]
		sl := at[s.Kind].slab
		gap := pos[s.Kind]
		from := alignUp(gap, int(s.Align), sl)
		to := from + int(s.Size)
		s.Mem = sl.work[from:to:to]
		s.Addr = addrOf(sl.mem) + executor.Addr(from)
		if s.ZeroFill {
			sl.clear(from, to)
		}
		if s.Kind == Code && gap < from {
			fillTraps(sl.work[gap:from], gap)
		}
		pos[s.Kind] = to
	}
	if c := &at[Code]; c.slab != nil {
		fillTraps(c.slab.work[pos[Code]:c.to], pos[Code])
	}
}
