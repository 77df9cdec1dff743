package inprocess

import (
	"fmt"
	"reflect"
)

// This file lays the arguments and the result of a function out in one piece of memory, which package reflect fills and reads: the way of those
// functions whose arguments are not taken out of Go's registers.

// A piece is a part of a value and where Go has it: a scalar in a register, or what is in one piece in memory.
type piece struct {
	at    uintptr // offset in the value as C lays it out
	size  uintptr
	place place
	ptr   bool // a Go pointer in a register
}

// sameLayout says that Go lays all structs out as C does. On 32-bit processors it does not: in Go, 8-byte numbers are at multiples of 4, in C mostly of 8, and an
// executor.Addr has 8 bytes.
const sameLayout = wordSize == 8

// inFrame notes for each parameter and the result of f, whose type is rt, where it is in a frame, and returns the frame's type: a struct with a field for
// each.
func (f *goFunc) inFrame(rt reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for i := range rt.NumIn() {
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("Arg%d", i+1), Type: rt.In(i)})
	}
	if rt.NumOut() != 0 {
		fields = append(fields, reflect.StructField{Name: "Result", Type: rt.Out(0)})
	}
	frame := reflect.StructOf(fields)
	for i := range fields {
		p := &f.result
		if i < len(f.params) {
			p = &f.params[i]
		}
		p.pieces = goPieces(nil, fields[i].Type, p.typ, frame.Field(i).Offset, 0)
	}
	return frame
}

// goPieces appends the pieces of a value that is at off in Go's memory and at an offset in the C value.
func goPieces(pieces []piece, rt reflect.Type, t *Type, off, at uintptr) []piece {
	switch {
	case t.size == 0:
		return pieces
	case sameLayout || t.isScalar():
		if bigEndian {
			off += rt.Size() - t.size // of an executor.Addr; the rest is zero
		}
		return append(pieces, piece{at: at, size: t.size, place: place{goStack, uint32(off)}})
	case rt.Kind() == reflect.Array:
		for i := range uintptr(t.count) {
			pieces = goPieces(pieces, rt.Elem(), t.elem, off+i*rt.Elem().Size(), at+i*t.elem.size)
		}
		return pieces
	}
	for i, field := range t.fields {
		pieces = goPieces(pieces, rt.Field(i).Type, field, off+rt.Field(i).Offset, at+t.offsets[i])
	}
	return pieces
}
