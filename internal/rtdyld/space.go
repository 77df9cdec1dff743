package rtdyld

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
)

// A space is the target's addresses, and which of them are taken.
type space struct {
	start, end uint64 // the first and the last address for sections that are not mapped
	gap        uint64 // bytes between sections
	taken      []span // by address
}

type span struct{ from, size uint64 }

// add takes a range, whether it is free or not.
func (s *space) add(from, size uint64) {
	at, _ := slices.BinarySearchFunc(s.taken, from, func(t span, from uint64) int { return cmp.Compare(t.from, from) })
	s.taken = slices.Insert(s.taken, at, span{from, size})
}

// A SpaceError says that a section does not fit between -target-addr-start and -target-addr-end.
type SpaceError struct {
	Section string
	Size    uint64
	End     uint64
}

// Error names the section and the limit.
func (e *SpaceError) Error() string {
	return fmt.Sprintf("no room for section %s (%d bytes) up to -target-addr-end, which is %#x", e.Section, e.Size, e.End)
}

// take finds the first room for a section, and takes it. Sections have whole pages, as LLVM's have, so that they are aligned where the space is.
func (s *space) take(name string, section *memmgr.Section) (uint64, error) {
	return s.takeNear(name, section, nil)
}

// reach is how far addresses that are relative to a place reach, more or less, on all processors.
const reach = 1 << 31

// takeNear is take for a section that code at a place goes with, unless that is nil: the room is behind that if the first one is out of reach, or if the section's
// kind is code. LLVM has stubs behind the code that uses them, and else cuts off what does not fit.
func (s *space) takeNear(name string, section *memmgr.Section, code *span) (uint64, error) {
	at, ok := s.find(s.start, section)
	if code != nil && (!ok || section.Index < 0 && section.Kind == memmgr.Code || max(at, code.from)-min(at, code.from) >= reach) {
		if near, found := s.find(plus(code.from, code.size), section); found {
			at, ok = near, true
		}
	}
	if !ok {
		return 0, &SpaceError{name, section.Size, s.end}
	}
	s.add(at, pages(section.Size))
	return at, nil
}

// find returns the first room for a section from an address on; false if there is none.
func (s *space) find(from uint64, section *memmgr.Section) (uint64, bool) {
	size, align := pages(section.Size), section.Align
	next := alignUp(from, align)
	if next < from {
		return 0, false
	}
	for _, t := range s.taken {
		after := plus(t.from, plus(t.size, s.gap))
		if after <= next {
			continue
		}
		if plus(next, plus(size, s.gap)) <= t.from {
			break
		}
		if next = alignUp(after, align); next < after {
			next = math.MaxUint64
		}
	}
	return next, next != math.MaxUint64 && plus(next, max(section.Size, 1)-1) <= s.end
}

// plus adds, up to the largest number.
func plus(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}
