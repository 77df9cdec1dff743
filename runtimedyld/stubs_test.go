package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

const (
	hereText = 0x7f00_0000_0000
	hereGOT  = 0x7f00_0010_0000
	hereStub = 0x7f00_0020_0000
	hereData = 0x7f00_0030_0000
	near     = 0x7f00_0040_0000
	far      = 0x5555_5555_5550
)

// here is a usual layout, far from everything below 4 GiB and from far.
var here = map[string]uint64{".text": hereText, ".got": hereGOT, ".stubs": hereStub, ".data": hereData, ".rodata": hereData}

// branchTarget follows a branch instruction, and the stub that it leads to.
func branchTarget(t testing.TB, b *bench, at uint64) (target uint64, viaStub bool) {
	t.Helper()
	inst, err := x86asm.Decode(b.bytesAt(at, 8), 64)
	if err != nil {
		t.Fatal(err)
	}
	rel, ok := inst.Args[0].(x86asm.Rel)
	if !ok {
		t.Fatalf("%v is not a direct branch", inst)
	}
	target = at + uint64(inst.Len) + uint64(rel)
	stub := b.mm.read(target, 8)
	if stub == nil {
		return target, false
	}
	inst, err = x86asm.Decode(stub, 64)
	mem, ok := inst.Args[0].(x86asm.Mem)
	if err != nil || inst.Op != x86asm.JMP || !ok || mem.Base != x86asm.RIP {
		return target, false
	}
	return b.word64(target + uint64(inst.Len) + uint64(int32(mem.Disp))), true
}

// branches are the direct branches, each before its displacement.
var branches = []struct {
	name string
	code []byte
	typ  elf.R_X86_64
}{
	{"call PLT32", []byte{0xe8}, elf.R_X86_64_PLT32},
	{"jmp PLT32", []byte{0xe9}, elf.R_X86_64_PLT32},
	{"jne PLT32", []byte{0x0f, 0x85}, elf.R_X86_64_PLT32},
	{"call PC32", []byte{0xe8}, elf.R_X86_64_PC32},
	{"jmp PC32", []byte{0xe9}, elf.R_X86_64_PC32},
	{"jg PC32", []byte{0x0f, 0x8f}, elf.R_X86_64_PC32},
	{"call PLT32_BND", []byte{0xe8}, elf.R_X86_64_PLT32_BND},
}

// TestStubs has each kind of branch three times to one symbol, and once to another.
func TestStubs(t *testing.T) {
	for _, br := range branches {
		for name, symbol := range map[string]uint64{"far": far, "near": near, "undefined weak": 0} {
			t.Run(br.name+" "+name, func(t *testing.T) {
				w := newELF("branch.o")
				code := bytes.Repeat(append(append([]byte(nil), br.code...), 0, 0, 0, 0), 4)
				text := w.section(".text", flagsText, append(code, nops...))
				one, two := w.weak("one", secUndef, 0), w.undefined("two")
				n := uint64(len(br.code) + 4)
				for i := range uint64(4) {
					w.reloc(text, i*n+n-4, br.typ, []uint32{one, one, two, one}[i], -4)
				}
				b := newBenchResolving(t, here, knows(map[string]uint64{"one": symbol, "two": far + 64}))
				b.load(w)
				b.resolve()
				for i, want := range []uint64{symbol, symbol, far + 64, symbol} {
					got, viaStub := branchTarget(t, b, hereText+uint64(i)*n)
					if got != want || viaStub != (want != near) {
						t.Errorf("branch %d leads to %#x (through a stub: %v), want %#x", i, got, viaStub, want)
					}
				}
				if got, stubs := b.mm.section("branch.o", ".got"), b.mm.section("branch.o", ".stubs"); got.Size != 16 || stubs.Size != 16 {
					t.Errorf("two symbols have a GOT of %d bytes and stubs of %d", got.Size, stubs.Size)
				}
				if !bytes.Equal(b.bytesAt(hereText+4*n, 8), nops) {
					t.Error("changed beyond the instructions")
				}
			})
		}
	}
}

