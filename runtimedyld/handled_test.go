package runtimedyld

import (
	"debug/elf"
	"testing"
)

// Places that refer to a symbol that the client takes care of stay as they are; its GOT entry is 0. LLVM's suite has this in MachO_x86-64_PIC_relocations.s.
func TestClientHandled(t *testing.T) {
	w := newELF("handled.o")
	data := w.section(".data", flagsData, []byte("as in the file, as in the file, 01234567"))
	text := w.section(".text", flagsText, []byte{0xe8, 1, 2, 3, 4, 0x48, 0x8d, 0x05, 5, 6, 7, 8})
	handled, other := w.undefined("handled"), w.undefined("other")
	w.reloc(data, 0, elf.R_X86_64_64, handled, 3)
	w.reloc(data, 8, elf.R_X86_64_64, other, 3)
	w.reloc(data, 16, elf.R_X86_64_32, handled, 0)
	w.reloc(data, 32, elf.R_X86_64_GOTPCREL64, handled, 0)
	w.reloc(text, 1, elf.R_X86_64_PLT32, handled, -4)
	w.reloc(text, 8, elf.R_X86_64_PC32, handled, -4)
	w.global("data", data, 0)
	w.global("text", text, 0)
	answers := map[string]uint64{"handled": uint64(ClientHandled), "other": 0x1234}
	b := newBenchResolving(t, nil, knows(answers))
	b.load(w)
	for range 2 { // applying again is the same
		b.resolve()
		at := b.addr("data")
		if got := string(b.bytesAt(at, 8)) + string(b.bytesAt(at+16, 16)); got != "as in thas in the file, " {
			t.Errorf("data is %q", got)
		}
		if got := b.word64(at + 8); got != 0x1237 {
			t.Errorf("the other symbol's place has %#x", got)
		}
		slot := at + 32 + b.word64(at+32)
		if got := b.word64(slot); got != 0 {
			t.Errorf("the GOT entry has %#x", got)
		}
		if got := b.bytesAt(b.addr("text"), 12); string(got) != "\xe8\x01\x02\x03\x04\x48\x8d\x05\x05\x06\x07\x08" {
			t.Errorf("code is % x", got)
		}
	}
}

// A symbol that the client takes care of has no address: nobody finds ^0, which is none either.
func TestClientHandledLookup(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": uint64(ClientHandled)}))
	b.load(user("outside"))
	b.finalize()
	if a, ok := b.SymbolLoadAddress("outside"); ok {
		t.Errorf("loaded at %v", a)
	}
	if a, ok := b.FinalizedAddress("outside"); ok {
		t.Errorf("finalized at %v", a)
	}
	if err := b.MoveExternal("outside", far); err != nil {
		t.Error(err)
	}
	if a, ok := b.FinalizedAddress("outside"); !ok || uint64(a) != far {
		t.Errorf("moved: %v, %v", a, ok)
	}
}

// The client may make up its mind: a symbol that is defined afterwards is used when relocations are applied again.
func TestClientHandledOnce(t *testing.T) {
	w := newELF("handled.o")
	data := w.section(".data", flagsData, make([]byte, 8))
	w.reloc(data, 0, elf.R_X86_64_64, w.undefined("handled"), 3)
	w.global("data", data, 0)
	b := newBenchResolving(t, nil, knows(map[string]uint64{"handled": uint64(ClientHandled)}))
	b.load(w)
	b.resolve()
	b.load(defining("handled.data.o", "handled", elf.STB_GLOBAL))
	b.resolve()
	if got, want := b.word64(b.addr("data")), b.addr("handled")+3; got != want {
		t.Errorf("the place has %#x, want %#x", got, want)
	}
}
