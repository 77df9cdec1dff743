//go:build amd64 || arm64

package inprocess

import (
	"bytes"
	"encoding/binary"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// A thread's environment block (TEB) says where its stack is: ExceptionList, StackBase and StackLimit at its beginning (NT_TIB, winnt.h), and DeallocationStack. Structured exceptions are
// not dispatched to frames elsewhere, and __chkstk, which functions with large frames call, touches the pages that it takes to be missing. So they are changed with
// the stack, as SwitchToFiber does.

// stackBounds are what the environment block has of the stack that a thread runs on.
type stackBounds struct {
	goBase, goLimit, goLow uintptr //lint:ignore U1000 of the thread while C runs
	goHandlers             uintptr //lint:ignore U1000 likewise: the list of handlers that lie on its stack. Wine keeps one on every processor
	handlers               uintptr //lint:ignore U1000 C's
	base                   uintptr //lint:ignore U1000 C's: where the outermost frame ends. Unwinders go no further
	limit                  uintptr // C's: the lowest address that is accessible
	low                    uintptr // C's: the lowest address that is reserved
}

func (c *control) setBounds(low, limit uintptr) { c.bounds.low, c.bounds.limit = low, limit }

// Code that runs on C stacks must not lie among Go's. The runtime's profiler stops threads wherever they are; when one is in Go code, it takes it for granted that it is on a
// stack of Go's. So the pieces of assembly that do are copied elsewhere. They refer to nothing but by these numbers, in place of which the copies have addresses.
const (
	markArenaBase = 0x7fe1d2c3b4a50001
	markArenaSize = 0x7fe1d2c3b4a50002
	markArenaMask = 0x7fe1d2c3b4a50003
	markForeign   = 0x7fe1d2c3b4a50004
)

// codeRoom is more than each of the pieces has. What follows it in the program is copied, too, and never run.
const codeRoom = 1024

// Set in assembly: the pieces, and where a callback goes on that is not on one of our stacks.
var (
	enterCodePC, resumeCodePC, callbackCodePC uintptr
	foreignPC                                 uintptr
)

// Where the copies are. Those of enterCode and resumeCode are called by assembly.
var (
	enterCopyPC  uintptr
	resumeCopyPC uintptr //lint:ignore U1000 it is read in assembly
)

// placeCode copies the pieces, once the place of the stacks is known.
func placeCode() error {
	pieces := []uintptr{enterCodePC, resumeCodePC, callbackCodePC}
	mem, err := mapMemory(len(pieces) * codeRoom)
	if err != nil {
		return err
	}
	for i := range pieces {
		piece := mem[i*codeRoom:][:codeRoom]
		copy(piece, unsafe.Slice(*(**byte)(unsafe.Pointer(&pieces[i])), codeRoom))
		for mark, value := range map[uint64]uintptr{markArenaBase: stackArena.base, markArenaSize: stackArena.size, markArenaMask: stackArena.mask, markForeign: foreignPC} {
			copy(piece, bytes.ReplaceAll(piece, word(mark), word(uint64(value))))
		}
	}
	icache.Sync(mem)
	if err := makeExecutable(mem); err != nil {
		unmapMemory(mem)
		return &MemoryError{Op: "make executable", Len: len(mem), Err: err}
	}
	enterCopyPC = addressIn(mem)
	resumeCopyPC = enterCopyPC + codeRoom
	callbackEntryPC = enterCopyPC + 2*codeRoom
	return nil
}

func word(v uint64) []byte { return binary.LittleEndian.AppendUint64(nil, v) }
