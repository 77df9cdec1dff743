//go:build linux && (ppc64 || ppc64le)

package inprocess

// Supported says whether this package can call code on this operating system and processor.
const Supported = true

// savedRegs is R14 to R31, F14 to F31 and V20 to V31.
type savedRegs struct {
	ints    [18]uint64
	floats  [18]uint64
	vectors [24]uint64
}

const gInRegister = true // R30

//go:noescape
func start(c *control, r *regs) outcome

//go:noescape
func resume(c *control) outcome
