package rtdyld

import (
	"maps"
	"slices"
)

// A space is the target's addresses, and which of them are taken. It deals them out as LLVM does, whatever they then are: what the target does not have is the linker's to say.
type space struct {
	start uint64            // the first address for sections that are not mapped, as long as none is mapped below it
	gap   uint64            // bytes between sections
	taken map[uint64]uint64 // bytes by address
}

// add takes a range, whether it is free or not.
func (s *space) add(from, size uint64) { s.taken[from] = pages(size) }

// take finds room for a section, and takes it. Sections have whole pages.
func (s *space) take(size uint64) uint64 {
	at := s.start
	for _, from := range slices.Sorted(maps.Keys(s.taken)) {
		if at+pages(size)+s.gap <= from {
			break
		}
		at = from + s.taken[from] + s.gap
	}
	s.add(at, size)
	return at
}

// takeBehind finds room from an address on, where LLVM looks for none, and takes it.
func (s *space) takeBehind(at, size, align uint64) uint64 {
	for _, from := range slices.Sorted(maps.Keys(s.taken)) {
		if at = alignUp(at, align); from < at+pages(size)+s.gap && at < from+s.taken[from]+s.gap {
			at = from + s.taken[from] + s.gap
		}
	}
	at = alignUp(at, align)
	s.add(at, size)
	return at
}