// TestOneSlotPerSymbol has every way to ask for a GOT entry, for one symbol.
func TestOneSlotPerSymbol(t *testing.T) {
	w := newELF("slots.o")
	data := w.section(".data", flagsData, make([]byte, 64))
	text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0}, nops...))
	sym := w.undefined("symbol")
	w.reloc(data, 0, elf.R_X86_64_GOT64, sym, 0)
	w.reloc(data, 8, elf.R_X86_64_GOTPLT64, sym, 0)
	w.reloc(data, 16, elf.R_X86_64_GOTPCREL64, sym, 0)
	w.reloc(data, 24, elf.R_X86_64_GOT32, sym, 0)
	w.reloc(data, 28, elf.R_X86_64_GOTPCREL, sym, 0)
	w.reloc(data, 32, elf.R_X86_64_GOTPCRELX, sym, 0)
	w.reloc(text, 1, elf.R_X86_64_PLT32, sym, -4)
	b := newBenchResolving(t, here, knows(map[string]uint64{"symbol": far}))
	b.load(w)
	b.resolve()
	if s := b.mm.section("slots.o", ".got"); s.Size != 8 || b.word64(hereGOT) != far {
		t.Errorf("GOT of %d bytes, entry %#x", s.Size, b.word64(hereGOT))
	}
	for off, want := range map[uint64]int64{0: 0, 8: 0, 16: hereGOT - hereData - 16} {
		if got := b.word64(hereData + off); got != uint64(want) {
			t.Errorf(".data+%d is %#x, want %#x", off, got, want)
		}
	}
	for off, want := range map[uint64]int64{24: 0, 28: hereGOT - hereData - 28, 32: hereGOT - hereData - 32} {
		if got := b.word32(hereData + off); got != uint32(want) {
			t.Errorf(".data+%d is %#x, want %#x", off, got, want)
		}
	}
	if target, _ := branchTarget(t, b, hereText); target != far {
		t.Errorf("call leads to %#x", target)
	}
}

// farError links an object that refers to what it cannot reach, and returns the error.
func farError(t *testing.T, w *elfWriter) *RelocationError {
	t.Helper()
	b := newBenchResolving(t, here, knows(map[string]uint64{"symbol": far}))
	b.load(w)
	err := b.ResolveRelocations()
	e := new(RelocationError)
	if !errors.Is(err, ErrRelocationOverflow) || !errors.As(err, &e) {
		t.Fatalf("%s: no error of range: %v", w.name, err)
	}
	if !strings.Contains(err.Error(), "-fPIC") {
		t.Errorf("no advice in %q", err)
	}
	return e
}

// TestFarData: what is no branch cannot go through a stub; also where the bytes before look like one.
func TestFarData(t *testing.T) {
	w := newELF("lea.o")
	text := w.section(".text", flagsText, []byte{0x48, 0x8d, 0x05, 0, 0, 0, 0})
	w.reloc(text, 3, elf.R_X86_64_PC32, w.undefined("symbol"), -4)
	if e := farError(t, w); e.Symbol != "symbol" || e.Offset != 3 {
		t.Errorf("%+v", e)
	}
	for _, flags := range []elf.SectionFlag{flagsRodata, flagsData} {
		w = newELF("data.o")
		data := w.section(".data", flags, []byte{0x0f, 0xe8, 0, 0, 0, 0})
		w.reloc(data, 2, elf.R_X86_64_PC32, w.undefined("symbol"), 0)
		farError(t, w)
	}
	w = newELF("absolute.o")
	text = w.section(".text", flagsText, []byte{0xbf, 0, 0, 0, 0})
	w.reloc(text, 1, elf.R_X86_64_32, w.undefined("symbol"), 0)
	farError(t, w)
}

