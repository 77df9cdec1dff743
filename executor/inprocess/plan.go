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

// A plan is a signature after classification: the moves from one calling convention to the other and back.
type plan struct {
	args, results []move
	stack         uintptr // bytes of C stack arguments, a multiple of 16
	memory        uintptr // bytes of a C result in memory, a multiple of 16; 0 if it is in registers
	vectors       uintptr // vector registers that hold arguments: AL of a variadic call
	inPlace       bool    // the C arguments are in the same registers (of regs) as Go's, and at most one scalar is the result
	floats        bool    // Go passes some argument in a vector register
}

// planCall makes the plan of Go calling C. Parameters from fixed on are variadic; fixed < 0 means that there are none.
func planCall(params []param, result param, fixed int) *plan {
	p := &plan{inPlace: true}
	var c cParams
	p.reserveResult(&c, result.typ)
	for i, arg := range params {
		to := c.next(arg.typ)
		variadic := fixed >= 0 && i >= fixed
		for _, piece := range arg.pieces {
			p.inPlace = p.inPlace && to.at(piece.at).off == piece.place.off && piece.place.base == goRegs && !to.memory && arg.typ.isScalar()
			p.floats = p.floats || piece.place.base == goRegs && piece.place.off >= floatsOff
			p.args = appendMoves(p.args, arg.typ, piece, to, true, variadic)
		}
	}
	p.stack = alignUp(c.stack, 16)
	p.vectors = uintptr(c.floats)
	p.inPlace = p.inPlace && p.memory == 0 && (result.typ == Void || result.typ.isScalar())
	if p.inPlace {
		p.args = p.widening()
	}
	from := cResult(result.typ)
	for _, piece := range result.pieces {
		p.inPlace = p.inPlace && piece.place.base == goRegs
		p.results = appendMoves(p.results, result.typ, piece, from, false, false)
	}
	return p
}

// planCallback makes the plan of C calling Go.
func planCallback(params []param, result param) *plan {
	p := &plan{}
	var c cParams
	p.reserveResult(&c, result.typ)
	for _, arg := range params {
		from := c.next(arg.typ)
		for _, piece := range arg.pieces {
			p.args = appendMoves(p.args, arg.typ, piece, from, false, false)
		}
	}
	to := cResult(result.typ)
	for _, piece := range result.pieces {
		p.results = appendMoves(p.results, result.typ, piece, to, true, false)
	}
	return p
}

// reserveResult takes the register of the hidden argument that points to a result in memory.
func (p *plan) reserveResult(c *cParams, t *Type) {
	if _, inRegs := classify(t); !inRegs {
		p.memory = alignUp(t.size, 16)
		c.ints++
	}
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
func appendMoves(moves []move, t *Type, p piece, c cPlace, toC, variadic bool) []move {
	c0 := c.at(p.at)
	if toC && t.isScalar() {
		return append(moves, move{src: p.place, dst: c0, op: widen(t, variadic)})
	}
	if p.place.base == goStack && c.memory && p.size > 16 {
		m := move{src: p.place, dst: c0, op: copyBlock, n: uint32(p.size)}
		if !toC {
			m.src, m.dst = m.dst, m.src
		}
		return append(moves, m)
	}
	for off := uintptr(0); off < p.size; off += 8 {
		src, dst := p.place.plus(off), c.at(p.at+off)
		if !toC {
			src, dst = dst, src
		}
		moves = copyBytes(moves, dst, src, min(8, p.size-off))
	}
	return moves
}

// widen returns the operation that passes a scalar to C. Clang takes it for granted that the caller, or a function that returns, has extended
// 8 and 16 bit integers to 32 bits. A variadic float is a double (C11, section 6.5.2.2, paragraph 6).
func widen(t *Type, variadic bool) moveOp {
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
		return zeroExtend4
	case reflect.Float32:
		if variadic {
			return promoteFloat
		}
		return copy4
	}
	return copy8
}

// A goFunc is a Go function type seen from C.
type goFunc struct {
	params   []param
	result   param
	pointers [goIntRegs]uint64 // all ones for the registers that pass Go pointers
	stack    []uintptr         // offsets of the Go pointers among the stack arguments
	onStack  bool              // some argument or result is on Go's stack
}

// parseFunc finds out where Go passes the parameters of a function type and what they are in C.
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
	f := &goFunc{}
	var g goParams
	for i := range rt.NumIn() {
		part := fmt.Sprintf("argument %d", i+1)
		t, reason := passable(rt.In(i))
		if reason != "" {
			return nil, fail(part, reason)
		}
		pieces := g.next(rt.In(i))
		f.params = append(f.params, param{t, pieces})
		f.notePointers(rt.In(i), pieces)
	}
	if len(f.stack) > maxStackPointers {
		return nil, fail("", fmt.Sprintf("%d pointers on Go's stack are more than the %d that can be kept alive: pass uintptr and use "+
			"runtime.KeepAlive, or a pointer to a struct", len(f.stack), maxStackPointers))
	}
	return f, f.parseResult(rt, g, fail)
}

func (f *goFunc) parseResult(rt reflect.Type, args goParams, fail func(part, reason string) error) error {
	f.onStack = args.stack > 0
	f.result.typ = Void
	if rt.NumOut() == 0 {
		return nil
	}
	t, reason := passable(rt.Out(0))
	if reason != "" {
		return fail("result", reason)
	}
	results := goParams{stack: alignUp(args.stack, 8)}
	f.result = param{t, results.next(rt.Out(0))}
	f.onStack = f.onStack || results.stack > 0
	return nil
}

// notePointers remembers which registers and stack words of an argument are Go pointers.
func (f *goFunc) notePointers(rt reflect.Type, pieces []piece) {
	for _, p := range pieces {
		switch {
		case p.ptr:
			f.pointers[p.place.off/8] = ^uint64(0)
		case p.place.base == goStack:
			f.stack = pointerOffsets(f.stack, rt, uintptr(p.place.off))
		}
	}
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
