package memmgr

import "unsafe"

// Bytes returns the n bytes of working memory that begin at p: Section.Mem again, for whoever kept only its first byte. It is nil if p is nil.
func Bytes(p *byte, n uint64) []byte {
	if p == nil {
		return nil
	}
	return unsafe.Slice(p, n)
}
