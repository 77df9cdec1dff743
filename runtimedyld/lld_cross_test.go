package runtimedyld

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A crossTarget is an architecture whose objects are compared with what ld.lld makes of them. Each architecture's test adds its own.
type crossTarget struct {
	triple  string   // for clang-19; "" if it does not know the architecture
	gcc     string   // the cross compiler; "" if there is none
	flags   []string // ways to compile, beside crossFlags; those of clang begin with "clang", those of gcc with "gcc"
	ld      string   // a cross ld to be used instead of ld.lld-19, which does not know the architecture well
	link    []string // for the linker
	outline bool     // the cross compiler with -Os wants functions that linkers of executables make
	got     string   // the section that the GOT is, if there is no _GLOBAL_OFFSET_TABLE_
	bases   []uint64
	// foreign returns how many bytes a call takes that is another one here than in an executable, because the function is outside: those are not compared.
	foreign   func(row *howto) uint64
	assembler []string // sources; those that begin with "# clang" or "# gcc" are for these alone
	asFlags   string   // for gcc to assemble them
}

// crossTargets are compared, by LLVM's name of the architecture.
var crossTargets = map[string]crossTarget{}

// crossFlags are ways to compile for any architecture.
var crossFlags = []string{"-O0 -fPIC", "-O2 -fPIC", "-O0 -fno-pic", "-O2 -fno-pic", "-O2 -fPIE", "-Os -fPIC -ffunction-sections -fdata-sections",
	"-O1 -fPIC -fvisibility=hidden", "-O3 -fno-pic -fcommon", "-O1 -fno-pic -fno-asynchronous-unwind-tables"}

// objects compiles the corpus.
func (c *crossTarget) objects(t *testing.T) (list []compiled) {
	add := func(compiler, lang, source, flags string, args ...string) {
		args = append(args, strings.Fields(flags)...)
		data := testenv.CompileBytes(t, compiler, lang, source, append(args, "-w")...)
		if data = neutral(data); c.ld != "" {
			keepApart(data)
		}
		list = append(list, compiled{name: fmt.Sprintf("%s %s %s.o", compiler, lang, flags), data: data})
	}
	for _, flags := range slices.Concat(crossFlags, c.flags) {
		gcc := strings.HasPrefix(flags, "gcc ")
		clang := strings.HasPrefix(flags, "clang ")
		flags = strings.TrimPrefix(strings.TrimPrefix(flags, "clang "), "gcc ")
		if !gcc && c.triple != "" {
			add("clang-19", testenv.C, corpusC, flags, "--target="+c.triple)
			add("clang-19", testenv.CXX, corpusCXX, flags, "--target="+c.triple)
		}
		if c.gcc != "" && !clang && !(c.outline && strings.Contains(flags, "-Os")) {
			add(c.gcc, testenv.C, corpusC, flags)
		}
	}
	for i, source := range c.assembler {
		if !strings.HasPrefix(source, "# gcc") && c.triple != "" {
			add("clang-19", testenv.Assembler, source, fmt.Sprintf("-DN=%d", i), "--target="+c.triple)
		}
		if c.gcc != "" && !strings.HasPrefix(source, "# clang") {
			add(c.gcc, testenv.Assembler, source, fmt.Sprintf("-DN=%d %s", i, c.asFlags))
		}
	}
	return list
}

// linkerPackage returns the Debian package that has the linker.
func (c *crossTarget) linkerPackage() string {
	if c.ld == "" {
		return "lld-19"
	}
	return "binutils-" + strings.TrimSuffix(c.ld, "-ld")
}

// TestCrossSameAsLLD links each object of the corpus of each architecture with ld.lld, then here with every section, common and GOT where ld.lld put it, and
// compares the bytes of all of them. The order of GOT entries is each linker's own: a relocation that means one has to have the bytes that belong to an entry
// of ld.lld's with the contents of ours.
func TestCrossSameAsLLD(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, a := range testArches() {
		c, ok := crossTargets[a.name]
		if !ok {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			sum := crossComparison{arch: a, crossTarget: c, distinct: map[[sha256.Size]byte]bool{}}
			lld := testenv.NeedsTool(t, cmp.Or(c.ld, "ld.lld-19"), c.linkerPackage())
			for i, o := range c.objects(t) {
				if testing.Short() && i%5 > 0 {
					continue
				}
				for _, base := range c.bases {
					t.Run(fmt.Sprintf("%s at %#x", o.name, base), func(t *testing.T) { sum.object(t, lld, o, base) })
				}
			}
			t.Logf("%d objects, %d links, %d sections, %d relocations, %d of GOT entries, %d relaxed", len(sum.distinct), sum.objects, sum.sections, sum.relocs, sum.slots, sum.relaxed)
			if !testing.Short() && (len(sum.distinct) < 40 || sum.relocs < 2000 || sum.slots+sum.relaxed < 100) {
				t.Error("too little was compared")
			}
		})
	}
}

// A crossComparison counts what was compared.
type crossComparison struct {
	crossTarget
	arch                             testArch
	objects, sections, relocs, slots int
	relaxed                          int
	distinct                         map[[sha256.Size]byte]bool // contents of objects
}

