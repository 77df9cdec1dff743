package runtimedyld

import (
	"bytes"
	"testing"
)

// TestDirectStubsMove writes stubs that have the address itself, and has what they jump to move: one word changes, of the size of a pointer and aligned to it, so that callers may run meanwhile.
// MIPS has LLVM's stubs, whose instructions have the address in them: there they must not.
func TestDirectStubsMove(t *testing.T) {
	for _, a := range []*arch{&arm, &ppc, &m68k, &sparcv9} {
		if !a.direct {
			t.Errorf("%s: its stubs have no address", a.name)
		}
		const at = 0x4000_0000
		var shapes [2][]byte
		for i, target := range []uint64{0x1234_5678, 0x8765_4320} {
			shapes[i] = make([]byte, a.stubSize)
			if !a.stub(nil, shapes[i], at, 0, target) {
				t.Fatalf("%s: there is no stub", a.name)
			}
		}
		changed := 0
		for off := 0; off < int(a.stubSize); off += int(a.slotSize) {
			if !bytes.Equal(shapes[0][off:off+int(a.slotSize)], shapes[1][off:off+int(a.slotSize)]) {
				changed++
			}
		}
		if changed != 1 || int(a.stubAlign)%int(a.slotSize) != 0 {
			t.Errorf("%s: %d words of %d bytes change: %x, %x", a.name, changed, a.slotSize, shapes[0], shapes[1])
		}
	}
}
