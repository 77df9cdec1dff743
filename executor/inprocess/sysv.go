package inprocess

import "reflect"

// This file is the System V ABI for AMD64, section 3.2.3 "Parameter Passing": where C expects each argument and leaves its result.

// A cPlace is where C has one value: in one piece of memory, or an eightbyte each in a register.
type cPlace struct {
	memory bool
	parts  [2]place
}

// at returns the place of the byte at an offset in the value.
func (p *cPlace) at(off uintptr) place {
	if p.memory {
		return p.parts[0].plus(off)
	}
	return p.parts[off/8].plus(off % 8)
}

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

// next returns the place of the next parameter.
func (c *cParams) next(t *Type) cPlace {
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
		p := cPlace{memory: true, parts: [2]place{{cStack, uint32(c.stack)}}}
		c.stack += alignUp(t.size, 8)
		return p
	}
	var p cPlace
	for i, cl := range classes {
		switch cl {
		case integer:
			p.parts[i] = intReg(cRegs, c.ints)
			c.ints++
		case sse:
			p.parts[i] = floatReg(cRegs, c.floats)
			c.floats++
		}
	}
	return p
}

// cResult returns the place of a result. A result in memory (more than 16 bytes) goes where the hidden first argument points.
func cResult(t *Type) cPlace {
	classes, inRegs := classify(t)
	if !inRegs {
		return cPlace{memory: true, parts: [2]place{{cMemory, 0}}}
	}
	var p cPlace
	ints, floats := uint32(0), uint32(16)
	for i, cl := range classes {
		switch cl {
		case integer:
			p.parts[i] = place{cResults, ints}
			ints += 8
		case sse:
			p.parts[i] = place{cResults, floats}
			floats += 8
		}
	}
	return p
}

func intReg(b base, i int) place { return place{b, uint32(i) * 8} }

func floatReg(b base, i int) place { return place{b, floatsOff + uint32(i)*8} }
