//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

import (
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// callPlan makes a call whose arguments and result are in values.
func callPlan(addr executor.Addr, p *plan, values []byte) error {
	if err := reserveStacks(); err != nil {
		return err
	}
	p.call(uintptr(addr), nil, unsafe.Pointer(unsafe.SliceData(values)), false)
	return nil
}

// call makes a call whose arguments do not lie as C wants them: registers are Go's, which take the results, and memory is what Go has in memory of arguments and
// results.
func (p *plan) call(fn uintptr, registers, memory unsafe.Pointer, leaf bool) {
	out := emptyRegs
	c := acquireStack()
	own := unsafe.Add(c.top(), -int(p.memory))
	a := areas{
		goRegs:   registers,
		goStack:  memory,
		cRegs:    unsafe.Pointer(&out),
		cStack:   unsafe.Add(own, -int(p.stack)),
		cResults: unsafe.Pointer(&c.results),
		cMemory:  own,
	}
	a.run(p.args)
	c.fn, c.fpu, c.cSP = fn, p.fpu, uintptr(a[cStack])
	if leaf {
		callLeaf(c, &out)
	} else {
		callBlocking(c, &out)
	}
	a.run(p.results)
	releaseStack(c)
}
