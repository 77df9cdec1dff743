package runtimedyld

import (
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
)

// Objects are many, and what each of them keeps is small. Slices of a kind are cut from common pieces, which costs the collector and the heap a
// fraction of what as many allocations would. A piece is garbage when the last object that has a part of it is.

const (
	numbersPiece  = 1024 // 4 KiB
	sectionsPiece = 512  // 6 KiB
	basesPiece    = 256  // 4 KiB
	layoutPiece   = 1024
	layoutsPiece  = 128
)

// carve appends s to a piece, or to a new one if there is no room, and returns the copy. Its capacity is its length.
func carve[T any](piece *[]T, size int, s []T) []T {
	if len(s) == 0 {
		return nil
	}
	if cap(*piece)-len(*piece) < len(s) {
		if len(s) > size/4 {
			return append(make([]T, 0, len(s)), s...)
		}
		*piece = make([]T, 0, size)
	}
	n := len(*piece)
	*piece = append(*piece, s...)
	return (*piece)[n:len(*piece):len(*piece)]
}

// A layout is what applying relocations has to know of the file, so that the section headers are not read again. It is dropped when the object is
// Finalized.
type layout struct {
	extents []extent              // of the loaded sections of the file
	tables  []objimage.RelocTable // of the loaded sections; Target is an index into Object.sections
}

// An extent is where a section's bytes are in the file.
type extent struct {
	offset uint64 // noContents for a zero-fill section
	size   uint64
}

const noContents = ^uint64(0)

// noLayout is that of objects that have none any more.
var noLayout layout

// layouts is where the layouts of objects are that are not Finalized. Its pieces go from engine to engine: they are needed for as long as a link takes.
type layouts struct {
	pieces []*layoutPieces
}

type layoutPieces struct {
	layouts []layout
	extents []extent
	tables  []objimage.RelocTable
}

var freeLayouts = sync.Pool{New: func() any {
	return &layoutPieces{
		layouts: make([]layout, 0, layoutsPiece), extents: make([]extent, 0, layoutPiece), tables: make([]objimage.RelocTable, 0, layoutPiece),
	}
}}

// copy returns a layout with copies of these.
func (l *layouts) copy(extents []extent, tables []objimage.RelocTable) *layout {
	n := len(l.pieces)
	if len(extents) > layoutPiece || len(tables) > layoutPiece {
		return &layout{extents: append([]extent(nil), extents...), tables: append([]objimage.RelocTable(nil), tables...)}
	}
	if n == 0 || !l.pieces[n-1].hasRoom(len(extents), len(tables)) {
		l.pieces = append(l.pieces, freeLayouts.Get().(*layoutPieces))
		n++
	}
	piece := l.pieces[n-1]
	piece.layouts = append(piece.layouts, layout{extents: carve(&piece.extents, 0, extents), tables: carve(&piece.tables, 0, tables)})
	return &piece.layouts[len(piece.layouts)-1]
}

func (p *layoutPieces) hasRoom(extents, tables int) bool {
	return len(p.layouts) < cap(p.layouts) && cap(p.extents)-len(p.extents) >= extents && cap(p.tables)-len(p.tables) >= tables
}

// drop gives the pieces back. No object has a layout any more.
func (l *layouts) drop() {
	for _, p := range l.pieces {
		p.layouts, p.extents, p.tables = p.layouts[:0], p.extents[:0], p.tables[:0]
		freeLayouts.Put(p)
	}
	clear(l.pieces)
	l.pieces = l.pieces[:0]
}
