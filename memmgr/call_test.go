package memmgr

import (
	"encoding/binary"
	"runtime"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// call calls a function without arguments that returns an integer, as Go calls its own: on the goroutine's stack, which it must not need. In
// Go's convention and in C's the result is in the same register.
func call(at executor.Addr) int {
	entry := uintptr(at)
	code := &entry
	return (*(*func() int)(unsafe.Pointer(&code)))()
}

// returning is machine code of this host for a function that returns n.
func returning(t testing.TB, n uint16) []byte {
	t.Helper()
	le := binary.LittleEndian
	switch runtime.GOARCH {
	case "amd64":
		return append(le.AppendUint32([]byte{0xb8}, uint32(n)), 0xc3) // mov eax, n; ret
	case "arm64":
		return le.AppendUint32(le.AppendUint32(nil, 0xd2800000|uint32(n)<<5), 0xd65f03c0) // mov x0, n; ret
	}
	t.Skip("no machine code for this host in the tests")
	return nil
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
