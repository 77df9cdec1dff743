// Package executor names what belongs to the process that runs linked code, which need not be this one.
//
// An [Addr] is an address over there. Memory of this process is always a []byte; the two types keep apart what a debugger, a remote
// target or a dual mapping makes different: where bytes are written, and where they run.
package executor

import "strconv"

// An Addr is an address, in bytes, in the process that runs the code. Zero means that there is none.
type Addr uint64

// String returns the address in hexadecimal, as debuggers print it.
func (a Addr) String() string {
	return "0x" + strconv.FormatUint(uint64(a), 16)
}
