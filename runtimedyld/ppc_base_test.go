package runtimedyld

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// smallObject is an object with an instruction that has a relocation to a place in one of its sections, which is global.
func smallObject(t *testing.T, name, section string, typ elf.R_PPC, addend int64) *elfWriter {
	t.Helper()
	w := archByName(t, "ppc").newELF(name)
	text := w.section(".text", flagsText, []byte{0x80, 0x6d, 0, 0})
	data := w.section(section, flagsData, make([]byte, 16))
	off := uint64(2)
	if typ == elf.R_PPC_EMB_SDA21 {
		off = 0
	}
	w.relocate(text, off, uint32(typ), w.global("of_"+strings.TrimSuffix(name, ".o"), data, 4), addend)
	return w
}

// instruction returns that of a smallObject.
func (b *bench) instruction(name string) uint32 {
	return binary.BigEndian.Uint32(b.mm.section(name, ".text").Mem)
}

// TestSmallLimits stores min-1, min, max and max+1 relative to each of the bases, with the register that belongs to it.
func TestSmallLimits(t *testing.T) {
	for _, c := range []struct {
		typ      elf.R_PPC
		section  string
		at       uint64
		register uint32 // 13 is in the instruction already
	}{
		{elf.R_PPC_SDAREL16, ".sdata", 0x1000_0000, 13}, {elf.R_PPC_EMB_SDA2REL, ".sdata2", 0x1000_0000, 13}, {elf.R_PPC_EMB_SDA21, ".sdata.x", 0x1000_0000, 13}, {elf.R_PPC_EMB_SDA21, ".sbss", 0x1000_0000, 13},
		{elf.R_PPC_EMB_SDA21, ".sdata2", 0x1000_0000, 2}, {elf.R_PPC_EMB_SDA21, ".gnu.linkonce.sb2.x", 0x1000_0000, 2}, {elf.R_PPC_EMB_SDA21, ".PPC.EMB.sdata0", 0x1000, 0}, {elf.R_PPC_EMB_SDA21, ".PPC.EMB.sbss0", 0xffff_f000, 0},
	} {
		base := c.at + smallBias
		if c.register == 0 {
			base = 0
		}
		for _, x := range []int64{-0x8001, -0x8000, -1, 0, 1, 0x7fff, 0x8000} {
			b := newBench(t, map[string]uint64{".text": 0x10_0000, c.section: c.at})
			b.load(smallObject(t, "limits.o", c.section, c.typ, int64(int32(uint32(base+uint64(x)-c.at-4)))))
			_, err := b.Finalize()
			if x < -0x8000 || x > 0x7fff {
				e := new(RelocationError)
				if !errors.As(err, &e) || !errors.Is(err, ErrRelocationOverflow) || e.Value != x || e.Min != -0x8000 || e.Max != 0x7fff || !strings.Contains(e.Detail, "_SDA_BASE_") {
					t.Errorf("%v %s: %d: %v", c.typ, c.section, x, err)
				}
				continue
			}
			if got, want := b.instruction("limits.o"), 0x8060_0000|c.register<<16|uint32(x)&0xffff; err != nil || got != want {
				t.Errorf("%v %s: %d: instruction %#x, want %#x; %v", c.typ, c.section, x, got, want, err)
			}
		}
	}
}

// TestSmallArea: what is in no section of small data is addressed from whatever reaches it.
func TestSmallArea(t *testing.T) {
	for _, c := range []struct{ far, want uint32 }{{0x1000_1000, 13<<16 | 0x9000}, {0x2000_1000, 2<<16 | 0x9000}, {0x1234, 0x1234}, {0xffff_8000, 0x8000}} {
		w := smallObject(t, "area.o", ".sdata", elf.R_PPC_SDAREL16, 0)
		w.section(".sdata2", flagsData, make([]byte, 8))
		code := w.section(".text.area", flagsText, []byte{0x80, 0x60, 0, 0})
		w.relocate(code, 0, uint32(elf.R_PPC_EMB_SDA21), w.undefined("far"), 0)
		b := newBenchResolving(t, map[string]uint64{".text": 0x10_0000, ".sdata": 0x1000_0000, ".sdata2": 0x2000_0000}, knows(map[string]uint64{"far": uint64(c.far)}))
		b.load(w)
		b.finalize()
		if got := binary.BigEndian.Uint32(b.mm.section("area.o", ".text.area").Mem); got != 0x8060_0000|c.want {
			t.Errorf("far at %#x: %#x, want %#x", c.far, got, 0x8060_0000|c.want)
		}
	}
}