// TestFarBranchInto: a stub leads to the symbol, never to a place behind it, so that a far branch with another addend is an error.
func TestFarBranchInto(t *testing.T) {
	w := newELF("into.o")
	text := w.section(".text", flagsText, []byte{0xe8, 0, 0, 0, 0})
	w.reloc(text, 1, elf.R_X86_64_PLT32, w.undefined("symbol"), 12)
	farError(t, w)

	w = newELF("number.o") // what gas makes of `call 0x1234`
	text = w.section(".text", flagsText, []byte{0xe8, 0, 0, 0, 0})
	w.reloc(text, 1, elf.R_X86_64_PLT32, 0, 0x1230)
	farError(t, w)
}

// TestStubInData: `.long function@PLT - .` is the stub's address where the function is far (as in relative vtables), with any addend.
func TestStubInData(t *testing.T) {
	w := newELF("vtable.o")
	data := w.section(".rodata", flagsRodata, make([]byte, 16))
	sym := w.undefined("symbol")
	w.reloc(data, 0, elf.R_X86_64_PLT32, sym, 0)
	w.reloc(data, 8, elf.R_X86_64_PLT32, sym, 8)
	b := newBenchResolving(t, here, knows(map[string]uint64{"symbol": far}))
	b.load(w)
	b.resolve()
	for _, off := range []uint64{0, 8} {
		if got := uint64(hereData) + uint64(int32(b.word32(hereData+off))); got != hereStub {
			t.Errorf(".rodata+%d leads to %#x, want the stub at %#x", off, got, uint64(hereStub))
		}
	}
}

// TestStubToAbsolute: absolute symbols of the object itself can be out of reach, too.
func TestStubToAbsolute(t *testing.T) {
	for _, bind := range []elf.SymBind{elf.STB_LOCAL, elf.STB_GLOBAL} {
		w := newELF("absolute.o")
		text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0}, nops...))
		w.reloc(text, 1, elf.R_X86_64_PLT32, w.symbol(elfSymbol{name: "rom", bind: bind, sec: secAbs, value: far}), -4)
		b := newBench(t, here)
		b.load(w)
		b.resolve()
		if target, viaStub := branchTarget(t, b, hereText); target != far || !viaStub {
			t.Errorf("%v: call leads to %#x (through a stub: %v)", bind, target, viaStub)
		}
	}
}

// TestStubToOverridden: an object calls what it defines itself, weakly or as a common, and another object's definition, far away, wins.
func TestStubToOverridden(t *testing.T) {
	for name, define := range map[string]func(w *elfWriter, text int) uint32{
		"weak":   func(w *elfWriter, text int) uint32 { return w.weak("function", text, 5) },
		"common": func(w *elfWriter, text int) uint32 { return w.common("function", 8, 8) },
		"grouped": func(w *elfWriter, text int) uint32 {
			sym := w.global("function", w.section(".text.function", flagsText|elf.SHF_GROUP, nops), 0)
			w.comdat(sym)
			return sym
		},
	} {
		w := newELF("weak.o")
		text := w.section(".text", flagsText, append([]byte{0xe8, 0, 0, 0, 0}, nops...))
		w.reloc(text, 1, elf.R_X86_64_PLT32, define(w, text), -4)
		b := newBench(t, map[string]uint64{"weak.o:.text": hereText, ".got": hereGOT, ".stubs": hereStub})
		b.load(w)
		b.load(defining("strong.o", "function", elf.STB_GLOBAL))
		b.resolve()
		if target, viaStub := branchTarget(t, b, hereText); target != b.addr("function") || !viaStub {
			t.Errorf("%s: call leads to %#x (through a stub: %v), want %#x", name, target, viaStub, b.addr("function"))
		}
	}
}

