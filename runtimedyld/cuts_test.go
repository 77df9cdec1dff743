package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// archByName returns an architecture that is served.
func archByName(t testing.TB, name string) testArch {
	t.Helper()
	for _, a := range testArches() {
		if a.name == name {
			return a
		}
	}
	t.Fatalf("%s is not served", name)
	return testArch{}
}

// words writes instructions, of 2 bytes if they do not have all the bits of one of 4.
func words(list ...uint32) (b []byte) {
	for _, w := range list {
		if w&3 == 3 {
			b = binary.LittleEndian.AppendUint32(b, w)
		} else {
			b = binary.LittleEndian.AppendUint16(b, uint16(w))
		}
	}
	return b
}

// RISC-V instructions of the tests.
const (
	rvCallHi = riscvOpAuipc | 1<<7        // auipc ra, 0
	rvCallLo = riscvOpJalr | 1<<7 | 1<<15 // jalr ra, ra, 0
	rvTailHi = riscvOpAuipc | 6<<7        // auipc t1, 0
	rvTailLo = riscvOpJalr | 6<<15        // jr t1
	rvRetC   = 0x8082                     // c.jr ra
	rvJalRA  = riscvOpJal | 1<<7          // jal ra, .
	rvBranch = 0x63                       // beq x0, x0, .
	rvPCRel  = riscvOpAuipc | 10<<7       // auipc a0, 0
	rvLowI   = 0x13 | 10<<7 | 10<<15      // addi a0, a0, 0
	rvLui    = riscvOpLui | 10<<7         // lui a0, 0
	rvPad16  = "\x01\x00\x13\x00\x00\x00\x13\x00\x00\x00\x13\x00\x00\x00"
)

// shrinking is an object whose section .text shrinks: a call of g, a jump to h, padding to 16 bytes, g, h, and a branch; .data has the address of h and its distance from g.
func shrinking(a testArch) *elfWriter {
	w := a.newELF("shrinking.o")
	w.flags = riscvFlagRVC
	code := append(words(rvCallHi, rvCallLo, rvTailHi, rvTailLo), rvPad16...)
	code = append(code, words(rvRetC, riscvNopRVC, rvBranch, rvRetC)...)
	text := w.section(".text", flagsText, code)
	w.sec(text).align = 2
	g := w.symbol(elfSymbol{name: "g", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, value: 30, size: 2})
	h := w.symbol(elfSymbol{name: "h", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, value: 32, size: 8})
	start := w.symbol(elfSymbol{name: "start", bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, size: 16})
	end := w.local("end", text, 40)
	mark := uint32(elf.R_RISCV_RELAX)
	w.relocate(text, 0, uint32(elf.R_RISCV_CALL_PLT), g, 0)
	w.relocate(text, 0, mark, 0, 0)
	w.relocate(text, 8, uint32(elf.R_RISCV_CALL), h, 0)
	w.relocate(text, 8, mark, 0, 0)
	w.relocate(text, 16, uint32(elf.R_RISCV_ALIGN), 0, 14)
	w.relocate(text, 34, uint32(elf.R_RISCV_BRANCH), start, 0)
	data := w.section(".data", flagsData, make([]byte, 16))
	w.relocate(data, 0, uint32(elf.R_RISCV_64), h, 0)
	w.relocate(data, 8, uint32(elf.R_RISCV_ADD32), end, 0)
	w.relocate(data, 8, uint32(elf.R_RISCV_SUB32), start, 0)
	return w
}

