//go:build ((linux || darwin || windows) && (amd64 || arm64)) || (freebsd && amd64)

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

// A binding is the closure of a function that Bind made. typedCall, its code, finds it where Go has closures.
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

// registerCalls says that Bind's functions take the arguments where Go has them, and that leaf calls have stacks of their own, so that they need not look for one.
const registerCalls = true

// Set in assembly.
var typedCallPC uintptr

//lint:ignore U1000 typedCall calls it
var dispatchFunc = dispatch

//lint:ignore U1000 typedCallPC is its address
func typedCall()

//go:noescape
func invoke(fn unsafe.Pointer, r *regs)

// bindFunc returns the function value of a call of the C function at addr that is of type rt.
func bindFunc(addr executor.Addr, rt reflect.Type, f *goFunc, o options) (unsafe.Pointer, error) {
	l, err := f.asPassed(rt)
	if err != nil {
		return nil, err
	}
	p := planCall(f.params, f.result, o.kind())
	b := &binding{code: typedCallPC, masks: l.pointers, floats: l.floats, leaf: o.leaf, fn: uintptr(addr), plan: p}
	b.notePointers(l)
	return unsafe.Pointer(b), p.check(rt)
}

// layOut decides how the Go function of cb, which is of type rt, is called: in registers if that is possible, through package reflect if not.
func (cb *Callback) layOut(rt reflect.Type, f *goFunc) error {
	l, err := f.asPassed(rt)
	if err != nil {
		return err
	}
	if l.onStack {
		cb.frame = f.inFrame(rt)
	}
	return nil
}

// run runs the Go function with what C has in the areas.
func (cb *Callback) run(a areas) {
	if cb.frame != nil {
		cb.runReflected(a)
		return
	}
	var r regs
	a[goRegs] = unsafe.Pointer(&r)
	a.run(cb.plan.args)
	invoke(cb.code, &r)
	a.run(cb.plan.results)
}

func (b *binding) notePointers(l *goLayout) {
	for i := range b.stackPointers {
		b.stackPointers[i] = noPointer
	}
	if l.pointers != [goIntRegs]uint64{} {
		b.pointers = 1
	}
	for i, off := range l.stack {
		b.pointers = 2
		b.stackPointers[i] = uint32(off)
	}
}

// dispatch makes the call of a binding: r holds the register arguments and takes the results, stack are the caller's stack arguments
// (and results). It returns true if the result may be in more registers than the first of each kind.
func dispatch(b *binding, r *regs, stack unsafe.Pointer) bool {
	p := b.plan
	if !p.inPlace {
		p.call(b.fn, unsafe.Pointer(r), stack, b.leaf)
		return true
	}
	if len(p.args) != 0 {
		a := areas{goRegs: unsafe.Pointer(r), cRegs: unsafe.Pointer(r)}
		a.run(p.args)
	}
	if b.leaf {
		b.callPinned(r)
	} else {
		c := acquireStack()
		b.prepare(c)
		callBlocking(c, r)
		c.scalarResult(r)
		releaseStack(c)
	}
	if p.bit {
		r.ints[0] &= 1
	}
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
	c.fn, c.fpu, c.cSP = b.fn, b.plan.fpu, uintptr(c.top())-shadowSpace
}

// scalarResult takes a result over to where Go expects the first of either kind.
func (c *control) scalarResult(r *regs) {
	r.ints[0], r.floats[0] = c.results.ints[0], c.results.floats[0]
}
