package inprocess

import "reflect"

// This file is Go's calling convention (cmd/compile/abi-internal.md, "Function call argument and result passing"): where Go code
// has the arguments and results of a function type.

// A piece is a part of a value and where Go has it: a scalar in a register, or a whole value in memory.
type piece struct {
	at    uintptr // offset in the value
	size  uintptr
	place place
	ptr   bool // a Go pointer
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
		pieces = append(pieces, piece{at: off, size: rt.Size(), place: floatReg(goRegs, g.floats)})
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
	pieces = append(pieces, piece{at: off, size: rt.Size(), place: intReg(goRegs, g.ints), ptr: isPointer(rt)})
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
