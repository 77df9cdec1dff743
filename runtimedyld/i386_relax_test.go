package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// TestI386Relax: each form of B.2, with a base register and without, does with the symbol's address what it did with the GOT entry that holds it.
func TestI386Relax(t *testing.T) {
	const text, got, symbol = 0x10_0000, 0x20_0000, 0x7654_3210
	pc := func(off int) string { return fmt.Sprintf("%#x", symbol-text-off) }
	for _, c := range []struct {
		code    string // with the displacement
		want    string // in GNU's syntax
		implied string // what follows
	}{
		{"\xff\x93", "addr16 call .+" + pc(6), ""},
		{"\xff\xa3", "jmp .+" + pc(5), "nop"},
		{"\xff\x15", "addr16 call .+" + pc(6), ""},
		{"\xff\x25", "jmp .+" + pc(5), "nop"},
		{"\x8b\x83", fmt.Sprintf("lea %#x(%%ebx),%%eax", symbol-got), ""},
		{"\x8b\xb1", fmt.Sprintf("lea %#x(%%ecx),%%esi", symbol-got), ""},
		{"\x8b\x15", fmt.Sprintf("mov $%#x,%%edx", symbol), ""},
		{"\x85\x8b", fmt.Sprintf("test $%#x,%%ecx", symbol), ""},
		{"\x03\xbb", fmt.Sprintf("add $%#x,%%edi", symbol), ""},
		{"\x3b\x1d", fmt.Sprintf("cmp $%#x,%%ebx", symbol), ""},
		{"\x33\x83", fmt.Sprintf("xor $%#x,%%eax", symbol), ""},
		{"\xff\xb3", "pushl (%ebx)", ""},             // of the entry, the GOT's first
		{"\x8b\x84\x08", "mov (%eax,%ecx),%eax", ""}, // an index
	} {
		i386Arch := testArch{arch: &i386, elfTarget: elfTarget{machine: elf.EM_386}}
		w := i386Arch.newELF("relax.o")
		sec := w.section(".text", flagsText, append([]byte(c.code), bytes.Repeat([]byte{0}, 4)...))
		w.sec(sec).rel = true
		w.relocate(sec, uint64(len(c.code)), uint32(elf.R_386_GOT32X), w.undefined("symbol"), 0)
		b := newBenchResolving(t, map[string]uint64{".text": text, ".got": got}, knows(map[string]uint64{"symbol": symbol}))
		b.load(w)
		b.finalize()
		if b.word32(got) != symbol {
			t.Errorf("the entry holds %#x", b.word32(got))
		}
		mem := b.bytesAt(text, uint64(len(c.code))+4)
		inst, err := x86asm.Decode(mem, 32)
		if err != nil {
			t.Errorf("% x: % x: %v", c.code, mem, err)
			continue
		}
		if got := x86asm.GNUSyntax(inst, 0, nil); got != c.want {
			t.Errorf("% x becomes % x: %s, want %s", c.code, mem, got, c.want)
		}
		if rest := mem[inst.Len:]; c.implied == "nop" && !bytes.Equal(rest, []byte{0x90}) || c.implied == "" && len(rest) > 0 {
			t.Errorf("% x becomes % x: % x is left", c.code, mem, rest)
		}
	}
}
