package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// An access is an instruction that reads a GOT entry, and what it has to do after linking, however it was rewritten.
type access struct {
	name string
	code []byte // ends in the displacement
	op   x86asm.Op
	reg  x86asm.Reg // 0 for call and jmp
	rex  bool       // R_X86_64_REX_GOTPCRELX
}

func (a access) typ() elf.R_X86_64 {
	if a.rex {
		return elf.R_X86_64_REX_GOTPCRELX
	}
	return elf.R_X86_64_GOTPCRELX
}

// accesses are all instructions of psABI B.2 in all their encodings.
func accesses() (list []access) {
	ops := []struct {
		opcode byte
		op     x86asm.Op
	}{
		{0x8b, x86asm.MOV}, {0x85, x86asm.TEST}, {0x03, x86asm.ADD}, {0x0b, x86asm.OR}, {0x13, x86asm.ADC}, {0x1b, x86asm.SBB},
		{0x23, x86asm.AND}, {0x2b, x86asm.SUB}, {0x33, x86asm.XOR}, {0x3b, x86asm.CMP},
	}
	for _, o := range ops {
		for reg := range 16 {
			modrm := byte(reg&7<<3 | 5)
			rexR := byte(reg >> 3 << 2)
			list = append(list,
				access{"64", []byte{0x48 | rexR, o.opcode, modrm, 0, 0, 0, 0}, o.op, x86asm.RAX + x86asm.Reg(reg), true},
				access{"32 with REX", []byte{0x40 | rexR, o.opcode, modrm, 0, 0, 0, 0}, o.op, x86asm.EAX + x86asm.Reg(reg), true})
			if reg < 8 {
				list = append(list, access{"32", []byte{o.opcode, modrm, 0, 0, 0, 0}, o.op, x86asm.EAX + x86asm.Reg(reg), false})
			}
		}
	}
	list = append(list,
		access{"", []byte{0xff, 0x15, 0, 0, 0, 0}, x86asm.CALL, 0, false},
		access{"", []byte{0xff, 0x25, 0, 0, 0, 0}, x86asm.JMP, 0, false})
	for i := range list {
		a := &list[i]
		a.name = fmt.Sprint(a.op, " ", a.reg, " ", a.name)
	}
	return list
}

// Where the code and the symbol are: .text, .got, and the symbol.
var relaxLayouts = []struct {
	name              string
	text, got, symbol uint64
	direct            bool // mov, call and jmp can do without the GOT
	immediate32       bool // a 32-bit operation can take the address as its operand
	immediate64       bool
}{
	{"near", 0x7f00_0000_0000, 0x7f00_0010_0000, 0x7f00_0020_0000, true, false, false},
	{"before", 0x7f00_0000_0000, 0x7f00_0010_0000, 0x7eff_f000_0000, true, false, false},
	{"far", 0x7f00_0000_0000, 0x7f00_0010_0000, 0x5555_5555_5000, false, false, false},
	{"below 2 GiB", 0x7f00_0000_0000, 0x7f00_0010_0000, 0x1234_5678, false, true, true},
	{"below 4 GiB", 0x7f00_0000_0000, 0x7f00_0010_0000, 0xf234_5678, false, true, false},
	{"last below 4 GiB", 0x7f00_0000_0000, 0x7f00_0010_0000, 0xffff_ffff, false, true, false},
	{"4 GiB", 0x7f00_0000_0000, 0x7f00_0010_0000, 1 << 32, false, false, false},
	{"last 2 GiB", 0x7f00_0000_0000, 0x7f00_0010_0000, 0xffff_ffff_8000_0000, false, false, true},
	{"both low", 0x40_0000, 0x50_0000, 0x60_0000, true, true, true},
	{"undefined weak", 0x7f00_0000_0000, 0x7f00_0010_0000, 0, false, true, true},
}

var nops = bytes.Repeat([]byte{0x90}, 8)