// TestStubOutOfReach: the stubs or their GOT may be too far themselves, which is the caller's error.
func TestStubOutOfReach(t *testing.T) {
	for _, moved := range []string{".stubs", ".got"} {
		addrs := map[string]uint64{".text": hereText, ".got": hereGOT, ".stubs": hereStub}
		addrs[moved] = 0x1000_0000_0000
		w := newELF("reach.o")
		text := w.section(".text", flagsText, []byte{0xe8, 0, 0, 0, 0})
		w.reloc(text, 1, elf.R_X86_64_PLT32, w.undefined("symbol"), -4)
		b := newBenchResolving(t, addrs, knows(map[string]uint64{"symbol": far}))
		b.load(w)
		if err := b.ResolveRelocations(); !errors.Is(err, ErrRelocationOverflow) {
			t.Errorf("%s far away: %v", moved, err)
		}
	}
}

// TestUndefinedWeak: 0 in every form in which compilers ask for an address.
func TestUndefinedWeak(t *testing.T) {
	w := newELF("weak.o")
	data := w.section(".data", flagsData, bytes.Repeat([]byte{0xee}, 64))
	text := w.section(".text", flagsText, append([]byte{0x48, 0x8b, 0x05, 0, 0, 0, 0, 0xe8, 0, 0, 0, 0}, nops...))
	sym := w.weak("nowhere", secUndef, 0)
	w.reloc(data, 0, elf.R_X86_64_64, sym, 0)
	w.reloc(data, 8, elf.R_X86_64_32, sym, 0)
	w.reloc(data, 12, elf.R_X86_64_32S, sym, 0)
	w.reloc(data, 16, elf.R_X86_64_GOTOFF64, sym, 0)
	w.reloc(data, 24, elf.R_X86_64_GOT64, sym, 0)
	w.reloc(data, 32, elf.R_X86_64_GOTPCREL, sym, 0)
	w.reloc(data, 40, elf.R_X86_64_PC64, sym, 0)
	w.reloc(data, 48, elf.R_X86_64_PLTOFF64, sym, 0)
	w.reloc(data, 56, elf.R_X86_64_16, sym, 0)
	w.reloc(data, 58, elf.R_X86_64_8, sym, 0)
	w.reloc(text, 3, elf.R_X86_64_REX_GOTPCRELX, sym, -4)
	w.reloc(text, 8, elf.R_X86_64_PLT32, sym, -4)
	for name, resolver := range map[string]SymbolResolver{"no resolver": nil, "ignorant resolver": knows(nil)} {
		b := newBenchResolving(t, here, resolver)
		b.load(w)
		b.finalize()
		mem := b.mm.section("weak.o", ".data").Mem
		word := func(off int) uint64 { return binary.LittleEndian.Uint64(mem[off:]) }
		gotSlot := hereData + 32 + uint64(int32(word(32)))
		for what, v := range map[string]uint64{
			"64": word(0), "32 and 32S": word(8), "GOTOFF64": word(16) + hereGOT, "GOT64": b.word64(hereGOT + word(24)), "GOTPCREL": b.word64(gotSlot),
			"PC64": word(40) + hereData + 40, "PLTOFF64": word(48) + hereGOT, "16, 8": word(56) & 0xffffff,
		} {
			if v != 0 {
				t.Errorf("%s: %s is %#x", name, what, v)
			}
		}
		mov := access{op: x86asm.MOV, reg: x86asm.RAX, code: make([]byte, 7)}
		if e := decodeAccess(t, b, mov, b.bytesAt(hereText, 7), hereText); e.value != 0 {
			t.Errorf("%s: mov loads %#x", name, e.value)
		}
		if target, _ := branchTarget(t, b, hereText+7); target != 0 {
			t.Errorf("%s: call leads to %#x", name, target)
		}
		if a, ok := b.SymbolLoadAddress("nowhere"); ok {
			t.Errorf("%s: the symbol has the address %#x", name, a)
		}
	}
}