// TestShrink: calls and padding get shorter, and everything that is behind them is where it then is: symbols, sizes, differences, places of relocations, what debuggers are told.
// Applied again elsewhere, relocations give what they give there.
func TestShrink(t *testing.T) {
	a := archByName(t, "riscv64")
	const at, elsewhere = 0x40_0000, 0x7000_0000_0000
	b := newBench(t, map[string]uint64{".text": at, ".data": 0x50_0000})
	o := b.load(shrinking(a))
	text := b.mm.section("shrinking.o", ".text")
	if text.Align != 16 || text.Size != 26 {
		t.Errorf(".text has %d bytes, aligned to %d", text.Size, text.Align)
	}
	want := words(rvJalRA|16<<20, 0, riscvNop, riscvNop, riscvNopRVC, rvRetC, riscvNopRVC, rvBranch, rvRetC)
	riscvJumpFieldRVC.store(want[4:], 18-4)
	binary.LittleEndian.PutUint16(want[4:], binary.LittleEndian.Uint16(want[4:])|riscvJumpRVC)
	riscvBranch.store(want[20:], uint64(1<<64-20))
	check := func(base uint64) {
		t.Helper()
		b.resolve()
		if content, err := b.SectionContent(o, 1); err != nil || !bytes.Equal(content, want) {
			t.Errorf(".text is\n% x, want\n% x (%v)", content, want, err)
		}
		if b.addr("start") != base || b.addr("g") != base+16 || b.addr("h") != base+18 || len(b.SymbolLocalAddress("h")) != 8 {
			t.Errorf("g is at %#x, h at %#x", b.addr("g"), b.addr("h"))
		}
		data := b.mm.section("shrinking.o", ".data").Mem
		if h, n := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint32(data[8:]); h != base+18 || n != 26 {
			t.Errorf("h is at %#x, its object %d bytes long", h, n)
		}
		if n, ok := o.SectionSize(1); n != 26 || !ok {
			t.Errorf("%d bytes in memory, %v", n, ok)
		}
	}
	check(at)
	if err := b.MapSectionAddress(o, 1, elsewhere); err != nil {
		t.Fatal(err)
	}
	check(elsewhere)
	checkShrunkDebug(t, o)
}

// checkShrunkDebug reads the debug object of shrinking with debug/elf.
func checkShrunkDebug(t *testing.T, o *Object) {
	t.Helper()
	data, err := o.DebugImage().DebugObject()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]uint64{"start": {0, 6}, "g": {16, 2}, "h": {18, 8}, "end": {26, 0}}
	for _, y := range syms {
		if w, ok := want[y.Name]; ok && (y.Value != w[0] || y.Size != w[1]) {
			t.Errorf("debuggers are told that %s is at %d and has %d bytes", y.Name, y.Value, y.Size)
		}
	}
	if s := f.Section(".text"); s.Size != 26 {
		t.Errorf("debuggers are told of %d bytes", s.Size)
	}
}

// TestShrinkUnrelaxed: without relaxation calls stay as they are, and padding goes all the same. What may be another object's function in the end is called as it was.
func TestShrinkUnrelaxed(t *testing.T) {
	weak := shrinking(archByName(t, "riscv64"))
	for i := range weak.syms {
		weak.syms[i].bind = elf.STB_WEAK
	}
	plain := shrinking(archByName(t, "riscv64"))
	plain.name = "plain.o"
	for i, w := range []*elfWriter{plain, weak} {
		b := newBench(t, map[string]uint64{".text": 0x40_0000})
		b.SetRelaxation(i == 1)
		o := b.load(w)
		b.resolve()
		if n, _ := o.SectionSize(1); n != 26 { // 16 bytes of calls, no padding
			t.Errorf("%s: %d bytes in memory", w.name, n)
		}
		if hi := b.word32(0x40_0000); hi&riscvOpMask != riscvOpAuipc {
			t.Errorf("%s: the call is %#x", w.name, hi)
		}
	}
}

