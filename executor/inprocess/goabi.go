//go:build ((linux || darwin || windows) && (amd64 || arm64)) || (freebsd && amd64)

package inprocess

import (
	"fmt"
	"reflect"
)

// This file is Go's calling convention (cmd/compile/abi-internal.md, "Function call argument and result passing"): where Go code
// has the arguments and results of a function type.

// A goLayout is where Go passes what a function takes and returns.
type goLayout struct {
	pointers [goIntRegs]uint64 // all ones for the registers that pass Go pointers
	stack    []uintptr         // offsets of the Go pointers among the stack arguments
	floats   bool              // some argument is in a vector register
	onStack  bool              // some argument or result is on Go's stack
}

// asPassed notes for each parameter and the result of f, whose type is rt, where Go has it when the function is called.
func (f *goFunc) asPassed(rt reflect.Type) (*goLayout, error) {
	l := &goLayout{}
	var g goParams
	for i := range f.params {
		pieces := g.next(rt.In(i))
		f.params[i].pieces = pieces
		l.notePointers(rt.In(i), pieces)
	}
	l.floats = g.floats != 0
	l.onStack = g.stack > 0
	if len(l.stack) > maxStackPointers {
		return nil, &SignatureError{Func: rt.String(), Reason: fmt.Sprintf("%d pointers on Go's stack are more than the %d that can be kept "+
			"alive: pass uintptr and use runtime.KeepAlive, or a pointer to a struct", len(l.stack), maxStackPointers)}
	}
	if rt.NumOut() != 0 {
		results := goParams{stack: alignUp(g.stack, 8)}
		f.result.pieces = results.next(rt.Out(0))
		l.onStack = l.onStack || results.stack > 0
	}
	return l, nil
}

// notePointers remembers which registers and stack words of an argument are Go pointers.
func (l *goLayout) notePointers(rt reflect.Type, pieces []piece) {
	for _, p := range pieces {
		switch {
		case p.ptr:
			l.pointers[p.place.off/8] = ^uint64(0)
		case p.place.base == goStack:
			l.stack = pointerOffsets(l.stack, rt, uintptr(p.place.off))
		}
	}
}

// A goParams hands out registers and stack for the parameters, or the results, of one function.
type goParams struct {
	ints, floats int
	stack        uintptr // bytes
}

// next returns the pieces of the next parameter.
func (g *goParams) next(rt reflect.Type) []piece {
	if rt.Size() == 0 {
		g.stack = alignUp(g.stack, uintptr(rt.Align()))
		return nil
	}
	saved := *g
	if pieces, ok := g.inRegisters(nil, rt, 0); ok {
		return pieces
	}
	*g = saved
	g.stack = alignUp(g.stack, uintptr(rt.Align()))
	p := piece{size: rt.Size(), place: place{goStack, uint32(g.stack)}}
	g.stack += rt.Size()
	return []piece{p}
}

// inRegisters appends the registers of a value of type rt that lies at an offset of its parameter; ok is false if it has to go on the stack.
func (g *goParams) inRegisters(pieces []piece, rt reflect.Type, off uintptr) (_ []piece, ok bool) {
	switch rt.Kind() {
	case reflect.Float32, reflect.Float64:
		if g.floats == goFloatRegs {
			return nil, false
		}
		pieces = append(pieces, piece{at: off, size: rt.Size(), place: place{goRegs, floatReg(g.floats).off}})
		g.floats++
		return pieces, true
	case reflect.Struct:
		ok = true
		for i := 0; i < rt.NumField() && ok; i++ {
			pieces, ok = g.inRegisters(pieces, rt.Field(i).Type, off+rt.Field(i).Offset)
		}
		return pieces, ok
	case reflect.Array:
		switch rt.Len() {
		case 0:
			return pieces, true
		case 1:
			return g.inRegisters(pieces, rt.Elem(), off)
		}
		return nil, false
	}
	if g.ints == goIntRegs {
		return nil, false
	}
	pieces = append(pieces, piece{at: off, size: rt.Size(), place: place{goRegs, intReg(g.ints).off}, ptr: isPointer(rt)})
	g.ints++
	return pieces, true
}

func isPointer(rt reflect.Type) bool {
	return rt.Kind() == reflect.Pointer || rt.Kind() == reflect.UnsafePointer
}

// pointerOffsets appends the offsets of the Go pointers in a value of type rt at off.
func pointerOffsets(offs []uintptr, rt reflect.Type, off uintptr) []uintptr {
	if rt.Size() == 0 {
		return offs // also for arrays, which can have any number of elements then
	}
	switch rt.Kind() {
	case reflect.Pointer, reflect.UnsafePointer:
		return append(offs, off)
	case reflect.Struct:
		for i := range rt.NumField() {
			offs = pointerOffsets(offs, rt.Field(i).Type, off+rt.Field(i).Offset)
		}
	case reflect.Array:
		for i := range rt.Len() {
			offs = pointerOffsets(offs, rt.Elem(), off+uintptr(i)*rt.Elem().Size())
		}
	}
	return offs
}
