package inprocess

import (
	"fmt"
	"reflect"
)

// maxCStack bounds what one call takes of its C stack for stack arguments and a result in memory.
const maxCStack = 64 << 10

// A param is one parameter or result: its C type, and where Go has it.
type param struct {
	typ    *Type
	pieces []piece
}

// A kind says which of its conventions a C function follows.
type kind struct {
	fixed     int  // number of named parameters; -1 if the function is not variadic
	softFloat bool // floats are passed as integers are, on processors where either is usual
}

func (k kind) variadic() bool { return k.fixed >= 0 }

// A plan is a signature after classification: the moves from one calling convention to the other and back.
type plan struct {
	args, results []move
	stack         uintptr // bytes of C stack arguments, a multiple of 16
	memory        uintptr // bytes of a C result in memory and of arguments that are passed by their address, a multiple of 16
	fpu           uintptr // how the call uses floating-point registers: what the processor's bridge wants to know
	inPlace       bool    // the C arguments are in the same registers (of regs) as Go's, and at most one scalar is the result
	bit           bool    // the result is a bool
}

// planCall makes the plan of Go calling C.
func planCall(params []param, result param, k kind) *plan {
	p := &plan{inPlace: true, bit: result.typ == Bool}
	c := newCParams(k)
	from := cResult(result.typ, k)
	if from.inMemory() {
		p.args = append(p.args, move{dst: c.hidden(), src: p.reserve(result.typ), op: takeAddress})
	}
	for i, arg := range params {
		t := arg.typ
		unnamed := k.variadic() && i >= k.fixed
		if unnamed && t == Float32 {
			t = Float64 // C11, section 6.5.2.2, paragraph 6
		}
		to := c.next(t, unnamed)
		if to.ref != nil {
			copied := p.reserve(t)
			p.args = append(p.args, move{dst: *to.ref, src: copied, op: takeAddress})
			to = inMemoryAt(t, copied)
		}
		for _, piece := range arg.pieces {
			p.inPlace = p.inPlace && arg.typ.isScalar() && piece.place.base == goRegs && to.parts[0].place == place{cRegs, piece.place.off} && to.again == nil
			p.args = appendMoves(p.args, arg.typ, piece, to, true, t != arg.typ)
			if to.again != nil {
				p.args = append(p.args, move{src: to.parts[0].place, dst: *to.again, op: copy8})
			}
		}
	}
	p.stack = alignUp(c.size(), 16)
	p.fpu = c.fpu(result.typ)
	p.inPlace = p.inPlace && p.memory == 0 && (result.typ == Void || result.typ.isScalar())
	if p.inPlace {
		p.args = p.widening()
	}
	for _, piece := range result.pieces {
		p.inPlace = p.inPlace && piece.place.base == goRegs
		p.results = appendMoves(p.results, result.typ, piece, from, false, false)
	}
	return p
}

// reserve returns the place of a value in memory of the call's own.
func (p *plan) reserve(t *Type) place {
	at := place{cMemory, uint32(p.memory)}
	p.memory += alignUp(t.size, 16)
	return at
}

// planCallback makes the plan of C calling Go.
func planCallback(params []param, result param) *plan {
	p := &plan{}
	k := kind{fixed: -1}
	c := newCParams(k)
	to := cResult(result.typ, k)
	if to.inMemory() {
		p.memory = result.typ.size
		p.args = append(p.args, move{src: c.hidden(), dst: place{base: cMemory}, op: follow})
		p.results = append(p.results, move{src: place{base: cMemory}, dst: intResult(0), op: takeAddress})
	}
	for _, arg := range params {
		from := c.next(arg.typ, false)
		if from.ref != nil {
			p.args = append(p.args, move{src: *from.ref, dst: place{base: cCopy}, op: follow})
			from = inMemoryAt(arg.typ, place{base: cCopy})
		}
		for _, piece := range arg.pieces {
			p.args = appendMoves(p.args, arg.typ, piece, from, false, false)
		}
	}
	p.fpu = c.fpu(result.typ)
	for _, piece := range result.pieces {
		p.results = appendMoves(p.results, result.typ, piece, to, true, false)
	}
	return p
}