// relaxObject has the instruction between nops.
func relaxObject(a access, addend int64) (w *elfWriter, off uint64) {
	w = newELF("relax.o")
	code := append(append(append([]byte(nil), nops...), a.code...), nops...)
	off = uint64(len(nops) + len(a.code) - 4)
	text := w.section(".text", flagsText, code)
	w.reloc(text, off, a.typ(), w.weak("symbol", secUndef, 0), addend)
	return w, off
}

func TestRelaxation(t *testing.T) {
	for _, l := range relaxLayouts {
		t.Run(l.name, func(t *testing.T) {
			for _, a := range accesses() {
				w, off := relaxObject(a, -4)
				b := newBenchResolving(t, map[string]uint64{".text": l.text, ".got": l.got}, knows(map[string]uint64{"symbol": l.symbol}))
				b.load(w)
				b.resolve()
				code := b.mm.section("relax.o", ".text").Mem
				got := decodeAccess(t, b, a, code[len(nops):], l.text+uint64(len(nops)))
				want := l.symbol
				if a.reg != 0 && a.code[0]&0xf8 != 0x48 { // a 32-bit operation
					want = uint64(uint32(want))
				}
				relaxed := l.direct && (a.op == x86asm.MOV || a.op == x86asm.CALL || a.op == x86asm.JMP)
				if a.reg >= x86asm.RAX && a.reg <= x86asm.R15 {
					relaxed = relaxed || l.immediate64
				} else if a.reg != 0 {
					relaxed = relaxed || l.immediate32
				}
				if got.value != want || got.slot == relaxed {
					t.Errorf("%s: uses %#x (GOT read: %v), want %#x (%v): % x", a.name, got.value, got.slot, want, !relaxed, code)
				}
				if !bytes.Equal(code[:len(nops)], nops) || !bytes.Equal(code[off+4:], nops) {
					t.Errorf("%s: changed beyond the instruction: % x", a.name, code)
				}
			}
		})
	}
}

// An effect is what a decoded instruction uses: the value, and whether it comes from the GOT.
type effect struct {
	value uint64
	slot  bool
}

// decodeAccess decodes what became of an access, checks operation and register, and finds the value that is used.
func decodeAccess(t testing.TB, b *bench, a access, code []byte, at uint64) effect {
	t.Helper()
	inst, err := x86asm.Decode(code, 64)
	if err != nil {
		t.Fatalf("%s: %v: % x", a.name, err, code)
	}
	op, length := inst.Op, inst.Len
	if op == x86asm.JMP && length == 5 { // the nop behind it fills up
		if code[5] != 0x90 {
			t.Errorf("%s: % x", a.name, code)
		}
		length++
	}
	if op == x86asm.LEA {
		op = x86asm.MOV
	}
	if op != a.op || length != len(a.code) {
		t.Errorf("%s: became %v of %d bytes: % x", a.name, inst, inst.Len, code)
		return effect{}
	}
	end := at + uint64(inst.Len)
	var e effect
	seen := false
	for _, arg := range inst.Args {
		switch arg := arg.(type) {
		case x86asm.Reg:
			if seen = arg == a.reg; !seen {
				t.Errorf("%s: register became %v", a.name, arg)
			}
		case x86asm.Imm:
			e.value = uint64(arg)
		case x86asm.Rel:
			e.value = end + uint64(arg)
		case x86asm.Mem:
			if arg.Base != x86asm.RIP || arg.Index != 0 {
				t.Errorf("%s: became %v", a.name, inst)
			}
			if e.value = end + uint64(int32(arg.Disp)); inst.Op != x86asm.LEA {
				e.slot, e.value = true, b.word64(e.value)
			}
		}
	}
	if !seen && a.reg != 0 {
		t.Errorf("%s: register is lost: %v", a.name, inst)
	}
	if a.reg >= x86asm.EAX && a.reg <= x86asm.R15L {
		e.value = uint64(uint32(e.value))
	}
	return e
}