// TestShrinkErrors: a message has the place in the file. Padding that is not there, and padding that is too short, are errors.
func TestShrinkErrors(t *testing.T) {
	a := archByName(t, "riscv64")
	far := shrinking(a)
	far.relocate(1, 34, uint32(elf.R_RISCV_BRANCH), far.symbol(elfSymbol{name: "far", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x10}), 0)
	b := newBench(t, map[string]uint64{".text": 0x40_0000})
	b.load(far)
	e := new(RelocationError)
	if err := b.ResolveRelocations(); !errors.As(err, &e) || !errors.Is(err, ErrRelocationOverflow) || e.Offset != 34 {
		t.Errorf("%v", err)
	}
	for _, align := range []struct {
		off    uint64
		addend int64
	}{{16, 30}, {41, 0}, {16, -2}, {17, 6}} {
		w := a.newELF("padding.o")
		text := w.section(".text", flagsText, make([]byte, 40))
		w.relocate(text, align.off, uint32(elf.R_RISCV_ALIGN), 0, align.addend)
		b := newBench(t, nil)
		_, err := b.LoadObject(w.parse(t))
		if !errors.As(err, &e) || !errors.Is(err, ErrMalformedRelocation) || e.Offset != align.off {
			t.Errorf("%d bytes of padding at %d: %v", align.addend, align.off, err)
		}
	}
}

// TestShrinkLoongArch: a call of the medium model becomes bl. Padding that has a bound goes altogether if more is needed.
func TestShrinkLoongArch(t *testing.T) {
	a := archByName(t, "loongarch64")
	w := a.newELF("shrinking.o")
	var code []byte
	for _, op := range []uint32{0x1e00_0001, 0x4c00_0021, loongarchNop, loongarchNop, loongarchNop, 0x4c00_0020, loongarchNop, loongarchNop, loongarchNop, 0x4c00_0020} {
		code = binary.LittleEndian.AppendUint32(code, op)
	}
	text := w.section(".text", flagsText, code)
	g, h, anything := w.global("g", text, 20), w.global("h", text, 36), w.local("anything", text, 0)
	w.relocate(text, 0, uint32(elf.R_LARCH_CALL36), h, 0)
	w.relocate(text, 0, uint32(elf.R_LARCH_RELAX), 0, 0)
	w.relocate(text, 8, uint32(elf.R_LARCH_ALIGN), anything, 4|8<<8)
	w.relocate(text, 24, uint32(elf.R_LARCH_ALIGN), 0, 12)
	w.relocate(text, 36, uint32(elf.R_LARCH_B26), g, 0)
	b := newBench(t, map[string]uint64{".text": 0x40_0000})
	b.load(w)
	b.resolve()
	want := []uint32{loongarchBl | 4<<10, 0x4c00_0020, loongarchNop, loongarchNop, 0}
	want[4] = uint32(loongarchB26.code.insert(0x4c00_0020, 1<<64-12))
	if n := b.mm.section("shrinking.o", ".text").Size; n != 20 || b.addr("g") != 0x40_0004 || b.addr("h") != 0x40_0010 {
		t.Fatalf("%d bytes, g is at %#x, h at %#x", n, b.addr("g"), b.addr("h"))
	}
	for i, op := range want {
		if got := b.word32(0x40_0000 + 4*uint64(i)); got != op {
			t.Errorf("instruction %d is %#x, want %#x", i, got, op)
		}
	}
}

// TestShrinkRandom: in sections made of calls, padding and anything else, calls go where they went, and what was to be aligned is.
func TestShrinkRandom(t *testing.T) {
	for _, name := range []string{"riscv64", "riscv32"} {
		random := rand.New(rand.NewPCG(7, 8))
		for round := range 60 {
			r := randomText{arch: archByName(t, name), random: random}
			t.Run(fmt.Sprint(name, " ", round), r.run)
		}
	}
}

// A randomText is a section, and what it is made of.
type randomText struct {
	arch   testArch
	random *rand.Rand
	items  []textItem
	labels int
}

// A textItem is a piece of code: a label, a call, padding, or bytes of which nobody knows anything.
type textItem struct {
	label, call int // a label's number, plus 1
	tail        bool
	align       uint64
	bytes       []byte
}