// widening returns those moves that change a value and do not just carry it: the only ones left when arguments stay in place.
func (p *plan) widening() []move {
	var moves []move
	for _, m := range p.args {
		if m.op > copy8 && m.op != zeroExtend4 && m.op != signExtend4 {
			moves = append(moves, m)
		}
	}
	return moves
}

// appendMoves appends the moves of one piece of a value of type t: towards C (with the extensions that C relies on) or from it.
func appendMoves(moves []move, t *Type, from piece, c cPlace, toC, promoted bool) []move {
	if t.isScalar() {
		at := c.parts[0].place
		switch {
		case toC && (c.packed || t.isFloat() && !promoted):
			return copyBytes(moves, at, from.place, t.size, t.align)
		case toC:
			return append(moves, move{src: from.place, dst: at, op: widen(t, promoted)})
		}
		if bigEndian && !t.isFloat() && t.size < wordSize {
			at = at.plus(wordSize - t.size)
		}
		if t == Bool { // C's is 0 or 1, but the rest of LLVM's i1 may be anything
			return append(moves, move{src: at, dst: from.place, op: copyBit})
		}
		return copyBytes(moves, from.place, at, t.size, t.align)
	}
	for _, part := range c.parts {
		low, high := max(from.at, part.at), min(from.at+from.size, part.at+part.size)
		if low >= high {
			continue
		}
		src, dst := from.place.plus(low-from.at), part.place.plus(low-part.at)
		if !toC {
			src, dst = dst, src
		}
		moves = copyBytes(moves, dst, src, high-low, t.align)
		if toC && part.extend {
			moves = append(moves, move{src: part.place, dst: part.place, op: signExtend4})
		}
	}
	return moves
}

// widen returns the operation that passes a scalar to C. Clang takes it for granted that the caller, or a function that returns, has extended
// 8 and 16 bit integers to 32 bits, and all 64-bit processors' conventions but x86-64's and AArch64's want a full register.
func widen(t *Type, promoted bool) moveOp {
	switch t.kind {
	case reflect.Int8:
		return signExtend1
	case reflect.Int16:
		return signExtend2
	case reflect.Int32:
		return signExtend4
	case reflect.Bool, reflect.Uint8:
		return zeroExtend1
	case reflect.Uint16:
		return zeroExtend2
	case reflect.Uint32:
		if signExtendsUint32 {
			return signExtend4
		}
		return zeroExtend4
	case reflect.Float32:
		if promoted {
			return promoteFloat
		}
	}
	return copyOps[t.size]
}

// A goFunc is a Go function type seen from C.
type goFunc struct {
	params []param
	result param
}

// parseFunc finds out what the parameters of a function type are in C. Where Go has them is for others to fill in.
func parseFunc(rt reflect.Type) (*goFunc, error) {
	fail := func(part, reason string) error { return &SignatureError{Func: rt.String(), Part: part, Reason: reason} }
	switch {
	case rt.Kind() != reflect.Func:
		return nil, fail("", "this is no function type: use one such as func(int32) int32")
	case rt.IsVariadic():
		return nil, fail("", "Go's ... is a slice: use a function type with the arguments you pass, and the option Variadic")
	case rt.NumOut() > 1:
		return nil, fail("", "C functions have one result: return a struct, or pass pointers")
	}
	f := &goFunc{result: param{typ: Void}}
	for i := range rt.NumIn() {
		t, reason := passable(rt.In(i))
		if reason != "" {
			return nil, fail(fmt.Sprintf("argument %d", i+1), reason)
		}
		f.params = append(f.params, param{typ: t})
	}
	if rt.NumOut() != 0 {
		t, reason := passable(rt.Out(0))
		if reason != "" {
			return nil, fail("result", reason)
		}
		f.result.typ = t
	}
	return f, nil
}

// passable returns the C type of a parameter or result.
func passable(rt reflect.Type) (*Type, string) {
	if rt.Kind() == reflect.Array {
		return nil, rt.String() + " is an array, which C passes as a pointer: pass *" + rt.Elem().String() + ", or a struct that holds the array"
	}
	t, reason := typeOf(rt)
	switch {
	case reason != "":
		return nil, reason
	case t.size > maxCStack:
		return nil, fmt.Sprintf("%s has %d bytes, more than the %d that are passed by value: pass a pointer", rt, t.size, maxCStack)
	}
	return t, ""
}