// TestRelaxationLimits has symbols at the last places which the rewritten instructions reach, and one byte farther.
func TestRelaxationLimits(t *testing.T) {
	const text, got = uint64(0x7f00_0000_0000), 0x7f00_0010_0000
	find := func(op x86asm.Op) access {
		for _, a := range accesses() {
			if a.op == op {
				return a
			}
		}
		panic("no such access")
	}
	for _, a := range []access{find(x86asm.MOV), find(x86asm.CALL), find(x86asm.JMP)} {
		end := text + uint64(len(nops)+len(a.code))
		if a.op == x86asm.JMP {
			end-- // it is shorter than the indirect one
		}
		for _, c := range []struct {
			symbol uint64
			near   bool
		}{
			{end + 0x7fff_ffff, true}, {end + 0x8000_0000, false}, {end - 0x8000_0000, true}, {end - 0x8000_0001, false},
		} {
			w, _ := relaxObject(a, -4)
			b := newBenchResolving(t, map[string]uint64{".text": text, ".got": got}, knows(map[string]uint64{"symbol": c.symbol}))
			b.load(w)
			b.resolve()
			code := b.mm.section("relax.o", ".text").Mem
			if e := decodeAccess(t, b, a, code[len(nops):], text+uint64(len(nops))); e.value != c.symbol || e.slot == c.near {
				t.Errorf("%s: uses %#x (GOT read: %v), want %#x (%v)", a.name, e.value, e.slot, c.symbol, !c.near)
			}
		}
	}
}

// TestNoRelaxation has places that must stay what they are: with another addend, at the start of a section, in data, behind other opcodes.
func TestNoRelaxation(t *testing.T) {
	const text, got, symbol = 0x40_0000, 0x50_0000, 0x60_0000
	for _, c := range []struct {
		name   string
		code   []byte
		off    uint64
		addend int64
		rex    bool
	}{
		{"cmpl $1, symbol@GOTPCREL(%rip)", []byte{0x83, 0x3d, 0, 0, 0, 0, 1}, 2, -5, false},
		{"mov with an addend", []byte{0x48, 0x8b, 0x05, 0, 0, 0, 0}, 3, 4, true},
		{"push", []byte{0x90, 0xff, 0x35, 0, 0, 0, 0}, 3, -4, false},
		{"start of the section", []byte{0, 0, 0, 0, 0x90}, 0, -4, true},
		{"one byte before", []byte{0x8b, 0, 0, 0, 0, 0x90}, 1, -4, true},
		{"binop without room for REX", []byte{0x03, 0x05, 0, 0, 0, 0}, 2, -4, true},
		{"store", []byte{0x48, 0x89, 0x05, 0, 0, 0, 0}, 3, -4, true},
		{"no REX prefix where the type promises one", []byte{0x90, 0x03, 0x05, 0, 0, 0, 0}, 3, -4, true},
		{"mov from what a register points to", []byte{0x48, 0x8b, 0x83, 0, 0, 0, 0}, 3, -4, true},
		{"call through what a register points to", []byte{0x90, 0xff, 0x93, 0, 0, 0, 0}, 3, -4, false},
		{"binop to memory", []byte{0x48, 0x01, 0x05, 0, 0, 0, 0}, 3, -4, true},
	} {
		w := newELF("keep.o")
		a := access{rex: c.rex}
		w.reloc(w.section(".text", flagsText, c.code), c.off, a.typ(), w.undefined("symbol"), c.addend)
		b := newBenchResolving(t, map[string]uint64{".text": text, ".got": got}, knows(map[string]uint64{"symbol": symbol}))
		b.load(w)
		b.resolve()
		want := append([]byte(nil), c.code...)
		fieldInt32.store(want[c.off:], uint64(got+c.addend-text-int64(c.off)))
		if mem := b.mm.section("keep.o", ".text").Mem; !bytes.Equal(mem, want) {
			t.Errorf("%s: % x, want % x", c.name, mem, want)
		}
		if b.word64(got) != symbol {
			t.Errorf("%s: GOT entry is %#x", c.name, b.word64(got))
		}
	}
}