func (r *randomText) run(t *testing.T) {
	w := r.arch.newELF("random.o")
	w.flags = riscvFlagRVC
	var code []byte
	var syms []uint32
	text := w.section(".text", flagsText, nil)
	for range 20 + r.random.IntN(60) {
		item := textItem{}
		switch r.random.IntN(5) {
		case 0:
			r.labels++
			item.label = r.labels
			syms = append(syms, w.local(fmt.Sprint("label", r.labels), text, uint64(len(code))))
		case 1:
			item.align = 4 << r.random.IntN(5)
			w.relocate(text, uint64(len(code)), uint32(elf.R_RISCV_ALIGN), 0, int64(item.align)-2)
			code = append(code, make([]byte, item.align-2)...)
		case 2:
			item.bytes = make([]byte, 2*r.random.IntN([]int{8, 8, 700, 600_000 / (1 + r.random.IntN(40))}[r.random.IntN(4)]))
			for i := range item.bytes {
				item.bytes[i] = byte(r.random.Uint32())
			}
			code = append(code, item.bytes...)
		default:
			item.call, item.tail = 1+r.random.IntN(12), r.random.IntN(2) == 0
			ops := words(rvCallHi, rvCallLo)
			if item.tail {
				ops = words(rvTailHi, rvTailLo)
			}
			r.items = append(r.items, item)
			w.relocate(text, uint64(len(code)), uint32(elf.R_RISCV_CALL_PLT), uint32(item.call), 0)
			w.relocate(text, uint64(len(code)), uint32(elf.R_RISCV_RELAX), 0, 0)
			code = append(code, ops...)
			continue
		}
		r.items = append(r.items, item)
	}
	for len(syms) < 12 {
		r.labels++
		r.items = append(r.items, textItem{label: r.labels})
		syms = append(syms, w.local(fmt.Sprint("label", r.labels), text, uint64(len(code))))
	}
	w.sec(text).data = code
	const base = 0x100_0000
	b := newBench(t, map[string]uint64{".text": base})
	b.load(w)
	b.resolve()
	r.walk(t, b.mm.section("random.o", ".text").Mem)
}

// walk goes through the section, item by item.
func (r *randomText) walk(t *testing.T, mem []byte) {
	at := make([]uint64, r.labels+1)
	calls := map[uint64]int{} // places, and the labels to which they go
	pos := uint64(0)
	for i, item := range r.items {
		switch {
		case item.label != 0:
			at[item.label] = pos
		case item.align != 0:
			for n := uint64(0); pos%item.align != 0; n += 2 {
				if n > item.align {
					t.Fatalf("item %d: too much padding", i)
				}
				pos += 2
			}
		case item.call != 0:
			calls[pos] = item.call
			pos += callSize(mem[pos:])
		case !bytes.Equal(mem[pos:][:len(item.bytes)], item.bytes):
			t.Fatalf("item %d has changed", i)
		default:
			pos += uint64(len(item.bytes))
		}
	}
	if pos != uint64(len(mem)) {
		t.Fatalf("%d bytes, want %d", len(mem), pos)
	}
	for from, label := range calls {
		if to := from + callDistance(mem[from:]); to != at[label] {
			t.Errorf("the call at %#x goes to %#x, not to %#x", from, to, at[label])
		}
	}
}

// callSize returns how long a call is: c.j and c.jal, jal, or auipc with jalr.
func callSize(b []byte) uint64 {
	switch {
	case b[0]&3 != 3:
		return 2
	case b[0]&riscvOpMask == riscvOpJal:
		return 4
	}
	return 8
}

// callDistance decodes how far a call goes.
func callDistance(b []byte) uint64 {
	x := uint64(0)
	w := uint64(binary.LittleEndian.Uint16(b))
	if callSize(b) > 2 {
		w = uint64(binary.LittleEndian.Uint32(b))
	}
	bit := func(from, to, n int) { x |= w >> from & (1<<n - 1) << to }
	switch callSize(b) {
	case 2: // imm[11|4|9:8|10|6|7|3:1|5]
		for _, f := range [][3]int{{12, 11, 1}, {11, 4, 1}, {9, 8, 2}, {8, 10, 1}, {7, 6, 1}, {6, 7, 1}, {3, 1, 3}, {2, 5, 1}} {
			bit(f[0], f[1], f[2])
		}
		return uint64(signExtend(x, 12))
	case 4: // imm[20|10:1|11|19:12]
		for _, f := range [][3]int{{31, 20, 1}, {21, 1, 10}, {20, 11, 1}, {12, 12, 8}} {
			bit(f[0], f[1], f[2])
		}
		return uint64(signExtend(x, 21))
	}
	low := binary.LittleEndian.Uint32(b[4:])
	return uint64(signExtend(w&^0xfff, 32)) + uint64(int64(int32(low)>>20))
}

