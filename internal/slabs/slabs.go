// Package slabs says where small reservations of another process's memory are in larger ones, of which each costs a system call there. It keeps accounts, and touches no memory.
package slabs

import "slices"

// Size is how large a slab should be, in bytes.
const Size = 2 << 20

// largest is the largest reservation that is carved from a slab.
const largest = Size / 8

// far is how far from a hint a slab may be, in bytes: as far as every processor's code can refer to, with room.
const far = 64 << 20

// A Range is memory.
type Range struct {
	Base uint64
	Size uint64
}

// Slabs are the slabs of a process. The zero value has none. It is not safe for concurrent use.
type Slabs struct {
	list []slab
}

// A slab is memory of which the beginning has been handed out.
type slab struct {
	Range
	next uint64 // where the rest begins
	live int    // what was taken and not given back
}

// Carves says whether a reservation is one that is carved from slabs.
func Carves(size uint64) bool { return size <= largest }

// Take takes memory, near an address if that is not 0; ok is false if another slab is needed.
func (s *Slabs) Take(size uint64, near uint64) (base uint64, ok bool) {
	for i := range s.list {
		l := &s.list[i]
		if l.room() < size || near != 0 && l.distance(near) > far {
			continue
		}
		return l.take(size), true
	}
	return 0, false
}

// TakeIn takes memory of the slab that begins at an address; ok is false if it has no room, or is none.
func (s *Slabs) TakeIn(slab uint64, size uint64) (base uint64, ok bool) {
	for i := range s.list {
		if l := &s.list[i]; l.Base == slab && l.room() >= size {
			return l.take(size), true
		}
	}
	return 0, false
}

func (l *slab) take(size uint64) (base uint64) {
	base = l.next
	l.next += size
	l.live++
	return base
}

func (l *slab) end() uint64 { return l.Base + l.Size }

func (l *slab) room() uint64 { return l.end() - l.next }

func (l *slab) distance(at uint64) uint64 {
	return max(l.next, at) - min(l.next, at)
}

// Add adds a slab of Size bytes.
func (s *Slabs) Add(base uint64) {
	s.list = append(s.list, slab{Range: Range{base, Size}, next: base})
}

// Give gives memory back that was taken, and returns what has to be unmapped: that, and the rest of a slab of which nothing is used any more. ok is false for memory that is of no slab.
func (s *Slabs) Give(base uint64, size uint64) (free []Range, ok bool) {
	i := slices.IndexFunc(s.list, func(l slab) bool { return l.Base <= base && base < l.end() })
	if i < 0 {
		return nil, false
	}
	l := &s.list[i]
	free = []Range{{base, size}}
	if l.live--; l.live > 0 {
		return free, true
	}
	if rest := l.room(); rest > 0 && l.next == base+size {
		free[0].Size += rest
	} else if rest > 0 {
		free = append(free, Range{l.next, rest})
	}
	s.list = slices.Delete(s.list, i, i+1)
	return free, true
}

// Rest returns the memory of slabs that nobody has taken, and forgets it: nothing can be taken any more.
func (s *Slabs) Rest() (free []Range) {
	for i := range s.list {
		if l := &s.list[i]; l.room() > 0 {
			free = append(free, Range{l.next, l.room()})
			l.Size -= l.room()
		}
	}
	return free
}
