package memmgr

import (
	"cmp"
	"slices"
	"unsafe"
)

// A workRange is working memory of a module's sections of one kind.
type workRange struct {
	start, end uintptr
	alloc      *remoteAlloc
	kind       Kind
}

// A workIndex finds working memory by its address: it has what lies in each piece of memory, wholly or in part, ascending. Pieces are so small that few modules are in one.
type workIndex map[uintptr][]workRange

// workPiece is the base-2 logarithm of the size of these pieces, in bytes.
const workPiece = 16

// ranges calls f for all of a module's working memory, with each piece of memory that has a part of it.
func (a *remoteAlloc) ranges(f func(piece uintptr, r workRange)) {
	for k, mem := range a.mem {
		if len(mem) == 0 {
			continue
		}
		start := uintptr(unsafe.Pointer(unsafe.SliceData(mem)))
		r := workRange{start, start + uintptr(len(mem)), a, Kind(k)}
		for piece := r.start >> workPiece; piece <= (r.end-1)>>workPiece; piece++ {
			f(piece, r)
		}
	}
}

// search returns the index of the first of ascending ranges that ends behind an address.
func search(list []workRange, at uintptr) int {
	i, _ := slices.BinarySearchFunc(list, at+1, func(r workRange, end uintptr) int { return cmp.Compare(r.end, end) })
	return i
}

func (x workIndex) add(a *remoteAlloc) {
	a.ranges(func(piece uintptr, r workRange) {
		x[piece] = slices.Insert(x[piece], search(x[piece], r.start), r)
	})
}

func (x workIndex) remove(a *remoteAlloc) {
	a.ranges(func(piece uintptr, r workRange) {
		i := search(x[piece], r.start)
		if x[piece] = slices.Delete(x[piece], i, i+1); len(x[piece]) == 0 {
			delete(x, piece)
		}
	})
}

// find returns the range in which bytes are.
func (x workIndex) find(b []byte) (r workRange, offset uint64, ok bool) {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	list := x[at>>workPiece]
	i := search(list, at)
	if i == len(list) || at < list[i].start || uintptr(len(b)) > list[i].end-at {
		return workRange{}, 0, false
	}
	return list[i], uint64(at - list[i].start), true
}