// TestSmallBase: there is one base for all objects, which stays when code that relies on it is finalized.
func TestSmallBase(t *testing.T) {
	b := newBench(t, map[string]uint64{"plain.o:.sdata": 0x0f00_0000, "one.o:.sdata": 0x1000_0000, "two.o:.sdata": 0x1000_4000, "three.o:.sdata": 0x1000_2000, "late.o:.sdata": 0x2000_0000})
	want := func(name string, x int) {
		t.Helper()
		if got, want := b.instruction(name), 0x806d_0000|uint32(x)&0xffff; got != want {
			t.Errorf("%s: %#x, want %#x", name, got, want)
		}
	}
	plain := archByName(t, "ppc").newELF("plain.o") // has small data, as all that gcc compiles, but does not address it as such
	plain.section(".sdata", flagsData, make([]byte, 4))
	objects := []*Object{b.load(plain)}
	for _, name := range []string{"one.o", "two.o"} {
		objects = append(objects, b.load(smallObject(t, name, ".sdata", elf.R_PPC_SDAREL16, 0)))
	}
	b.resolve()
	want("one.o", -0x7ffc)
	want("two.o", -0x3ffc)
	if err := b.MapSectionAddress(objects[1], 2, 0x1000_1000); err != nil { // nothing is finalized, so that the base moves, too
		t.Fatal(err)
	}
	b.resolve()
	want("one.o", -0x7ffc)
	want("two.o", -0x4ffc)
	b.finalize()
	b.remove(objects[1])
	b.load(smallObject(t, "three.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	b.finalize()
	want("three.o", -0x6ffc)
	late := b.load(smallObject(t, "late.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	if _, err := b.Finalize(); !errors.Is(err, ErrRelocationOverflow) {
		t.Errorf("small data far from the others: %v", err)
	}
	b.remove(late)
}

// TestSmallBaseGiven: who defines the name of a base, knows what is in the register.
func TestSmallBaseGiven(t *testing.T) {
	place := map[string]uint64{"one.o:.sdata": 0x1000_0000, "start.o:.data": 0x1000_0500}
	for name, give := range map[string]func(b *bench){
		"a mapping": func(b *bench) {
			if err := b.DefineAbsolute("_SDA_BASE_", executor.Addr(0x1000_0500)); err != nil {
				t.Fatal(err)
			}
		},
		"an object": func(b *bench) {
			w := archByName(t, "ppc").newELF("start.o")
			w.global("_SDA_BASE_", w.section(".data", flagsData, make([]byte, 4)), 0)
			b.load(w)
		},
	} {
		b := newBench(t, place)
		give(b)
		w := smallObject(t, "one.o", ".sdata", elf.R_PPC_SDAREL16, 0)
		data := w.section(".data", flagsData, make([]byte, 8))
		w.relocate(data, 0, uint32(elf.R_PPC_ADDR32), w.undefined("_SDA_BASE_"), 0)
		w.relocate(data, 4, uint32(elf.R_PPC_ADDR32), w.undefined("_SDA2_BASE_"), 0)
		b.load(w)
		b.finalize()
		got := fmt.Sprintf("%#x % x", b.instruction("one.o"), b.mm.section("one.o", ".data").Mem)
		if want := "0x806dfb04 10 00 05 00 00 00 00 00"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestSmallBaseRemoved: what defined a base may go. The registers have it as long as code that relies on it is there.
func TestSmallBaseRemoved(t *testing.T) {
	b := newBench(t, map[string]uint64{"start.o:.data": 0x1000_0500, "one.o:.sdata": 0x1000_0000, "two.o:.sdata": 0x1000_1000, "new.o:.sdata": 0x2000_0000})
	w := archByName(t, "ppc").newELF("start.o")
	w.global("_SDA_BASE_", w.section(".data", flagsData, make([]byte, 4)), 0)
	start := b.load(w)
	one := b.load(smallObject(t, "one.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	b.finalize()
	b.remove(start)
	two := b.load(smallObject(t, "two.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	b.finalize()
	if one, two := b.instruction("one.o"), b.instruction("two.o"); one != 0x806d_fb04 || two != 0x806d_0b04 {
		t.Errorf("one.o: %#x, two.o: %#x", one, two)
	}
	b.remove(one)
	if start.State() != Retired {
		t.Errorf("what two.o's base is in is %v", start.State())
	}
	b.load(archByName(t, "ppc").newELF("other.o")) // the linker is never empty
	b.remove(two)
	if start.State() != Removed {
		t.Errorf("what nobody's base is in is %v", start.State())
	}
	b.load(smallObject(t, "new.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	b.finalize()
	if got := b.instruction("new.o"); got != 0x806d_8004 {
		t.Errorf("new.o: %#x, which is not from a base of its own", got)
	}
}

// TestGOTCallTwice: a call of an instruction in the GOT that has its relocation twice is rewritten once.
func TestGOTCallTwice(t *testing.T) {
	var sections [3]string
	for times := 1; times < len(sections); times++ {
		w := archByName(t, "ppc").newELF("call.o")
		var code []byte
		for _, word := range []uint32{0x4800_0001, 0x3860_0001, ppcMflr | 30<<21, 0x4e80_0020} { // bl; li r3,1; mflr r30; blr
			code = binary.BigEndian.AppendUint32(code, word)
		}
		text := w.section(".text", flagsText, code)
		got := w.undefined("_GLOBAL_OFFSET_TABLE_")
		for range times {
			w.relocate(text, 0, uint32(elf.R_PPC_LOCAL24PC), got, -4)
		}
		b := newBench(t, map[string]uint64{".text": 0x10_0000})
		b.load(w)
		b.finalize()
		sections[times] = fmt.Sprintf("% x", b.mm.section("call.o", ".text").Mem)
	}
	if !strings.HasPrefix(sections[1], "38 60 00 01 3f c0") || sections[2] != sections[1] {
		t.Errorf("once %s\ntwice %s", sections[1], sections[2])
	}
}

// TestSmallBaseLater: a base that nobody relies on is chosen when somebody has data in its area; one that a register has been set to stays.
func TestSmallBaseLater(t *testing.T) {
	b := newBench(t, map[string]uint64{"data.o:.sdata": 0x1000_0000, "const.o:.sdata2": 0x2000_0000, "late.o:.sdata2": 0x2000_2000})
	for _, c := range []struct {
		name, section string
		want          uint32
	}{{"data.o", ".sdata", 0x806d_8004}, {"const.o", ".sdata2", 0x8062_8004}, {"late.o", ".sdata2", 0x8062_a004}} {
		b.load(smallObject(t, c.name, c.section, elf.R_PPC_EMB_SDA21, 0))
		b.finalize()
		if got := b.instruction(c.name); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.name, got, c.want)
		}
	}

	b = newBench(t, map[string]uint64{"plain.o:.sdata": 0x1000_0000, "one.o:.sdata": 0x1000_4000})
	start := archByName(t, "ppc").newELF("start.o")
	start.relocate(start.section(".data", flagsData, make([]byte, 4)), 0, uint32(elf.R_PPC_ADDR32), start.undefined("_SDA_BASE_"), 0)
	plain := archByName(t, "ppc").newELF("plain.o")
	plain.section(".sdata", flagsData, make([]byte, 4))
	b.load(start)
	b.load(plain)
	b.finalize()
	if got := b.mm.section("start.o", ".data").Mem; binary.BigEndian.Uint32(got) != 0x1000_8000 {
		t.Errorf("the register is set to % x", got)
	}
	b.load(smallObject(t, "one.o", ".sdata", elf.R_PPC_SDAREL16, 0))
	b.finalize()
	if got := b.instruction("one.o"); got != 0x806d_c004 {
		t.Errorf("one.o: %#x, which is not from what the register has", got)
	}
}

// TestSmallWeak: only an instruction of which nothing but the displacement is relocated has its register changed for what is weak and undefined; no other instruction is touched.
func TestSmallWeak(t *testing.T) {
	w := archByName(t, "ppc").newELF("weak.o")
	text := w.section(".text", flagsText, []byte{0x60, 0, 0, 0xff, 0x80, 0x6d, 0, 0})
	w.relocate(text, 4, uint32(elf.R_PPC_EMB_SDA21), w.weak("nowhere", secUndef, 0), -0x7000)
	b := newBench(t, map[string]uint64{".text": 0x10_0000})
	if err := b.DefineAbsolute("_SDA_BASE_", 0x4000); err != nil {
		t.Fatal(err)
	}
	b.load(w)
	_, err := b.Finalize()
	if got := b.mm.section("weak.o", ".text").Mem[3]; got != 0xff || err == nil {
		t.Errorf("the instruction before ends in %#x; %v", got, err)
	}
}

// TestOwnGOTSquares: the section .got2 is not looked for at each call.
func TestOwnGOTSquares(t *testing.T) {
	testenv.WantLinear(t, 2_500, func(n int) time.Duration {
		w := archByName(t, "ppc").newELF("calls.o")
		text := w.section(".text", flagsText, make([]byte, 8))
		for range n {
			w.section(".text.function", flagsText, make([]byte, 4))
			w.relocate(text, 2, uint32(elf.R_PPC_PLT16_HA), 1, 0x8000)
		}
		w.section(".got2", flagsData, make([]byte, 8))
		w.undefined("far")
		img := w.parse(t)
		b := newBenchResolving(t, nil, knows(map[string]uint64{"far": 0x1234}))
		start := testenv.CPUTime()
		b.loadImage(img)
		if _, err := b.Finalize(); err != nil {
			t.Fatal(err)
		}
		return testenv.CPUTime() - start
	})
}
