package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

var testAArch64 = testArch{arch: &aarch64, elfTarget: elfTarget{machine: elf.EM_AARCH64, wide: true}}

// property adds a .note.gnu.property section with one property of 4 bytes, behind another one.
func (w *elfWriter) property(number, value uint32) {
	o := w.order()
	words := []uint32{4, 0, noteProperty, 0, 0xc0010001, 4, 1}
	if w.wide {
		words = append(words, 0)
	}
	words = append(words, number, 4, value)
	if w.wide {
		words = append(words, 0)
	}
	words[1] = uint32(len(words)-4) * 4
	var b []byte
	for _, x := range words {
		b = o.AppendUint32(b, x)
	}
	copy(b[12:], "GNU\x00")
	w.sec(w.section(propertyName, flagsRodata, b)).typ = elf.SHT_NOTE
}

// TestLandingPads: stubs, and those of indirect functions, begin with landing pads where the object asks for them, lead where others lead, and are where the functions' names lead.
func TestLandingPads(t *testing.T) {
	for _, a := range testArches() {
		if a.landing == "" {
			continue
		}
		for _, asks := range []bool{false, true} {
			w := a.newELF("landing.o")
			code := w.section(".text", flagsText, bytes.Repeat([]byte{0x90}, 32))
			value := uint32(2) // the shadow stack, and the signing of return addresses
			if asks {
				value = 3
			}
			w.property(a.landingProperty, value)
			w.symbol(elfSymbol{name: "indirect", bind: elf.STB_GLOBAL, typ: elf.STT_LOOS, sec: code})
			w.symbol(elfSymbol{name: "second", bind: elf.STB_GLOBAL, typ: elf.STT_LOOS, sec: code, value: 4})
			b := newBench(t, nil)
			o := b.load(w)
			b.resolve()
			size := int(a.stubSize)
			if asks {
				size += len(a.landing)
			}
			stubs := b.mm.section("landing.o", ".iplt")
			if stubs.Size != uint64(2*size) {
				t.Fatalf("%s, asks %v: stubs of %d bytes", a.name, asks, stubs.Size)
			}
			for i := range 2 {
				stub := stubs.Mem[i*size:][:size]
				if name := []string{"indirect", "second"}[i]; b.addr(name) != uint64(stubs.Addr)+uint64(i*size) {
					t.Errorf("%s, asks %v: %s is at %#x, not at its stub, %#x", a.name, asks, name, b.addr(name), uint64(stubs.Addr)+uint64(i*size))
				}
				if bytes.HasPrefix(stub, []byte(a.landing)) != asks {
					t.Errorf("%s, asks %v: % x", a.name, asks, stub)
				}
				plain := make([]byte, a.stubSize)
				f := &fixer{o: o}
				at := uint64(stubs.Addr) + uint64(i*size) + uint64(size) - a.stubSize
				if !a.stub(f, plain, at, uint64(b.mm.section("landing.o", ".igot").Addr)+uint64(i)*a.slotSize, 0) || !bytes.HasSuffix(stub, plain) {
					t.Errorf("%s, asks %v: % x does not end in % x", a.name, asks, stub, plain)
				}
			}
		}
	}
}

// TestLandingHostile: notes that are not what they say mean nothing.
func TestLandingHostile(t *testing.T) {
	w := testAArch64.newELF("notes.o")
	w.property(aarch64.landingProperty, 1)
	good := bytes.Clone(w.secs[0].data)
	for i := range good {
		for _, x := range []byte{0, 0xff, 0x80} {
			w.secs[0].data = bytes.Clone(good)
			w.secs[0].data[i] = x
			newBench(t, nil).load(w)
			w.secs[0].data = good[:i]
			newBench(t, nil).load(w)
		}
	}
}

