package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A crossLinker links objects of another architecture with somebody else's linker, and compares what this one makes of them at the same addresses.
type crossLinker struct {
	tool, pkg string // the other linker, and Debian's package
	args      []string
	arch      testArch
	got       string // the symbol that what is in the GOT is relative to
	gotBias   uint64 // how far behind the GOT's beginning that is
	skip      func(section string) bool
	slot      func(typ uint32) bool                                                // the field says where a GOT entry is, as it does for needSlot
	wide      func(typ uint32) bool                                                // it says so together with another one
	equal     func(c *linkComparison, r *objimage.Reloc, ours, theirs []byte) bool // the instructions lead to the same place in different ways
	sum       crossSum
}

// A crossSum counts what was compared.
type crossSum struct{ objects, sections, bytes, relocs, slots, detours int }

// A linkComparison is of one section of an object.
type linkComparison struct {
	*crossLinker
	t    *testing.T
	mm   *testMM
	img  *lldImage
	o    *objimage.Object
	addr uint64
}

// crossC and crossCXX are the corpus for architectures that may have 32 bits.
var crossC = strings.Replace(corpusC, "__int128 divide(__int128 a, __int128 b)", "long long divide(long long a, long long b)", 1)

// crossExternals defines names: functions and data, by their names, of which every second function has the lowest bit of its value set if thumb is.
func (l *crossLinker) externals(names []string, flags uint32, odd bool) *elfWriter {
	w := l.arch.newELF("externals.o")
	w.flags = flags
	data, text := w.bss(".externals", uint64(len(names)+1)*64, 16), w.section(".text.externals", flagsText, make([]byte, (len(names)+1)*64))
	w.sec(text).align = 16
	for i, name := range names {
		y := elfSymbol{name: name, bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, value: uint64(i) * 64, size: 8}
		if strings.Contains(name, "data") || strings.Contains(name, "array") || strings.HasPrefix(name, "_ZT") {
			y.typ, y.sec, y.value = elf.STT_OBJECT, data, y.value+16
		} else if odd {
			y.value++
		}
		w.symbol(y)
	}
	return w
}

// compare links an object, and what it needs, with both linkers.
func (l *crossLinker) compare(t *testing.T, c compiled, odd bool) {
	o := parseObject(t, c.name, c.data)
	strong, _ := undefinedOf([]*objimage.Object{o})
	if l.got != "" {
		strong = slices.DeleteFunc(strong, func(name string) bool { return name == l.got })
	}
	others := l.externals(strong, o.ELFFlags(), odd)
	img := l.link(t, c.data, others.bytes())
	objects := []*objimage.Object{o, others.parse(t)}
	mm := newTestMM()
	mm.at = l.placer(img, objects)
	d := New(mm, nil)
	defer d.Close()
	var loaded []*Object
	for _, o := range objects {
		obj, err := d.LoadObject(o)
		if err != nil {
			t.Fatal(err)
		}
		loaded = append(loaded, obj)
	}
	if err := d.ResolveRelocations(); err != nil {
		t.Fatal(err)
	}
	l.sum.objects++
	noteShown("bytes", o)
	for i, key := range sectionKeys(o) {
		s := mm.module(loaded[0], i)
		if key == "" || s == nil || s.Size == 0 || l.skip != nil && l.skip(key) {
			continue
		}
		theirs := img.bytes(uint64(s.Addr), s.Size)
		if _, ok := img.addrs[0][key]; !ok || theirs == nil {
			t.Errorf("section %s is not in what %s linked", key, l.tool)
			continue
		}
		l.sum.sections++
		l.sum.bytes += len(theirs)
		x := linkComparison{l, t, mm, img, o, uint64(s.Addr)}
		x.section(i, bytes.Clone(s.Mem), theirs)
	}
	mm.check(t)
}

