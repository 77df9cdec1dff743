//go:build !386 && !amd64

package inprocess

import (
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Entries of the auxiliary vector (getauxval(3)).
const (
	auxHWCap  = 16
	auxHWCap2 = 26
)

// resolverStructure is arm64's __ifunc_arg_t (sys/ifunc.h): its size in bytes, and both words of capabilities.
var resolverStructure [3]uint64

// hasStructure says in the first argument that there is a second one, the structure's address (_IFUNC_ARG_HWCAP).
const hasStructure = 1 << 62

// ResolverArguments returns what resolvers of indirect functions (STT_GNU_IFUNC) are called with in this process, as its C library would: the processor's capabilities (AT_HWCAP), and on arm64 the address of a structure with all of them ("System V
// ABI for the Arm 64-bit Architecture", "GNU indirect functions"). riscv64's resolvers are given no function that asks the system for more, which they have to expect.
func ResolverArguments() []uint64 { return resolverArguments() }

var resolverArguments = sync.OnceValue(func() []uint64 {
	list, _ := unix.Auxv() // without it nothing is known of the processor
	known := map[uintptr]uint64{}
	for _, entry := range list {
		known[entry[0]] = uint64(entry[1])
	}
	args := []uint64{known[auxHWCap], 0, 0}
	if runtime.GOARCH == "arm64" {
		resolverStructure = [...]uint64{uint64(unsafe.Sizeof(resolverStructure)), known[auxHWCap], known[auxHWCap2]}
		args[0] |= hasStructure
		args[1] = uint64(uintptr(unsafe.Pointer(&resolverStructure)))
	}
	return args
})