// TestSlotPlus: a GOT entry of AArch64 is that of the symbol plus the addend; equal ones are one.
func TestSlotPlus(t *testing.T) {
	w := testAArch64.newELF("slots.o")
	text := w.section(".text", flagsText, make([]byte, 64))
	sym, other := w.undefined("symbol"), w.local("here", text, 8)
	for i, r := range []slotPlus{{sym, 0}, {sym, 16}, {other, 0}, {sym, -8}, {sym, 16}, {other, 16}} {
		w.relocate(text, uint64(i)*4, uint32(elf.R_AARCH64_LD64_GOTOFF_LO15), r.sym, r.addend)
	}
	b := newBenchResolving(t, map[string]uint64{".text": hereText, ".got": hereGOT}, knows(map[string]uint64{"symbol": far}))
	b.load(w)
	b.finalize()
	for i, want := range []uint32{0, 2, 1, 3, 2, 4} {
		if got := b.word32(hereText+uint64(i)*4) >> 10 & 0xfff; got != want {
			t.Errorf("relocation %d is for slot %d, want %d", i, got, want)
		}
	}
	for i, want := range []uint64{far, hereText + 8, far + 16, far - 8, hereText + 24} {
		if got := b.word64(hereGOT + uint64(i)*8); got != want {
			t.Errorf("slot %d holds %#x, want %#x", i, got, want)
		}
	}
}

// TestThreadEntriesPlus: so do the entries of thread-local variables.
func TestThreadEntriesPlus(t *testing.T) {
	b, _ := newThreadBench(t)
	w := testAArch64.newELF("threads.o")
	text := w.section(".text", flagsText, make([]byte, 64))
	own := w.thread("own", w.section(".tdata", flagsThread, make([]byte, 16)), 8)
	for i, addend := range []int64{0, 4, 0, 4} {
		w.relocate(text, uint64(i)*8, uint32(elf.R_AARCH64_TLSGD_ADD_LO12_NC), own, addend)
		w.relocate(text, uint64(i)*8+4, uint32(elf.R_AARCH64_TLSIE_LD64_GOTTPREL_LO12_NC), own, addend)
	}
	b.load(w)
	b.finalize()
	entries := b.mm.section("threads.o", ".got.tls")
	if entries.Size != 2*16+2*8 {
		t.Fatalf("entries of %d bytes", entries.Size)
	}
	word := func(off uint64) int64 { return int64(binary.LittleEndian.Uint64(entries.Mem[off:])) }
	for i, addend := range []int64{0, 4, 0, 4} {
		place := uint64(b.mm.section("threads.o", ".text").Addr) + uint64(i)*8
		pair := uint64(b.word32(place)>>10&0xfff) - uint64(entries.Addr)&0xfff
		distance := uint64(b.word32(place+4)>>10&0xfff)*8 - uint64(entries.Addr)&0xfff
		if word(pair+8) != 8+addend || word(distance) != testThreadOffset+8+addend {
			t.Errorf("addend %d: the pair's offset is %d, the distance %d", addend, word(pair+8), word(distance))
		}
	}
}

// TestUndefinedWeakAArch64: branches go to the next instruction, relative addresses to the place, absolute ones are 0; wherever the code is.
func TestUndefinedWeakAArch64(t *testing.T) {
	for _, at := range []uint64{0x10_0000, hereText} {
		w := testAArch64.newELF("weak.o")
		text := w.section(".text", flagsText, make([]byte, 64))
		weak := w.weak("nowhere", secUndef, 0)
		for i, typ := range []elf.R_AARCH64{elf.R_AARCH64_CALL26, elf.R_AARCH64_JUMP26, elf.R_AARCH64_CONDBR19, elf.R_AARCH64_TSTBR14,
			elf.R_AARCH64_ADR_PREL_LO21, elf.R_AARCH64_ADR_PREL_PG_HI21, elf.R_AARCH64_PREL32, elf.R_AARCH64_ABS32} {
			w.relocate(text, uint64(i)*4, uint32(typ), weak, 0)
		}
		b := newBench(t, map[string]uint64{".text": at})
		b.load(w)
		b.finalize()
		for i, want := range []uint32{1, 1, 1 << 5, 1 << 5, 0, 0, 0, 0} {
			if got := b.word32(at + uint64(i)*4); got != want {
				t.Errorf("at %#x: word %d is %#x, want %#x", at, i, got, want)
			}
		}
	}
}
