//go:build unix && !arm && !mips && !mipsle

package gdbjit

// sizePadding is the number of bytes that C puts before a uint64 that follows three pointers. On 64-bit processors it is aligned anyway; on 386 a uint64
// needs 4 bytes of alignment only (System V ABI, i386 supplement, table 2.1), as in Go.
const sizePadding = 0
