package inprocess

import "unsafe"

// A base is one of the memory areas between which a call moves values. Offsets in the register areas are those of regs.
type base uint8

const (
	goRegs   base = iota // registers as Go code sees them
	goStack              // stack arguments and results of Go code
	cRegs                // registers as C code sees them
	cStack               // stack arguments of C code
	cResults             // results of C code: RAX, RDX, XMM0, XMM1
	cMemory              // a result of C code that is returned in memory
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
	signExtend1 // to 8 bytes, as the following
	signExtend2
	signExtend4
	zeroExtend1
	zeroExtend2
	zeroExtend4
	promoteFloat // float32 to float64
)

// A move is one step of bringing arguments or results from one calling convention to another.
type move struct {
	src, dst place
	op       moveOp
	n        uint32 // of copyBlock
}

// areas are where the bases lie during one call.
type areas [numBases]unsafe.Pointer

// regs is what Go's calling convention passes in registers, in its order: RAX, RBX, RCX, RDI, RSI, R8, R9, R10, R11 and X0 to X14. For
// C the first six are RDI, RSI, RDX, RCX, R8, R9, and the first eight of the others XMM0 to XMM7.
type regs struct {
	ints   [9]uint64
	floats [15]uint64
}

const (
	goIntRegs   = 9
	goFloatRegs = 15
	cIntRegs    = 6
	cFloatRegs  = 8
	floatsOff   = uint32(unsafe.Offsetof(regs{}.floats))
)

// run performs the moves.
func (a *areas) run(moves []move) {
	for i := range moves {
		m := &moves[i]
		src := unsafe.Add(a[m.src.base], m.src.off)
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
			*(*int64)(dst) = int64(*(*int8)(src))
		case signExtend2:
			*(*int64)(dst) = int64(*(*int16)(src))
		case signExtend4:
			*(*int64)(dst) = int64(*(*int32)(src))
		case zeroExtend1:
			*(*uint64)(dst) = uint64(*(*uint8)(src))
		case zeroExtend2:
			*(*uint64)(dst) = uint64(*(*uint16)(src))
		case zeroExtend4:
			*(*uint64)(dst) = uint64(*(*uint32)(src))
		case promoteFloat:
			*(*float64)(dst) = float64(*(*float32)(src))
		}
	}
}

// copyOps are the plain copies, by size in bytes.
var copyOps = map[uintptr]moveOp{1: copy1, 2: copy2, 4: copy4, 8: copy8}

// copyBytes appends plain copies of n bytes, none of them crossing what a register holds.
func copyBytes(moves []move, dst, src place, n uintptr) []move {
	for _, size := range []uintptr{8, 4, 2, 1} {
		for ; n >= size; n -= size {
			moves = append(moves, move{src: src, dst: dst, op: copyOps[size]})
			src, dst = src.plus(size), dst.plus(size)
		}
	}
	return moves
}
