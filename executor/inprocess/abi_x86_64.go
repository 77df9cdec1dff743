//go:build (amd64 && !windows) || !(linux || darwin || (windows && (amd64 || arm64)))

package inprocess

import "reflect"

// This file is the System V ABI for AMD64, section 3.2.3 "Parameter Passing": where C expects each argument and leaves its result. On hosts without a bridge it
// tells which signatures there are.

// regs is what Go's calling convention passes in registers, in its order: RAX, RBX, RCX, RDI, RSI, R8, R9, R10, R11 and X0 to X14. For
// C the first six are RDI, RSI, RDX, RCX, R8, R9, and the first eight of the others XMM0 to XMM7.
type regs struct {
	ints   [9]uint64
	floats [15]uint64
}

// results is RAX, RDX, XMM0 and XMM1.
type results struct {
	ints   [2]uint64
	floats [2]uint64
}

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

const (
	align8            = 8 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
	shadowSpace       = 0 // what callees may use of their callers' stacks
	cIntRegs          = 6
	cFloatRegs        = 8
)

// class is the class of an eightbyte. X87 and its kin cannot occur: there is no long double and no vector here.
type class uint8

const (
	noClass class = iota
	sse
	integer
)

// classify returns the classes of the eightbytes of t; ok is false if t is passed in memory.
func classify(t *Type) (classes [2]class, ok bool) {
	if t.size > 16 {
		return classes, false
	}
	mergeClasses(&classes, t, 0)
	return classes, true
}

func mergeClasses(classes *[2]class, t *Type, off uintptr) {
	if t.size == 0 {
		return // also for arrays, which can have any number of elements then
	}
	switch t.kind {
	case reflect.Struct:
		for i, f := range t.fields {
			mergeClasses(classes, f, off+t.offsets[i])
		}
	case reflect.Array:
		for i := range t.count {
			mergeClasses(classes, t.elem, off+uintptr(i)*t.elem.size)
		}
	case reflect.Float32, reflect.Float64:
		classes[off/8] = max(classes[off/8], sse)
	default:
		classes[off/8] = integer
	}
}

// A cParams hands out registers and stack for the parameters of one function.
type cParams struct {
	ints, floats int
	stack        uintptr // bytes
}

func newCParams(kind) cParams { return cParams{} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place {
	c.ints++
	return intReg(0)
}

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns what a variadic function finds in AL: how many vector registers are used.
func (c *cParams) fpu(*Type) uintptr { return uintptr(c.floats) }

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, _ bool) cPlace {
	classes, inRegs := classify(t)
	ints, floats := 0, 0
	for _, cl := range classes {
		switch cl {
		case integer:
			ints++
		case sse:
			floats++
		}
	}
	if !inRegs || c.ints+ints > cIntRegs || c.floats+floats > cFloatRegs {
		p := inMemoryAt(t, place{cStack, uint32(c.stack)})
		c.stack += alignUp(t.size, 8)
		return p
	}
	var p cPlace
	for i, cl := range classes {
		switch cl {
		case integer:
			p.addEightbyte(t, i, intReg(c.ints))
			c.ints++
		case sse:
			p.addEightbyte(t, i, floatReg(c.floats))
			c.floats++
		}
	}
	return p
}

func (p *cPlace) addEightbyte(t *Type, i int, at place) {
	off := uintptr(i) * 8
	p.parts = append(p.parts, part{at: off, size: min(8, t.size-off), place: at})
}

// cResult returns the place of a result. A result in memory (more than 16 bytes) goes where the hidden first argument points.
func cResult(t *Type, _ kind) cPlace {
	classes, inRegs := classify(t)
	if !inRegs {
		return returnedInMemory(t)
	}
	var p cPlace
	ints, floats := 0, 0
	for i, cl := range classes {
		switch cl {
		case integer:
			p.addEightbyte(t, i, intResult(ints))
			ints++
		case sse:
			p.addEightbyte(t, i, floatResult(floats))
			floats++
		}
	}
	return p
}
