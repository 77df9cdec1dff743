package memmgr

import "unsafe"

// Linkers keep of a section's working memory where it is and no more: a distance from a place that many sections have in common.

// Start returns the first byte of a section's working memory, nil if it has none.
func (s *Section) Start() *byte {
	if len(s.Mem) == 0 {
		return nil
	}
	return unsafe.SliceData(s.Mem)
}

// Distance returns how many bytes p is behind base, modulo 2^64.
func Distance(p, base *byte) uint64 {
	return uint64(uintptr(unsafe.Pointer(p)) - uintptr(unsafe.Pointer(base)))
}

// At returns the n bytes of working memory that are a distance behind base: Section.Mem again. The two may be of different allocations of
// the memory manager, which holds on to both. It is nil if n is 0.
//
//go:nocheckptr
func At(base *byte, distance, n uint64) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(unsafe.Pointer(base))+uintptr(distance))), n)
}
