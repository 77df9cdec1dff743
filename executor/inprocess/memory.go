package inprocess

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// Memory is some memory outside the Go heap, for what C reads and writes: it stays where it is, and C may keep its address.
type Memory struct {
	bytes []byte
}

// NewMemory returns size bytes of zeros, aligned to a page. Release gives them back. Errors are *MemoryError and ErrUnsupportedHost.
func NewMemory(size int) (*Memory, error) {
	if size < 0 {
		return nil, &MemoryError{Op: "map", Len: size, Err: errNegative}
	}
	b, err := mapMemory(max(size, 1))
	if err != nil {
		return nil, err
	}
	return &Memory{b[:size]}, nil
}

// CString returns memory with the bytes of s and a zero behind them. Release gives it back. Errors are those of NewMemory.
func CString(s string) (*Memory, error) {
	m, err := NewMemory(len(s) + 1)
	if err == nil {
		copy(m.bytes, s)
	}
	return m, err
}

// Bytes returns the memory itself, valid until Release.
func (m *Memory) Bytes() []byte { return m.bytes }

// Addr returns its address, 0 after Release.
func (m *Memory) Addr() executor.Addr {
	return executor.Addr(uintptr(unsafe.Pointer(unsafe.SliceData(m.bytes))))
}

// Release gives the memory back. Neither Go nor C may use it any more. Releasing twice is harmless.
func (m *Memory) Release() {
	if m.bytes != nil {
		unmapMemory(m.bytes)
		m.bytes = nil
	}
}

// RunMain calls the C function int main(int argc, char **argv, char **envp) at addr and returns its result. The strings and vectors are
// C memory that main may change; it is given back when main returns, so that main must not have handed pointers to it to others
// that outlive it. A main that calls exit ends this process.
//
// Errors are ErrZeroAddress, *ArgumentError for strings that C would take for shorter ones, *MemoryError and ErrUnsupportedHost.
func RunMain(addr executor.Addr, argv, envp []string) (int, error) {
	if addr == 0 {
		return 0, ErrZeroAddress
	}
	for i, vector := range [][]string{argv, envp} {
		for _, s := range vector {
			if strings.IndexByte(s, 0) >= 0 {
				return 0, &ArgumentError{Index: 2 + i, Reason: "the string " + strconv.Quote(s) + " has a zero byte, at which C's strings end: leave it out, or encode it"}
			}
		}
	}
	m, err := newStringVectors(argv, envp)
	if err != nil {
		return 0, err
	}
	defer m.Release()
	sig, err := NewSignature(Int32, Int32, Pointer, Pointer)
	if err != nil {
		return 0, err
	}
	envpAt := m.Addr() + executor.Addr(int(wordSize)*(len(argv)+1))
	v, err := Call(addr, sig, IntValue(Int32, int64(len(argv))), PointerValue(m.Addr()), PointerValue(envpAt))
	return int(v.Int()), err
}

// newStringVectors returns memory that begins with each vector of char*, ended by a null pointer, and goes on with the strings.
func newStringVectors(vectors ...[]string) (*Memory, error) {
	at, size := 0, 0
	for _, v := range vectors {
		at += int(wordSize) * (len(v) + 1)
		for _, s := range v {
			size += len(s) + 1
		}
	}
	m, err := NewMemory(at + size)
	if err != nil {
		return nil, err
	}
	next := m.bytes
	for _, v := range vectors {
		for _, s := range v {
			PointerValue(m.Addr() + executor.Addr(at)).store(next)
			next = next[wordSize:]
			at += copy(m.bytes[at:], s) + 1
		}
		next = next[wordSize:]
	}
	return m, nil
}
