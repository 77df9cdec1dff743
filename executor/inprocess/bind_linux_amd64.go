package inprocess

import (
	"reflect"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

const (
	maxStackPointers = 16 // pointers on Go's stack that one call keeps alive
	noPointer        = 0xffffffff
)

// A binding is the closure of a function that Bind made. typedCall, its code, finds it in DX.
type binding struct {
	code          uintptr // of every Go function value the first word
	masks         [goIntRegs]uint64
	stackPointers [maxStackPointers]uint32 // offsets, or noPointer
	pointers      uint8                    // 0: no argument is a Go pointer; 1: some in registers; 2: some on the stack, too
	floats        bool                     // some argument is in a vector register
	leaf          bool
	fn            uintptr
	plan          *plan
}

// Set in assembly.
var typedCallPC uintptr

//lint:ignore U1000 typedCall calls it
var dispatchFunc = dispatch

//lint:ignore U1000 typedCallPC is its address
func typedCall()

func bind(addr executor.Addr, rt reflect.Type, o options) (unsafe.Pointer, error) {
	f, err := parseFunc(rt)
	if err != nil {
		return nil, err
	}
	if o.variadic && (o.fixed < 0 || o.fixed > len(f.params)) {
		return nil, &SignatureError{Func: rt.String(), Reason: "Variadic counts the named parameters, which are not more than all"}
	}
	fixed := -1
	if o.variadic {
		fixed = o.fixed
	}
	p := planCall(f.params, f.result, fixed)
	if p.stack+p.memory > maxCStack {
		return nil, &SignatureError{Func: rt.String(), Reason: "the arguments and the result are too large to pass by value: pass pointers"}
	}
	if err := reserveStacks(); err != nil {
		return nil, err
	}
	b := &binding{code: typedCallPC, masks: f.pointers, floats: p.floats, leaf: o.leaf, fn: uintptr(addr), plan: p}
	b.notePointers(f)
	return unsafe.Pointer(b), nil
}

func (b *binding) notePointers(f *goFunc) {
	for i := range b.stackPointers {
		b.stackPointers[i] = noPointer
	}
	if f.pointers != [goIntRegs]uint64{} {
		b.pointers = 1
	}
	for i, off := range f.stack {
		b.pointers = 2
		b.stackPointers[i] = uint32(off)
	}
}

// dispatch makes the call of a binding: r holds the register arguments and takes the results, stack are the caller's stack arguments
// (and results). It returns true if the result may be in more registers than the first of each kind.
func dispatch(b *binding, r *regs, stack unsafe.Pointer) bool {
	p := b.plan
	if !p.inPlace {
		p.call(b.fn, r, stack, b.leaf)
		return true
	}
	if len(p.args) != 0 {
		a := areas{goRegs: unsafe.Pointer(r), cRegs: unsafe.Pointer(r)}
		a.run(p.args)
	}
	if b.leaf {
		b.callPinned(r)
		return false
	}
	c := acquireStack()
	b.prepare(c)
	callBlocking(c, r)
	c.scalarResult(r)
	releaseStack(c)
	return false
}

// callPinned makes a leaf call on the stack of this processor, which nobody else can use as long as it is pinned.
func (b *binding) callPinned(r *regs) {
	p := procPin()
	if p >= len(leafStacks) { // GOMAXPROCS has been raised
		procUnpin()
		c := acquireStack()
		b.prepare(c)
		callLeaf(c, r)
		c.scalarResult(r)
		releaseStack(c)
		return
	}
	c := leafStacks[p]
	b.prepare(c)
	o := start(c, r)
	c.scalarResult(r)
	procUnpin()
	if o == calledBack {
		panic(errLeafCallback)
	}
}

// prepare makes c ready for a call without stack arguments.
func (b *binding) prepare(c *control) {
	c.fn, c.vectors, c.cSP = b.fn, b.plan.vectors, uintptr(c.top())
}

// scalarResult takes a result over to where Go expects the first of either kind.
func (c *control) scalarResult(r *regs) { r.ints[0], r.floats[0] = c.results[0], c.results[2] }

// call makes a call whose arguments do not lie as C wants them: in is Go's registers, which take the results, and stack Go's memory of
// arguments and results.
func (p *plan) call(fn uintptr, in *regs, stack unsafe.Pointer, leaf bool) {
	out := *in
	c := acquireStack()
	memory := unsafe.Add(c.top(), -int(p.memory))
	a := areas{
		goRegs:   unsafe.Pointer(in),
		goStack:  stack,
		cRegs:    unsafe.Pointer(&out),
		cStack:   unsafe.Add(memory, -int(p.stack)),
		cResults: unsafe.Pointer(&c.results),
		cMemory:  memory,
	}
	a.run(p.args)
	if p.memory != 0 {
		out.ints[0] = uint64(uintptr(memory))
	}
	c.fn, c.vectors, c.cSP = fn, p.vectors, uintptr(a[cStack])
	if leaf {
		callLeaf(c, &out)
	} else {
		callBlocking(c, &out)
	}
	a.run(p.results)
	releaseStack(c)
}
