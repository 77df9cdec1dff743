package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"testing"
)

// fuzzReloc is how FuzzRelocations takes a relocation from its input: place, type, symbol, addend.
const fuzzReloc = 2 + 2 + 1 + 4

// fuzzObject makes an object of an architecture: code with the relocations, and symbols of every kind to which they refer.
func fuzzObject(a testArch, code, relocs []byte, implicit bool) []byte {
	w := a.newELF("fuzz.o")
	text := w.section(".text", flagsText, code)
	w.sec(text).align, w.sec(text).rel = 8, implicit
	w.bss(".bss", 64, 16)
	tdata := w.section(".tdata", flagsThread, make([]byte, 16))
	grouped := w.section(".text.group", flagsText|elf.SHF_GROUP, make([]byte, 16))
	indirect := elf.STT_LOOS // STT_GNU_IFUNC
	if a.noIFuncs {
		indirect = elf.STT_FUNC
	}
	syms := []uint32{
		0, w.local("here", text, 4), w.undefined("main"), w.common("shared", 32, 16), w.weak("target", text, 8), w.global("zero", 2, 0), w.weak("nowhere", secUndef, 0),
		w.thread("own", tdata, 4), w.thread("other", secUndef, 0), w.weak("grouped", grouped, 4), w.symbol(elfSymbol{typ: elf.STT_SECTION, sec: text}),
		w.symbol(elfSymbol{name: "rom", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x1234_5678}), w.undefined("_GLOBAL_OFFSET_TABLE_"),
		w.symbol(elfSymbol{name: "indirect", bind: elf.STB_GLOBAL, typ: indirect, sec: text, value: 0}),
	}
	w.comdat(syms[9])
	small, constant := w.section(".sdata", flagsData, make([]byte, 8)), w.section(".sbss2", flagsData, make([]byte, 8)) // of PowerPC
	syms = append(syms, w.global("small", small, 4), w.local("constant", constant, 4), w.weak("_SDA_BASE_", secUndef, 0))
	for i, other := range []byte{inMicroMIPS, inMIPS16} {
		called := w.section(fmt.Sprintf(".text.isa%d", i), flagsText, make([]byte, 16))
		syms = append(syms, w.symbol(elfSymbol{name: fmt.Sprintf("compressed%d", i), bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, other: other, sec: called, value: 8}),
			w.symbol(elfSymbol{typ: elf.STT_FUNC, other: other, sec: text, value: 6}))
	}
	for ; len(relocs) >= fuzzReloc; relocs = relocs[fuzzReloc:] {
		off, typ := binary.LittleEndian.Uint16(relocs), binary.LittleEndian.Uint16(relocs[2:])
		w.relocate(text, uint64(off), uint32(typ), syms[int(relocs[4])%len(syms)], int64(int32(binary.LittleEndian.Uint32(relocs[5:]))))
	}
	return w.bytes()
}

// FuzzRelocations is FuzzLoadAndLink for objects of every architecture, of which only code and relocations are the fuzzer's: nearly all of them are loaded and linked.
func FuzzRelocations(f *testing.F) {
	arches := testArches()
	for i, a := range arches {
		code := bytes.Repeat([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0x14, 0, 0, 0, 0x94}, 64)
		var all []byte
		for typ := range a.rows {
			if a.rows[typ].formula == nil {
				continue
			}
			symbol := byte(len(all) % 7)
			if a.rows[typ].need&needThread != 0 {
				symbol = 7 + byte(len(all)%2)
			}
			place := binary.LittleEndian.AppendUint16(nil, uint16(len(all)/fuzzReloc*8%1000))
			relocation := append(binary.LittleEndian.AppendUint16(place, uint16(typ)), symbol, 0, 0, 0, 0)
			all = append(all, relocation...)
			f.Add(uint8(i), code[:16], append([]byte{8, 0}, relocation[2:]...), false)
		}
		for at := 0; at+4 < len(all); at += fuzzReloc {
			if place := binary.LittleEndian.Uint16(all[at:]); place%3 == 0 && all[at+4] < 7 {
				all[at+4] = 14 + byte(at/fuzzReloc%7) // small data, and other instruction sets
			}
		}
		f.Add(uint8(i), code, all, false)
		f.Add(uint8(i), code, all, true)
	}
	f.Fuzz(func(t *testing.T, i uint8, code, relocs []byte, implicit bool) {
		a := arches[int(i)%len(arches)]
		fuzzLink(t, fuzzObject(a, code, relocs, implicit && a.implicit))
	})
}
