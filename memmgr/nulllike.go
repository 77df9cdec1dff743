package memmgr

import "github.com/gomcjit/gomcjit/executor"

// Unwinders take a function for one that was removed, whose address is null, if as much of its address is 0 as a table of 4-byte addresses tells (libgcc, unwind-dw2-fde.c: "Assume 0 in the
// representable bits is NULL"). Exceptions do not pass through a function at a multiple of 4 GiB; so there is none.

const nullLikeStep = 1 << 32

// nullLike returns where in size bytes of memory the multiple of 4 GiB is, if there is one.
func nullLike(at executor.Addr, size uint64) (offset uint64, ok bool) {
	ahead := -uint64(at) % nullLikeStep
	return ahead, ahead < size
}

// avoidNullLike takes the unit at a multiple of 4 GiB, unless that leaves less than the room for which the slab is made.
func (s *slab) avoidNullLike(room int) {
	ahead, ok := nullLike(addrOf(s.mem), uint64(len(s.mem)))
	if !ok {
		return
	}
	offset := int(ahead)
	before, behind := offset, offset+s.unit
	if s.huge && offset >= blockSize { // what is between small pages and huge ones is not used
		before -= blockSize
	} else if s.huge {
		behind = max(behind, blockSize)
	}
	if max(before, len(s.mem)-behind) < room {
		return
	}
	if at := offset / s.unit; s.runs.isFree(at, 1) {
		s.runs.mark(at, 1)
		s.unused++
	}
}
