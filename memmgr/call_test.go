package memmgr

import (
	"encoding/binary"
	"runtime"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// call calls a function without arguments that returns an integer, as Go calls its own: on the goroutine's stack, which it must not need. In
// Go's convention the result is in the same register as in C's, or on the stack.
func call(at executor.Addr) int {
	entry := uintptr(at)
	code := &entry
	return (*(*func() int)(unsafe.Pointer(&code)))()
}

// returning is machine code of this host for a function that returns n, below 1<<15.
func returning(t testing.TB, n uint16) []byte {
	t.Helper()
	i := uint32(n)
	le := binary.LittleEndian
	switch runtime.GOARCH {
	case "amd64":
		return append(le.AppendUint32([]byte{0xb8}, i), 0xc3) // mov eax, n; ret
	case "arm64":
		return words(0xd2800000|i<<5, 0xd65f03c0) // mov x0, n; ret
	case "loong64":
		return words(0x14000004|i>>12<<5, 0x03800084|i&0xfff<<10, 0x4c000020) // lu12i.w a0, n>>12; ori a0, a0, n&0xfff; ret
	case "mips", "mipsle": // Go's convention is otherwise than C's: the result is on the stack
		return words(0x24020000|i, 0x03e00008, 0xafa20004) // li v0, n; jr ra; sw v0, 4(sp)
	case "mips64", "mips64le":
		return words(0x24020000|i, 0x03e00008, 0xffa20008) // li v0, n; jr ra; sd v0, 8(sp)
	case "ppc64", "ppc64le":
		return words(0x38600000|i, 0x4e800020) // li r3, n; blr
	case "s390x":
		return words(0xa7290000|i, 0x07fe0000) // lghi r2, n; br r14
	}
	t.Skip("no machine code for this host in the tests")
	return nil
}

// words returns instructions of 4 bytes each, in the order of this machine.
func words(list ...uint32) (code []byte) {
	for _, w := range list {
		code = binary.NativeEndian.AppendUint32(code, w)
	}
	return code
}

// load puts a function that returns n into a batch of its own, or in the given one, and leaves it unfinalized.
func load(t testing.TB, m *SectionMemoryManager, b Batch, n uint16) (AllocID, executor.Addr) {
	t.Helper()
	code := returning(t, n)
	secs := []Section{{Kind: Code, Size: uint64(len(code)), Align: 16}}
	id, err := m.Allocate(b, Module{ID: uint64(n), Name: "returning"}, secs)
	if err != nil {
		t.Fatal(err)
	}
	copy(secs[0].Mem, code)
	return id, secs[0].Addr
}

func TestCall(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		id, f := load(t, m, 1, 42)
		_, g := load(t, m, 1, 43)
		if err := m.Finalize(1); err != nil {
			t.Fatal(err)
		}
		if got := call(f); got != 42 {
			t.Errorf("function returned %d", got)
		}
		if err := m.Deallocate(id); err != nil {
			t.Fatal(err)
		}
		if got := call(g); got != 43 {
			t.Errorf("after its neighbour was removed, function returned %d", got)
		}
	})
}