func (l *crossLinker) link(t *testing.T, objects ...[]byte) *lldImage {
	t.Helper()
	tool := testenv.NeedsTool(t, l.tool, l.pkg)
	dir := t.TempDir()
	out, mapFile := filepath.Join(dir, "out"), filepath.Join(dir, "map")
	var ins []string
	for i, data := range objects {
		ins = append(ins, filepath.Join(dir, fmt.Sprintf("in%d.o", i)))
		if err := os.WriteFile(ins[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := append(slices.Clone(l.args), "-static", "-O0", "-e", "0", "--image-base=0x200000", "-z", "norelro", "-Map="+mapFile, "-o", out)
	if text, err := exec.Command(tool, append(args, ins...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", l.tool, err, text)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	img := &lldImage{file: f, symbols: map[string]uint64{}}
	for _, in := range ins {
		img.addrs = append(img.addrs, readMap(t, mapFile, in))
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		img.symbols[s.Name] = s.Value
	}
	return img
}

// placer puts sections, commons and the GOT where the other linker has them.
func (l *crossLinker) placer(img *lldImage, objects []*objimage.Object) func(memmgr.Module, *memmgr.Section) (executor.Addr, bool) {
	free := uint64(0x60_0000)
	return func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		a, ok := uint64(0), false
		which := slices.IndexFunc(objects, func(o *objimage.Object) bool { return o.Name() == mod.Name })
		switch {
		case s.Index > 0:
			a, ok = img.addrs[which][sectionKeys(objects[which])[s.Index]]
		case mod.SectionName(s) == ".got":
			a, ok = img.symbols[l.got]
			a -= l.gotBias
		case mod.SectionName(s) != ".stubs":
			a, ok = img.symbols[mod.SectionName(s)]
		}
		if !ok {
			free += 0x1_0000
			a = free
		}
		return executor.Addr(a), true
	}
}

// section compares the bytes, after it has made equal what leads to GOT entries that are equal, and what leads to the same place.
func (c *linkComparison) section(index int, ours, theirs []byte) {
	original := c.o.SectionData(index)
	for k := 1; k < c.o.NumSections(); k++ {
		target, n, implicit, ok := c.o.RelocTarget(k)
		if !ok || target != index {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		c.o.Relocs(k, 0, relocs)
		for i := range relocs {
			r := &relocs[i]
			row, several := c.arch.row(r.Type), howto{}
			if row == nil && c.arch.compound != nil && c.arch.compound(c.arch.arch, r.Type, &several) {
				row = &several
			}
			c.sum.relocs++
			if implicit {
				r.Addend = row.field.addend(original[r.Offset:])
			}
			a, b := ours[r.Offset:][:row.field.size], theirs[r.Offset:][:row.field.size]
			switch isSlot := row.need&needSlot != 0 || c.slot != nil && c.slot(r.Type); {
			case isSlot:
				c.sum.slots++
				if c.wide == nil || !c.wide(r.Type) {
					c.compareSlots(r, row, a, b)
				}
				copy(a, b)
			case !bytes.Equal(a, b) && c.equal != nil && c.equal(c, r, a, b):
				c.sum.detours++
				copy(a, b)
			}
		}
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			c.t.Errorf("%s+%#x: % x, %s has % x", c.o.SectionName(index), i, ours[max(0, i-4):min(i+8, len(ours))], c.tool, theirs[max(0, i-4):min(i+8, len(ours))])
			return
		}
	}
}

// compareSlots compares the GOT entries to which two fields lead.
func (c *linkComparison) compareSlots(r *objimage.Reloc, row *howto, ours, theirs []byte) {
	got := c.mm.section(c.o.Name(), ".got")
	entry := func(b []byte, base uint64) uint64 {
		x := uint64(row.field.addend(b))
		if row.formula != &formulaSlotGP {
			x -= uint64(r.Addend)
		}
		if strings.HasSuffix(row.formula.text, "- P") {
			return uint64(uint32(x + c.addr + r.Offset))
		}
		return uint64(uint32(x + base))
	}
	word := c.arch.slotSize
	a := c.mm.read(entry(ours, uint64(got.Addr)+c.gotBias), word)
	b := c.img.bytes(entry(theirs, c.img.symbols[c.got]), word)
	if a == nil || !bytes.Equal(a, b) {
		c.t.Errorf("%s at %#x: GOT entry holds % x, that of %s % x", row.name, c.addr+r.Offset, a, c.tool, b)
	}
}

// crossCorpus compiles the sources of the corpus in many ways.
func crossCorpus(t *testing.T, compilers map[string][]string, flags []string) (list []compiled) {
	for _, compiler := range slices.Sorted(maps.Keys(compilers)) {
		for _, lang := range []string{testenv.C, testenv.CXX} {
			source := map[string]string{testenv.C: crossC, testenv.CXX: corpusCXX}[lang]
			if lang == testenv.CXX && strings.Contains(compiler, "gcc") {
				continue // Debian's cross C++ compilers are packages of their own
			}
			for _, f := range flags {
				all := append(slices.Clone(compilers[compiler]), strings.Fields(f)...)
				data := testenv.CompileBytes(t, compiler, lang, source, append(all, "-w")...)
				list = append(list, compiled{name: fmt.Sprintf("%s %s %s %s.o", compiler, lang, strings.Join(compilers[compiler], " "), f), data: data})
			}
		}
	}
	return list
}
