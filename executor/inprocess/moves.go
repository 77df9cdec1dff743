package inprocess

import (
	"encoding/binary"
	"runtime"
	"unsafe"
)

// wordSize is the size of an integer register, in bytes.
const wordSize = unsafe.Sizeof(uintptr(0))

// bigEndian says whether the most significant byte comes first in this machine's memory.
var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// A base is one of the memory areas between which a call moves values. Offsets in the register areas are those of regs.
type base uint8

const (
	goRegs   base = iota // registers as Go code sees them
	goStack              // arguments and results of Go code in memory
	cRegs                // registers as C code sees them
	cStack               // stack arguments of C code
	cResults             // registers with results of C code; offsets are those of results
	cMemory              // a result of C code that is returned in memory, and copies of arguments that are passed by their address
	cCopy                // an argument of a callback that C has passed by its address
	numBases
)

// A place is an offset in an area.
type place struct {
	base base
	off  uint32
}

func (p place) plus(n uintptr) place { return place{p.base, p.off + uint32(n)} }

// A moveOp says how a move reads and writes.
type moveOp uint8

const (
	copyBlock moveOp = iota // n bytes
	copy1
	copy2
	copy4
	copy8
	signExtend1 // to a word, as the following
	signExtend2
	signExtend4
	zeroExtend1
	zeroExtend2
	zeroExtend4
	copyBit      // the lowest, as a byte
	promoteFloat // float32 to float64
	demoteFloat  // and back
	takeAddress  // writes the address of src
	follow       // makes the address in src the area dst.base, for the moves behind it
)

// A move is one step of bringing arguments or results from one calling convention to another.
type move struct {
	src, dst place
	op       moveOp
	n        uint32 // of copyBlock
}

// areas are where the bases lie during one call.
type areas [numBases]unsafe.Pointer

// run performs the moves.
func (a *areas) run(moves []move) {
	for i := range moves {
		m := &moves[i]
		src := unsafe.Add(a[m.src.base], m.src.off)
		if m.op == follow {
			a[m.dst.base] = *(*unsafe.Pointer)(src)
			continue
		}
		dst := unsafe.Add(a[m.dst.base], m.dst.off)
		switch m.op {
		case copyBlock:
			copy(unsafe.Slice((*byte)(dst), m.n), unsafe.Slice((*byte)(src), m.n))
		case copy1:
			*(*uint8)(dst) = *(*uint8)(src)
		case copy2:
			*(*uint16)(dst) = *(*uint16)(src)
		case copy4:
			*(*uint32)(dst) = *(*uint32)(src)
		case copy8:
			*(*uint64)(dst) = *(*uint64)(src)
		case signExtend1:
			*(*int)(dst) = int(*(*int8)(src))
		case signExtend2:
			*(*int)(dst) = int(*(*int16)(src))
		case signExtend4:
			*(*int)(dst) = int(*(*int32)(src))
		case zeroExtend1:
			*(*uint)(dst) = uint(*(*uint8)(src))
		case zeroExtend2:
			*(*uint)(dst) = uint(*(*uint16)(src))
		case zeroExtend4:
			*(*uint)(dst) = uint(*(*uint32)(src))
		case copyBit:
			*(*uint8)(dst) = *(*uint8)(src) & 1
		case promoteFloat:
			*(*float64)(dst) = float64(*(*float32)(src))
		case demoteFloat:
			*(*float32)(dst) = float32(*(*float64)(src))
		case takeAddress:
			*(*uintptr)(dst) = uintptr(src)
		}
	}
}

// copyOps are the plain copies, by size in bytes.
var copyOps = map[uintptr]moveOp{1: copy1, 2: copy2, 4: copy4, 8: copy8}

// fewBytes is up to how many bytes are copied by moves of single numbers.
const fewBytes = 16

// anyAlign says whether the processor reads numbers at any address, without a detour through the system.
const anyAlign = runtime.GOARCH == "amd64" || runtime.GOARCH == "386" || runtime.GOARCH == "arm64"

// singlesAreDoubles says whether a float32 in a register has the format of a float64: Power ISA, Book I, section 4.3.3.
const singlesAreDoubles = runtime.GOARCH == "ppc64" || runtime.GOARCH == "ppc64le"

// copyBytes appends a plain copy of n bytes, which are aligned at multiples of align on both sides.
func copyBytes(moves []move, dst, src place, n, align uintptr) []move {
	switch {
	case singlesAreDoubles && n == 4 && dst.isFloatRegister():
		return append(moves, move{src: src, dst: dst, op: promoteFloat})
	case singlesAreDoubles && n == 4 && src.isFloatRegister():
		return append(moves, move{src: src, dst: dst, op: demoteFloat})
	case n > fewBytes:
		return append(moves, move{src: src, dst: dst, op: copyBlock, n: uint32(n)})
	}
	for _, size := range []uintptr{8, 4, 2, 1} {
		for ; n >= size && (anyAlign || size <= align); n -= size {
			moves = append(moves, move{src: src, dst: dst, op: copyOps[size]})
			src, dst = src.plus(size), dst.plus(size)
		}
	}
	return moves
}
