// Package prefetch tells the processor what is going to be read soon. The linker reads tables of many small files, each for the first time, and symbols that are
// anywhere in a large table: waiting for memory is much of its work, and most of that can be done at once. Where a processor has no such instruction, or this
// package does not know it, nothing happens.
package prefetch

import "unsafe"

// most is how many bytes of a table are asked for: caches are small, and behind these the processor has seen itself what is going on.
const most = 8 << 10

// Head asks for the first bytes of a table. It reads nothing, so that it never faults.
func Head(table []byte) {
	if len(table) > 0 {
		lines(unsafe.Pointer(unsafe.SliceData(table)), uintptr(min(len(table), most)))
	}
}

// Line asks for the cache line in which p's target begins.
func Line[T any](p *T) { line(unsafe.Pointer(p)) }