func (c *crossComparison) object(t *testing.T, lld string, in compiled, base uint64) {
	o := parseObject(t, in.name, in.data)
	strong, weak := undefinedOf([]*objimage.Object{o})
	if base > 1<<32 && c.arch.undefined == nil { // 0 is out of reach of calls there
		strong = append(strong, weak...)
	}
	args := append([]string{"-static", fmt.Sprintf("--image-base=%#x", base)}, c.link...)
	if c.ld != "" {
		args[1] = fmt.Sprintf("-Ttext-segment=%#x", base)
	}
	img := runLLD(t, lld, args, [][]byte{in.data, externals(c.arch.newELF("externals.o"), strong)}, 1)
	if s := img.file.Section(c.got); s != nil && img.symbols[gotName] == 0 {
		img.symbols[gotName] = s.Addr
	}
	known := map[string]uint64{}
	for _, name := range strong {
		known[name] = img.symbols[name]
	}
	mm := newTestMM()
	place := img.placer([]*objimage.Object{o}, base)
	mm.at = func(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		if s.Index == SectionStubs {
			return executor.Addr(base + 0x180_0000), true
		}
		return place(m, s)
	}
	d := New(mm, knows(known))
	obj, err := d.LoadObject(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.ResolveRelocations(); err != nil {
		t.Fatal(err)
	}
	c.objects++
	c.distinct[sha256.Sum256(in.data)] = true
	noteShown("bytes", o)
	for i, key := range sectionKeys(o) {
		s := mm.module(obj, i)
		if s == nil || s.Size == 0 || strings.HasPrefix(key, ".note.gnu.property#") {
			continue
		}
		theirs := img.bytes(img.addrs[0][key], s.Size)
		if theirs == nil {
			t.Errorf("section %s is not in what ld.lld linked", key)
			continue
		}
		c.sections++
		c.section(t, mm, img, obj, i, s, theirs)
	}
	mm.check(t)
	d.Close()
}

const gotName = "_GLOBAL_OFFSET_TABLE_"

// section compares the bytes of one section, after it has made the fields for GOT entries those that ld.lld's order of entries gives.
func (c *crossComparison) section(t *testing.T, mm *testMM, img *lldImage, obj *Object, index int, s *memmgr.Section, theirs []byte) {
	ours, o := bytes.Clone(s.Mem), obj.img
	for k := 1; k < o.NumSections(); k++ {
		target, n, _, ok := o.RelocTarget(k)
		if !ok || target != index {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		o.Relocs(k, 0, relocs)
		for _, r := range relocs {
			c.relocs++
			switch row := c.arch.row(r.Type); {
			case row == nil: // several in one
			case c.foreign != nil && c.foreign(row) > 0 && obj.isForeign(r.Sym):
				copy(ours[r.Offset:][:c.foreign(row)], theirs[r.Offset:])
			case row.need&relaxable != 0 && !bytes.Equal(ours[r.Offset-2:r.Offset], theirs[r.Offset-2:r.Offset]): // ld.lld relaxes on x86-64 only
				c.relaxed++
				copy(ours[r.Offset-2:][:6], theirs[r.Offset-2:])
			case row.need&needSlot != 0:
				c.slots++
				c.slot(mm, img, obj, row, &r, uint64(s.Addr), ours, theirs)
			}
		}
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			i &^= 3
			t.Errorf("%s+%#x: % x, ld.lld has % x; in the file % x", o.SectionName(index), i, ours[i:min(i+8, len(ours))], theirs[i:min(i+8, len(ours))],
				o.SectionData(index)[i:min(i+8, len(ours))])
			return
		}
	}
}

// isForeign says whether a symbol is not defined in the object.
func (o *Object) isForeign(sym uint32) bool {
	var y [1]objimage.Symbol
	o.img.Symbols(int(sym), y[:])
	return y[0].Place == objimage.PlaceUndefined
}

// slot looks for an entry of ld.lld's GOT with the contents of ours, for which the relocation gives ld.lld's bytes, and writes them.
func (c *crossComparison) slot(mm *testMM, img *lldImage, obj *Object, row *howto, r *objimage.Reloc, base uint64, ours, theirs []byte) {
	got := mm.section(obj.Name(), ".got")
	word := uint64(c.arch.wordSize())
	entryOff := uint64(slices.Index(obj.slots(), r.Sym)) * word
	if row.need&addendInSlot != 0 && r.Addend != 0 {
		entryOff = obj.slotPlus(r.Sym, r.Addend)
	}
	entry := got.Mem[entryOff:][:word]
	for _, name := range []string{".got", ".got.plt"} {
		s := img.file.Section(name)
		if s == nil {
			continue
		}
		for a := s.Addr; a < s.Addr+s.Size; a += word {
			if !bytes.Equal(img.bytes(a, word), entry) {
				continue
			}
			v := vars{A: uint64(r.Addend), P: base + r.Offset, GOT: uint64(got.Addr), G: a - uint64(got.Addr), TOC: uint64(got.Addr) + tocBias}
			b := bytes.Clone(ours[r.Offset:][:row.field.size])
			x := uint64(row.field.addend(b)) + a - uint64(got.Addr) - entryOff
			if row.formula.eval != nil {
				x = row.formula.eval(&v)
			}
			if c.arch.narrow {
				x = uint64(signExtend(x, 32))
			}
			if row.field.store(b, x); bytes.Equal(b, theirs[r.Offset:][:len(b)]) {
				copy(ours[r.Offset:], b)
				return
			}
		}
	}
}
