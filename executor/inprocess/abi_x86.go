//go:build linux && 386

package inprocess

// This file is the System V ABI, Intel386 supplement 1.0, section 2.2.3: all arguments are on the stack, in words of 4 bytes, 8-byte numbers are aligned to 4 bytes, and
// structs of any size are returned in memory, whose address is a hidden first argument that the function that is called takes off the stack.
// A float is returned in the x87's ST0.

// regs is nothing: C's arguments are in no registers.
type regs struct {
	ints   [1]uint32
	floats [1]uint64
}

// results is EAX and EDX, and ST0 as a float32 or float64.
type results struct {
	ints   [2]uint32
	floats [1]uint64
}

// What registers hold that pass nothing.
var (
	emptyRegs    regs
	emptyResults results
)

const (
	align8            = 4 // C's alignment of 8-byte numbers in structs
	signExtendsUint32 = false
)

// A cParams hands out stack for the parameters of one function.
type cParams struct {
	stack uintptr // bytes
}

func newCParams(kind) cParams { return cParams{} }

// hidden returns the place of the address of a result in memory.
func (c *cParams) hidden() place { return c.next(Pointer, false).parts[0].place }

// size returns how many bytes of stack arguments there are.
func (c *cParams) size() uintptr { return c.stack }

// fpu returns the size of the float that the function leaves in ST0, and 0 if it leaves none.
func (c *cParams) fpu(result *Type) uintptr {
	if result.isFloat() {
		return result.size
	}
	return 0
}

// next returns the place of the next parameter.
func (c *cParams) next(t *Type, _ bool) cPlace {
	p := inMemoryAt(t, place{cStack, uint32(c.stack)})
	c.stack += alignUp(t.size, 4)
	return p
}

// cResult returns the place of a result.
func cResult(t *Type, _ kind) cPlace {
	switch {
	case t == Void:
		return cPlace{}
	case t.isFloat():
		return inMemoryAt(t, floatResult(0))
	case t.isScalar():
		return inMemoryAt(t, intResult(0))
	}
	return returnedInMemory(t)
}