// TestGOTOffsets checks what position-independent code of the large model computes with.
func TestGOTOffsets(t *testing.T) {
	w := newELF("got.o")
	data := w.section(".data", flagsData, make([]byte, 64))
	local, global := w.local("here", data, 40), w.undefined("symbol")
	base := w.undefined("_GLOBAL_OFFSET_TABLE_")
	w.reloc(data, 0, elf.R_X86_64_GOTOFF64, local, 4)
	w.reloc(data, 8, elf.R_X86_64_GOTPC64, base, 8)
	w.reloc(data, 16, elf.R_X86_64_GOTPC32, base, 16)
	w.reloc(data, 24, elf.R_X86_64_GOT64, local, 0)
	w.reloc(data, 32, elf.R_X86_64_GOT64, global, 0)
	w.reloc(data, 40, elf.R_X86_64_PLTOFF64, global, 0)
	w.reloc(data, 48, elf.R_X86_64_64, base, 0)
	w.reloc(data, 56, elf.R_X86_64_GOTPLT64, local, 0)
	b := newBenchResolving(t, here, knows(map[string]uint64{"symbol": far}))
	b.load(w)
	b.resolve()
	for what, v := range map[string][2]uint64{
		"GOTOFF64":                 {b.word64(hereData) + hereGOT, hereData + 44},
		"GOTPC64":                  {b.word64(hereData+8) + hereData, hereGOT},
		"GOTPC32":                  {uint64(int32(b.word32(hereData+16))) + hereData, hereGOT},
		"GOT64 of a local symbol":  {b.word64(hereGOT + b.word64(hereData+24)), hereData + 40},
		"GOT64 of a far symbol":    {b.word64(hereGOT + b.word64(hereData+32)), far},
		"PLTOFF64":                 {b.word64(hereData+40) + hereGOT, far},
		"the GOT's symbol":         {b.word64(hereData + 48), hereGOT},
		"GOTPLT64, shared with 24": {b.word64(hereData + 56), b.word64(hereData + 24)},
		"size of the GOT":          {b.mm.section("got.o", ".got").Size, 16},
	} {
		if v[0] != v[1] {
			t.Errorf("%s: %#x, want %#x", what, v[0], v[1])
		}
	}
	if _, ok := b.SymbolLoadAddress("_GLOBAL_OFFSET_TABLE_"); ok {
		t.Error("the GOT of an object is a symbol for everybody")
	}
}

// TestSizes: the size of a symbol is its definition's, wherever that is.
func TestSizes(t *testing.T) {
	w := newELF("sizes.o")
	data := w.section(".data", flagsData, make([]byte, 64))
	local := w.symbol(elfSymbol{name: "local", sec: data, size: 5})
	own := w.symbol(elfSymbol{name: "own", bind: elf.STB_GLOBAL, sec: data, size: 6})
	for i, sym := range []uint32{local, own, w.undefined("other"), w.undefined("common"), w.common("mine", 8, 8), w.weak("nowhere", secUndef, 0)} {
		w.reloc(data, uint64(i)*8, elf.R_X86_64_SIZE64, sym, 0)
	}
	w.reloc(data, 48, elf.R_X86_64_SIZE32, local, -2)

	other := newELF("other.o")
	sec := other.section(".data", flagsData, make([]byte, 8))
	other.local("filler", sec, 0)
	other.symbol(elfSymbol{name: "first", bind: elf.STB_GLOBAL, sec: sec, size: 1})
	other.symbol(elfSymbol{name: "other", bind: elf.STB_GLOBAL, sec: sec, size: 7})
	other.common("common", 100, 4)
	other.common("mine", 9, 8)

	b := newBench(t, map[string]uint64{"sizes.o:.data": hereData})
	b.load(w)
	b.load(other)
	b.resolve()
	for i, want := range []uint64{5, 6, 7, 100, 9, 0, 3} {
		if got := b.word64(hereData + uint64(i)*8); got != want {
			t.Errorf("size %d is %d, want %d", i, got, want)
		}
	}
}