// TestPairs: the second half of an address finds the first one behind it, far from it, and among others; it takes the same way to what only an absolute address reaches.
func TestPairs(t *testing.T) {
	a := archByName(t, "riscv64")
	const at = 0x7000_0000_0000
	for name, c := range map[string]struct {
		first, second uint64 // places
		target        elfSymbol
		between       int // relocations
		want          [2]uint32
	}{
		"together": {first: 0, second: 4, target: elfSymbol{name: "y", sec: 2, value: 0x7f8}, want: [2]uint32{rvPCRel | 0x1000, rvLowI | 0x7f8<<20}},
		"rounded":  {first: 0, second: 4, target: elfSymbol{name: "y", sec: 2, value: 0x804}, want: [2]uint32{rvPCRel | 0x2000, rvLowI | 0x804<<20}},
		"behind":   {first: 40, second: 4, target: elfSymbol{name: "y", sec: 2, value: 0x838}, want: [2]uint32{rvPCRel | 0x2000, rvLowI | 0x810<<20}},
		"far":      {first: 8, second: 0x100, target: elfSymbol{name: "y", sec: 2}, between: 300, want: [2]uint32{rvPCRel | 0x1000, rvLowI | 0xff8<<20}},
		"absolute": {first: 0, second: 4, target: elfSymbol{name: "y", sec: secAbs, value: 0x12345}, want: [2]uint32{rvLui | 0x12000, rvLowI | 0x345<<20}},
		"nowhere":  {first: 0, second: 4, target: elfSymbol{name: "y", bind: elf.STB_WEAK, sec: secUndef}, want: [2]uint32{rvLui, rvLowI}},
	} {
		t.Run(name, func(t *testing.T) {
			w := a.newELF("pair.o")
			code := make([]byte, 0x200)
			binary.LittleEndian.PutUint32(code[c.first:], rvPCRel)
			binary.LittleEndian.PutUint32(code[c.second:], rvLowI)
			text := w.section(".text", flagsText, code)
			w.section(".data", flagsData, make([]byte, 0x1000))
			label, target := w.local("label", text, c.first), w.symbol(c.target)
			first := func() { w.relocate(text, c.first, uint32(elf.R_RISCV_PCREL_HI20), target, 0) }
			if c.first < c.second {
				first()
			}
			for i := range c.between {
				w.relocate(text, 0x180, uint32(elf.R_RISCV_SET8), label, int64(i))
			}
			w.relocate(text, c.second, uint32(elf.R_RISCV_PCREL_LO12_I), label, 0)
			if c.first > c.second {
				first()
			}
			b := newBench(t, map[string]uint64{".text": at, ".data": at + 0x1000})
			b.load(w)
			b.resolve()
			if got := [2]uint32{b.word32(at + c.first), b.word32(at + c.second)}; c.want != got {
				t.Errorf("%#x, want %#x", got, c.want)
			}
		})
	}
}

// TestPairErrors: a second half without a first one is an error; if the first one is wrong, that is the only error.
func TestPairErrors(t *testing.T) {
	a := archByName(t, "riscv64")
	for _, alone := range []bool{true, false} {
		w := a.newELF("pair.o")
		text := w.section(".text", flagsText, words(rvPCRel, rvLowI))
		label := w.local("label", text, 0)
		if !alone {
			w.relocate(text, 0, uint32(elf.R_RISCV_PCREL_HI20), w.local("far", w.section(".data", flagsData, make([]byte, 8)), 0), 0)
		}
		w.relocate(text, 4, uint32(elf.R_RISCV_PCREL_LO12_I), label, 0)
		b := newBench(t, map[string]uint64{".text": 0x7000_0000_0000, ".data": 0x6000_0000_0000})
		b.load(w)
		list := relocationErrors(t, b.ResolveRelocations())
		if len(list) != 1 || alone && (!errors.Is(list[0], ErrMalformedRelocation) || list[0].Offset != 4) || !alone && (!errors.Is(list[0], ErrRelocationOverflow) || list[0].Offset != 0) {
			t.Errorf("alone %v: %v", alone, list)
		}
	}
}

