//go:build unix

package gdbjit

import (
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	// chunkSize is how much address space is mapped at a time. Pages that are not touched cost nothing.
	chunkSize = 4 << 20
	// granule is what sizes of blocks are rounded to, and their alignment.
	granule = 16
	// releaseSize is from which size on the pages of a freed block go back to the system at once, not only with their chunk.
	releaseSize = 64 << 10
)

// blocks is where links and objects live. Its methods need lock.
var blocks allocator

// An allocator hands out blocks of memory outside the Go heap. Many blocks share a mapping, as a process may have some 65,000 of those only.
type allocator struct {
	chunks []*chunk
}

// A chunk is one mapping, with the runs that are free, in order and never adjacent.
type chunk struct {
	mem   []byte
	runs  []run
	bound int // no run is longer
}

type run struct{ from, to int }

// allocate returns a block of n bytes, at a multiple of 16. Its content does not matter.
func (a *allocator) allocate(n int) ([]byte, error) {
	for _, c := range a.chunks {
		if block := c.allocate(n); block != nil {
			return block, nil
		}
	}
	size := chunkSize
	if rounded := roundUp(n, granule); rounded > size {
		size = roundUp(rounded, unix.Getpagesize())
	}
	mem, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	c := &chunk{mem: mem, runs: []run{{0, size}}, bound: size}
	a.chunks = append(a.chunks, c)
	return c.allocate(n), nil
}

// free gives a block back, of the size that was asked for.
func (a *allocator) free(block []byte) error {
	i := slices.IndexFunc(a.chunks, func(c *chunk) bool { return c.offset(block) >= 0 })
	if i < 0 {
		panic("BUG: gdbjit: freed a block that was not allocated")
	}
	c := a.chunks[i]
	empty := c.free(block)
	// One empty chunk stays, so that registering and unregistering in turns does not map and unmap each time.
	if empty && (len(a.chunks) > 1 || len(c.mem) > chunkSize) {
		a.chunks = slices.Delete(a.chunks, i, i+1)
		return unix.Munmap(c.mem)
	}
	if len(block) >= releaseSize {
		c.release(block)
	}
	return nil
}

// allocate returns the first run of n bytes, or nil when there is none.
func (c *chunk) allocate(n int) []byte {
	size := roundUp(n, granule)
	if size > c.bound {
		return nil
	}
	longest := 0
	for i := range c.runs {
		r := &c.runs[i]
		if length := r.to - r.from; length < size {
			longest = max(longest, length)
			continue
		}
		from := r.from
		if r.from += size; r.from == r.to {
			c.runs = slices.Delete(c.runs, i, i+1)
		}
		return c.mem[from : from+n : from+n]
	}
	c.bound = longest
	return nil
}

// free puts a block among the runs and tells whether nothing of the chunk is in use any more.
func (c *chunk) free(block []byte) (empty bool) {
	from := c.offset(block)
	r := run{from, from + roundUp(len(block), granule)}
	i, _ := slices.BinarySearchFunc(c.runs, r, func(x, y run) int { return x.from - y.from })
	before, after := i, i
	if i > 0 && c.runs[i-1].to == r.from {
		r.from, before = c.runs[i-1].from, i-1
	}
	if i < len(c.runs) && c.runs[i].from == r.to {
		r.to, after = c.runs[i].to, i+1
	}
	c.runs = slices.Replace(c.runs, before, after, r)
	c.bound = max(c.bound, r.to-r.from)
	return r == run{0, len(c.mem)}
}

// release lets the system have the pages that lie in block, whose content does not matter any more. It refuses them in a process whose memory is
// locked (mlockall); they are used again then.
func (c *chunk) release(block []byte) {
	page := unix.Getpagesize()
	from := c.offset(block)
	first, last := roundUp(from, page), (from+len(block))/page*page
	_ = unix.Madvise(c.mem[first:last], unix.MADV_DONTNEED)
}

// offset returns where block is in the chunk, or -1 when it is not.
func (c *chunk) offset(block []byte) int {
	base, at := uintptr(unsafe.Pointer(&c.mem[0])), uintptr(unsafe.Pointer(&block[0]))
	if at < base || at >= base+uintptr(len(c.mem)) {
		return -1
	}
	return int(at - base)
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }
