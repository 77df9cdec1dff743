package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestCompoundUnrelaxed: relocations of N64 that are several in one have types beyond the table.
func TestCompoundUnrelaxed(t *testing.T) {
	a := archByName(t, "mips64el")
	w := a.newELF("compound.o")
	text := w.section(".text", flagsText, make([]byte, 64))
	w.relocate(text, 8, uint32(elf.R_MIPS_GPREL16)|uint32(elf.R_MIPS_SUB)<<8|uint32(elf.R_MIPS_HI16)<<16, w.local("here", text, 8), 0)
	b := newBench(t, nil)
	b.SetRelaxation(false)
	b.load(w)
	b.finalize()
}

// TestPaddingOfData: only code shrinks, as in other linkers; thread-local sections are laid out before, with the sizes that they have in the file.
func TestPaddingOfData(t *testing.T) {
	for _, name := range []string{"riscv32", "riscv64", "loongarch64"} {
		for section, flags := range map[string]elf.SectionFlag{".tdata": flagsThread, ".data": flagsData, ".eh_frame": elf.SHF_ALLOC} {
			a := archByName(t, name)
			w := a.newELF("padding.o")
			sec := w.section(section, flags, make([]byte, 64))
			w.sec(sec).align = 16
			typ := uint32(riscvAlign)
			if name == "loongarch64" {
				typ = loongarchAlign
			}
			w.relocate(sec, 0, typ, 0, 12)
			b := newBench(t, nil)
			b.SetThreadStorage(newTestStorage())
			o := b.load(w)
			if n, _ := o.SectionSize(sec); n != 64 {
				t.Errorf("%s: %s has %d bytes", name, section, n)
			}
			b.finalize()
			b.mm.check(t)
		}
	}
}

// twoTables makes the last relocation table one of the same section as the one before.
func twoTables(a testArch, data []byte) {
	img, err := objimage.Parse(objimage.NewBuffer("two.o", data))
	if err != nil {
		panic(err)
	}
	word := uint64(a.wordSize())
	shoff := a.order().Uint32(data[32:])
	if a.wide {
		shoff = uint32(a.order().Uint64(data[40:]))
	}
	info := func(i int) uint64 { return uint64(shoff) + uint64(i)*(16+6*word) + 8 + 4*word + 4 }
	first := uint32(0)
	for i := range img.NumSections() {
		if s := img.Section(i); s.Relocs.Target != 0 {
			if first != 0 {
				a.order().PutUint32(data[info(i):], first)
			}
			first = s.Relocs.Target
		}
	}
}

// TestTwoTablesShrink: two tables of relocations of one section cannot both say by how much it shrinks.
func TestTwoTablesShrink(t *testing.T) {
	for _, name := range []string{"riscv32", "riscv64", "loongarch64"} {
		a := archByName(t, name)
		typ := uint32(riscvAlign)
		if name == "loongarch64" {
			typ = loongarchAlign
		}
		w := a.newELF("two.o")
		text := w.section(".text", flagsText, make([]byte, 64))
		other := w.section(".text.other", flagsText, make([]byte, 64))
		w.relocate(text, 40, typ, 0, 12)
		w.relocate(other, 0, typ, 0, 60)
		data := w.bytes()
		twoTables(a, data)
		b := newBench(t, nil)
		_, err := b.LoadObject(parseObject(t, "two.o", data))
		if e := new(ObjectError); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileDescriptors: descriptors that are not in the file are not read.
func TestHostileDescriptors(t *testing.T) {
	const size = 64 << 20
	w := archByName(t, "ppc64").newELF("opd.o")
	opd := w.bss(".opd", size, 8)
	w.relocate(opd, 0, uint32(elf.R_PPC64_ADDR64), w.local("here", opd, 8), 0)
	b := newBench(t, nil)
	b.load(w)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	b.resolve()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > size/4 {
		t.Errorf("%d bytes are allocated", n)
	}
}

// TestEntryAppears: when an object is loaded it has no entries for thread-local variables.
func TestEntryAppears(t *testing.T) {
	w := newELF("entry.o")
	text, tdata := w.section(".text", flagsText, make([]byte, 16)), w.section(".tdata", flagsThread, make([]byte, 8))
	w.reloc(text, 4, elf.R_X86_64_TPOFF32, w.thread("own", tdata, 0), 0)
	data := w.bytes()
	img := parseObject(t, "entry.o", data)
	b := newBench(t, nil)
	b.SetThreadStorage(newTestStorage())
	b.loadImage(img)
	for i := range img.NumSections() {
		if s := img.Section(i); s.Relocs.Target != 0 {
			data[s.Offset+8] = byte(elf.R_X86_64_TLSGD)
		}
	}
	if _, err := b.Finalize(); !errors.Is(err, ErrThreadLocal) {
		t.Error(err)
	}
}

// TestMisalignedBranches: branches that are between two instructions.
func TestMisalignedBranches(t *testing.T) {
	for _, name := range []string{"arm", "armeb"} {
		a := archByName(t, name)
		for typ, off := range map[elf.R_ARM]uint64{elf.R_ARM_CALL: 6, elf.R_ARM_JUMP24: 5, elf.R_ARM_THM_PC22: 3, elf.R_ARM_THM_JUMP24: 5, elf.R_ARM_THM_JUMP19: 1} {
			for _, target := range []uint64{0x100, 0x5000_0000, 0x5000_0001} {
				w := a.newELF("misaligned.o")
				text := w.section(".text", flagsText, make([]byte, 64))
				w.sec(text).align = 4
				w.relocate(text, off, uint32(typ), w.undefined("far"), 0)
				b := newBench(t, nil)
				if err := b.DefineAbsolute("far", executor.Addr(target)); err != nil {
					t.Fatal(err)
				}
				b.load(w)
				if err := b.ResolveRelocations(); !errors.Is(err, ErrMisaligned) {
					t.Errorf("%s: %v at %d to %#x: %v", name, typ, off, target, err)
				}
			}
		}
	}
}

// TestEndAtGOT: a label behind data may have the address of the GOT, and has an entry like any other.
func TestEndAtGOT(t *testing.T) {
	w := archByName(t, "m68k").newELF("end.o")
	text, data := w.section(".text", flagsText, make([]byte, 8)), w.section(".data", flagsData, make([]byte, 16))
	w.relocate(text, 0, 7, w.undefined("other"), 0) // R_68K_GOT32
	w.relocate(text, 4, 7, w.local("end", data, 16), 0)
	b := newBench(t, map[string]uint64{"end.o:.text": 0x1000, "end.o:.data": 0x3ff0, "end.o:.got": 0x4000})
	if err := b.DefineAbsolute("other", 0x5000); err != nil {
		t.Fatal(err)
	}
	b.load(w)
	b.finalize()
	if got, want := b.bytesAt(0x1000, 8), []byte{0, 0, 0x30, 0, 0, 0, 0x30, 0}; !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// TestJumpAmongOthers: a jump of N64 that is one of several operations has the limits of a jump.
func TestJumpAmongOthers(t *testing.T) {
	w := archByName(t, "mips64").newELF("jump.o")
	text := w.section(".text", flagsText, make([]byte, 64))
	w.relocate(text, 8, uint32(elf.R_MIPS_64)|uint32(elf.R_MIPS_26)<<8, w.symbol(elfSymbol{name: "far", bind: elf.STB_GLOBAL, sec: secAbs, value: 0x7fff_0000_0000}), 0)
	b := newBench(t, nil)
	b.load(w)
	if err := b.ResolveRelocations(); !errors.Is(err, ErrRelocationOverflow) {
		t.Error(err)
	}
}

// TestFileChanges: relocations are read again when they are applied. Whatever they have become by then, that makes nothing but errors.
func TestFileChanges(t *testing.T) {
	for i, a := range testArches() {
		rnd := rand.New(rand.NewPCG(1, uint64(i)))
		for _, implicit := range []bool{false, true} {
			if implicit && !a.implicit {
				continue
			}
			fine := fineRelocations(a, implicit)
			t.Run(fmt.Sprint(a.name, a.wide, implicit), func(t *testing.T) {
				linked := 0
				for round := range 100 {
					before, after := make([]byte, 0, 20*fuzzReloc), make([]byte, 0, 20*fuzzReloc)
					for range 20 {
						before = append(before, fine[rnd.IntN(len(fine))]...)
						after = append(after, fuzzRelocation(rnd.IntN(512), rnd.IntN(len(a.rows)), rnd.IntN(14), rnd.Uint32())...)
					}
					data := fuzzObject(a, changingCode, before, implicit)
					linked += changeAndLink(t, data, fuzzObject(a, changingCode, after, implicit), round%2 == 0)
				}
				if linked < 50 {
					t.Errorf("%d objects are loaded", linked)
				}
			})
		}
	}
}

var changingCode = make([]byte, 512)

func fuzzRelocation(off, typ, sym int, addend uint32) []byte {
	b := binary.LittleEndian.AppendUint16(nil, uint16(off))
	b = append(binary.LittleEndian.AppendUint16(b, uint16(typ)), byte(sym))
	return binary.LittleEndian.AppendUint32(b, addend)
}

// fineRelocations returns relocations of every type that objects can have together.
func fineRelocations(a testArch, implicit bool) (list [][]byte) {
	for typ := range a.rows {
		for sym := range 14 {
			r := fuzzRelocation(64+len(list)%48*8, typ, sym, 0)
			img, err := objimage.Parse(objimage.NewBuffer("fuzz.o", fuzzObject(a, changingCode, r, implicit)))
			if err != nil {
				continue
			}
			d := New(newTestMM(), nil)
			d.SetThreadStorage(newTestStorage())
			if _, err := d.LoadObject(img); err == nil {
				list = append(list, r)
			}
			d.Close()
		}
	}
	return list
}

// changeAndLink loads an object, makes another one of its file, and links it.
func changeAndLink(t *testing.T, data, after []byte, relaxed bool) (loaded int) {
	img := parseObject(t, "fuzz.o", data)
	mm := newTestMM()
	mm.maximum = maxFuzzBytes
	d := New(mm, ResolverFunc(func(name string) (executor.Addr, bool) { return 0x1000_0000, true }))
	d.SetThreadStorage(newTestStorage())
	d.SetRelaxation(relaxed)
	if _, err := d.LoadObject(img); err == nil {
		for i := range img.NumSections() {
			if s := img.Section(i); s.Relocs.Target != 0 {
				copy(data[s.Offset:][:s.Size], after[s.Offset:])
			}
		}
		d.Finalize()
		loaded++
	}
	mm.check(t)
	d.Close()
	return loaded
}
