package memmgr

import (
	"errors"
	"math"
	"math/bits"

	"github.com/gomcjit/gomcjit/executor"
)

const (
	// arenaSlots is the number of parts of an arena that slabs are made of.
	arenaSlots = 32
	// defaultReserve leaves what is in one arena in reach of 32-bit displacements, whatever is added to them: 62 MiB are left.
	defaultReserve = (arenaSlots-1)<<26 + blockSize
	// narrowReserve is the default where addresses have 32 bits.
	narrowReserve = 256 << 20
	// maxReserve is the most that is reserved at a time: the tables of a slab number its cells with 32 bits.
	maxReserve = min(64<<30, math.MaxInt/2)
	// minReserve is where making do with less than what was asked for ends.
	minReserve = 1 << 20
)

// An arena is one reservation of address space. Slabs are made of its slots; the kinds grow towards each other from its ends and never past each other: all code is at lower addresses than anything
// else, as an image wants it (Module.Image).
type arena struct {
	whole []byte // as reserved
	mem   []byte // the slots
	slot  int    // size of a slot
	uses  [arenaSlots]slotUse
	code  bool // it is memory for code (codeMapper)
	kept  bool // until the manager is closed
}

// A slotUse says what a slot is in use for.
type slotUse uint8

const (
	slotFree slotUse = iota
	slotCode
	slotData
)

func useOf(k Kind) slotUse {
	if k == Code {
		return slotCode
	}
	return slotData
}

// A reserver is Mapper.Reserve, or one of its kin.
type reserver func(size int, near executor.Addr) ([]byte, error)

// reserveArena reserves at most size bytes, or less where the system refuses that. limited is whether it did so, for another reason than that low addresses are in use.
func reserveArena(reserve reserver, size, page int, near executor.Addr) (a *arena, limited bool, err error) {
	size = min(max(size, 4*arenaSlots*page), maxReserve)
	for {
		a, err = tryArena(reserve, size, page, near)
		if err == nil || errors.Is(err, ErrUnsupportedHost) || size/2 < leastArena(page) {
			return a, limited, err
		}
		limited = limited || !errors.Is(err, ErrNoLowAddresses)
		size /= 2
	}
}

// leastArena is what is reserved at the least.
func leastArena(page int) int { return max(minReserve, 4*arenaSlots*page) }

func tryArena(reserve reserver, size, page int, near executor.Addr) (*arena, error) {
	size = size / page * page
	whole, err := reserve(size, near)
	if err != nil {
		return nil, err
	}
	a := &arena{whole: whole}
	a.slot = 1 << (bits.Len(uint(size/(arenaSlots-1))) - 1)
	// One page at the least lies in front of the slots, and nobody makes it accessible.
	align := uint64(min(a.slot, blockSize))
	base := uint64(addrOf(whole))
	skip := int((base+uint64(page)+align-1)&^(align-1) - base)
	a.mem = whole[skip : skip+min((size-skip)/a.slot, arenaSlots)*a.slot]
	return a, nil
}

// find returns the first of n slots that are free: the lowest for code, the highest for data. What is behind slots of the others is theirs.
func (a *arena) find(k Kind, n int) (int, bool) {
	last := len(a.mem)/a.slot - n
	for i := 0; i <= last; i++ {
		at := i
		if k != Code {
			at = last - i
		}
		free := true
		for _, u := range a.uses[at : at+n] {
			if u != slotFree && u != useOf(k) {
				return 0, false
			}
			free = free && u == slotFree
		}
		if free {
			return at, true
		}
	}
	return 0, false
}

// giveBack makes the slots of a slab free again, and says whether all are free now.
func (a *arena) giveBack(s *slab) bool {
	for i := range s.slots {
		a.uses[s.slot+i] = slotFree
	}
	return a.isFree()
}

func (a *arena) isFree() bool { return a.uses == [arenaSlots]slotUse{} }

// cut makes a slab that has room for size bytes at an alignment.
func (a *arena) cut(m *SectionMemoryManager, k Kind, size, align int) (*slab, error) {
	dual := m.dual && k != RWData
	unit := cellSize
	if !m.dual && k != RWData {
		unit = m.page
	}
	huge := m.huge && !dual && a.slot >= 4*blockSize

	need := size + m.page // the guard
	if align > min(a.slot, blockSize) {
		need += align
	}
	if huge && (size > smallArea || align > blockSize) {
		need += blockSize
	}
	if _, ok := nullLike(addrOf(a.mem), uint64(len(a.mem))); ok && k == Code {
		need += max(unit, align)
	}
	n := (need + a.slot - 1) / a.slot
	at, ok := a.find(k, n)
	if !ok {
		return nil, ErrExhausted
	}
	mem := a.mem[at*a.slot : (at+n)*a.slot-m.page]
	s := newSlab(k, mem, m.page, unit, huge)
	s.arena, s.slot, s.slots = a, at, n
	if k == Code {
		s.avoidNullLike(size + align)
	}
	if dual {
		work, err := m.mapper.MapDual(mem, vmaName(m.name, k))
		if err != nil {
			return nil, err
		}
		s.work, s.dual = work, true
	} else {
		m.mapper.Name(mem, vmaName(m.name, k))
	}
	for i := range n {
		a.uses[at+i] = useOf(k)
	}
	return s, nil
}

func vmaName(name string, k Kind) string { return name + ":" + k.String() }
