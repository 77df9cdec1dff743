//go:build !linux || 386 || amd64

package inprocess

// ResolverArguments returns what resolvers of indirect functions (STT_GNU_IFUNC) are called with in this process, as its C library would: nothing on x86, whose resolvers ask the processor, and on systems other than Linux.
func ResolverArguments() []uint64 { return nil }
