package runtimedyld

import (
	"bytes"
	"testing"
)

// TestDirectStubsMove writes stubs that have the address itself, and has what they jump to move: one word changes, of the size of a pointer and aligned to it, so that callers may run meanwhile.
func TestDirectStubsMove(t *testing.T) {
	served := 0
	for _, a := range testArches() {
		if !a.direct {
			continue
		}
		served++
		f := &fixer{o: &Object{img: a.newELF("stubs.o").parse(t)}}
		const at = 0x4000_0000
		var shapes [2][]byte
		for i, target := range []uint64{0x1234_5678, 0x8765_4320} {
			shapes[i] = make([]byte, a.stubSize)
			if !a.stub(f, shapes[i], at, 0, target) {
				t.Fatalf("%s: there is no stub", a.name)
			}
		}
		changed := 0
		for off := 0; off < int(a.stubSize); off += int(a.slotSize) {
			if !bytes.Equal(shapes[0][off:off+int(a.slotSize)], shapes[1][off:off+int(a.slotSize)]) {
				changed++
			}
		}
		if changed != 1 || int(a.stubAlign)%int(a.slotSize) != 0 || int(a.stubSize)%int(a.slotSize) != 0 {
			t.Errorf("%s: %d words of %d bytes change: %x, %x", a.name, changed, a.slotSize, shapes[0], shapes[1])
		}
	}
	if served < 9 {
		t.Errorf("%d architectures have such stubs", served)
	}
}