// TestULEB128: differences keep the length of the number, also far down a table; what has no room, no partner or no end is an error.
func TestULEB128(t *testing.T) {
	for _, name := range []string{"riscv64", "riscv32", "loongarch64"} {
		a := archByName(t, name)
		set, sub := uint32(riscvSetULEB128), uint32(riscvSubULEB128)
		if name == "loongarch64" {
			set, sub = uint32(elf.R_LARCH_ADD_ULEB128), uint32(elf.R_LARCH_SUB_ULEB128)
		}
		link := func(number string, distance uint64, types ...uint32) ([]byte, error) {
			w := a.newELF("uleb.o")
			data := w.section(".data", flagsData, append(make([]byte, 700), number...))
			syms := map[uint32]uint32{set: w.local("to", data, distance), sub: w.local("from", data, 0)}
			for i := range 511 { // with the pair on both sides of a batch
				w.relocate(data, uint64(i), 1, 0, 0)
			}
			for _, typ := range types {
				w.relocate(data, 700, typ, syms[typ], 0)
			}
			b := newBench(t, nil)
			b.load(w)
			err := b.ResolveRelocations()
			return bytes.Clone(b.mm.section("uleb.o", ".data").Mem[700:]), err
		}
		if got, err := link("\x80\x00\xee", 300, set, sub); err != nil || string(got) != "\xac\x02\xee" {
			t.Errorf("%s: 300 is % x (%v)", name, got, err)
		}
		if got, err := link("\x80\x80\x80\x00", 5, set, sub); err != nil || string(got) != "\x85\x80\x80\x00" {
			t.Errorf("%s: 5 is % x (%v)", name, got, err)
		}
		if _, err := link("\x00", 300, set, sub); !errors.Is(err, ErrRelocationOverflow) {
			t.Errorf("%s: no room: %v", name, err)
		}
		if _, err := link("\x00", 3, sub); !errors.Is(err, ErrMalformedRelocation) {
			t.Errorf("%s: alone: %v", name, err)
		}
		if _, err := link("\x80\x80", 3, set, sub); !errors.Is(err, ErrMalformedRelocation) {
			t.Errorf("%s: endless: %v", name, err)
		}
	}
}

// TestTrimRelocs compares the walk through a table, in its order or another one, with the search for each offset.
func TestTrimRelocs(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	var cuts []cut
	for off := uint64(0); off < 4000; off += uint64(random.IntN(60)) {
		e := elastic{off: off, size: uint64(2 + random.IntN(30))}
		e.keep = uint64(random.IntN(int(e.size)))
		cuts = e.cut(cuts)
		off += e.size
	}
	relocs := make([]objimage.Reloc, 2000)
	for i := range relocs {
		relocs[i] = objimage.Reloc{Offset: uint64(random.IntN(4200)), Type: 7}
	}
	want := make([]uint64, len(relocs))
	for i := range want {
		off := relocs[i].Offset
		want[i] = off - bytesCut(cuts, off)
		if k := fileOffset(cuts, want[i]); k < off || k-bytesCut(cuts, k) != want[i] {
			t.Errorf("%d is %d in memory, and that %d in the file", off, want[i], k)
		}
	}
	trimRelocs(cuts, relocs)
	for i := range want {
		if relocs[i].Offset != want[i] {
			t.Errorf("relocation %d is at %d, want %d", i, relocs[i].Offset, want[i])
		}
	}
}
