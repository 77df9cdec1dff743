package rtdyld

import (
	"cmp"
	"slices"
)

// A space is the target's addresses, and which of them are taken. It deals them out as LLVM does, whatever they then are: what the target does not have is the linker's to say.
type space struct {
	start uint64 // the first address for sections that are not mapped, as long as none is mapped below it
	gap   uint64 // bytes between sections
	taken []span // by address, of which each is there once
}

// A span is a range of addresses.
type span struct{ from, size uint64 }

// add takes a range, whether it is free or not.
func (s *space) add(from, size uint64) {
	at, known := slices.BinarySearchFunc(s.taken, from, func(t span, from uint64) int { return cmp.Compare(t.from, from) })
	if !known {
		s.taken = slices.Insert(s.taken, at, span{from, 0})
	}
	s.taken[at].size = pages(size)
}

// take finds room for a section, and takes it. Sections have whole pages.
func (s *space) take(size uint64) uint64 {
	at := s.start
	for _, t := range s.taken {
		if at+pages(size)+s.gap <= t.from {
			break
		}
		at = t.from + t.size + s.gap
	}
	s.add(at, size)
	return at
}

// takeBehind finds room from an address on, where LLVM looks for none, and takes it.
func (s *space) takeBehind(at, size, align uint64) uint64 {
	for _, t := range s.taken {
		if at = alignUp(at, align); t.from < at+pages(size)+s.gap && at < t.from+t.size+s.gap {
			at = t.from + t.size + s.gap
		}
	}
	at = alignUp(at, align)
	s.add(at, size)
	return at
}
