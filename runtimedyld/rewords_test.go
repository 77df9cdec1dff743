package runtimedyld

import (
	"debug/elf"
	"testing"
)

// TestMoveWholeWords: an entry of the GOT is changed by one patch, also if bytes in its middle stay as they are: callers that run read it meanwhile.
func TestMoveWholeWords(t *testing.T) {
	w := newELF("got.o")
	code := w.section(".text", flagsText, append([]byte{0xff, 0x35, 0, 0, 0, 0}, nops...)) // push outside@GOTPCREL(%rip)
	w.reloc(code, 2, elf.R_X86_64_GOTPCREL, w.undefined("outside"), -4)
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": 0x1122_3344_5566}))
	o := b.load(w)
	b.finalize()
	if err := b.MoveExternal("outside", 0x9922_9944_9966); err != nil {
		t.Fatal(err)
	}
	if got := b.word64(o.gotAddr()); got != 0x9922_9944_9966 {
		t.Errorf("%#x", got)
	}
}
