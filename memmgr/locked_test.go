//go:build linux

package memmgr

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestLockedMemory removes a module of which the client has locked pages in memory, which the system does not discard, and uses the memory again.
func TestLockedMemory(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		m := newManager(t, opts...)
		for kind := range NumKinds {
			t.Run(kind.String(), func(t *testing.T) {
				for b := range Batch(3) {
					secs := []Section{{Kind: kind, Size: 3 * blockSize, Align: blockSize, ZeroFill: true}}
					id := mustAllocate(t, m, b, secs)
					for i := 0; i < len(secs[0].Mem); i += 4096 {
						if secs[0].Mem[i] != 0 {
							t.Fatalf("round %d: byte %d is not zero", b, i)
						}
						secs[0].Mem[i] = 1
					}
					if err := unix.Mlock(secs[0].Mem[blockSize : blockSize+4096]); err != nil {
						t.Skip("mlock:", err)
					}
					mustFinalize(t, m, b)
					mustDeallocate(t, m, id)
				}
			})
		}
	})
}
