package objimage

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSwapRelocs compares the two ways to decode big-endian relocations, also where a table is not aligned.
func TestSwapRelocs(t *testing.T) {
	table := make([]byte, 24*9+8)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range table {
		table[i] = byte(random.Uint32())
	}
	quick := 0
	for shift := range 8 {
		for n := range 9 {
			var want, got [9]Reloc
			src := table[shift:][:24*n]
			decodeRela64(src, true, want[:n])
			if !swapRelocs(got[:n], src) {
				continue
			}
			if quick++; !slices.Equal(got[:], want[:]) {
				t.Errorf("%d relocations at %d: %v, want %v", n, shift, got[:n], want[:n])
			}
		}
	}
	if littleEndian && quick != 8 {
		t.Errorf("%d tables were decoded a word at a time, and 8 were aligned", quick)
	}
}
