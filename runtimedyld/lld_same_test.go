package runtimedyld

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"debug/elf"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A crossSum counts what was compared.
type crossSum struct {
	objects int // different ones
	links, sections, dropped, shrunk, bytes, relocs,
	slots, relaxed int // of relocs: that mean GOT entries, that became something else here than there
}

// lacks says whether it is less than what has to be compared.
func (s *crossSum) lacks(least *crossSum) bool {
	return s.objects < least.objects || s.dropped < least.dropped || s.shrunk < least.shrunk || s.relocs < least.relocs || s.slots+s.relaxed < least.slots || s.relaxed < least.relaxed
}

// A comparison is that of a target's objects.
type comparison struct {
	crossTarget
	crossSum
	arch     testArch
	lld      string
	distinct map[[sha256.Size]byte]bool // contents of objects
}

// A crossSection is a section as it is linked here and there.
type crossSection struct {
	*comparison
	t            *testing.T
	mm           *testMM
	img          *lldImage
	o            *Object
	got          uint64 // the address of the other linker's GOT
	name         string
	addr         uint64
	ours, theirs []byte
	relocs       []objimage.Reloc // as the section is in memory
	symbols      []objimage.Symbol
	index        int
	equal        [][2]uint64 // from where to where bytes are taken for equal
}

// TestSameAsLLD links each object of the corpus of each architecture with ld.lld, then here with every section, common and GOT where ld.lld put it, and compares the bytes of all of
// them. Exceptions: .note.gnu.property, which ld.lld merges into one of its own; fields that mean GOT entries, whose order in the GOT is each linker's own: they have to have the bytes that
// belong to an entry of ld.lld's with the contents of ours; and what an architecture's adapt says. Sections that shrink have to do so by the same bytes.
func TestSameAsLLD(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	for _, name := range slices.Sorted(maps.Keys(crossTargets)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newComparison(t, name)
			for i, o := range c.corpus(t, c.arch.order()) {
				if testing.Short() && i%5 > 0 && !o.byHand {
					continue
				}
				for _, base := range c.bases {
					if o.high || base < 1<<32 {
						t.Run(fmt.Sprintf("%s at %#x", o.name, base), func(t *testing.T) { c.compare(t, []compiled{o}, base) })
					}
				}
			}
			c.finish(t)
		})
	}
}

// TestSameAsLLDTogether compares in the same way what becomes of two objects that define the same inline functions, templates and variables. Both linkers have to drop
// the same sections, and lead what refers to them to the same places. The second exception is .eh_frame, which ld.lld rewrites when functions are dropped.
func TestSameAsLLDTogether(t *testing.T) {
	testenv.WithoutRaceDetector(t)
	c := newComparison(t, "x86_64")
	c.least = crossSum{objects: 50, dropped: 1000, slots: 100}
	for _, pair := range pairs(t) {
		for i := range pair {
			pair[i].data = neutralHandle(pair[i].data)
		}
		for _, base := range c.bases {
			if pair[0].high || base < 1<<32 {
				t.Run(fmt.Sprintf("%s, %s at %#x", pair[0].name, pair[1].name, base), func(t *testing.T) { c.compare(t, pair, base) })
			}
		}
	}
	c.finish(t)
}

func newComparison(t *testing.T, name string) *comparison {
	target := crossTargets[name]
	pkg := "lld-19"
	if target.ld != "" {
		pkg = "binutils-" + strings.TrimSuffix(target.ld, "-ld")
	}
	if target.least == (crossSum{}) {
		target.least = crossLeast
	}
	arch, _, _ := strings.Cut(name, " ")
	return &comparison{crossTarget: target, arch: archByName(t, arch), lld: testenv.NeedsTool(t, cmp.Or(target.ld, "ld.lld-19"), pkg), distinct: map[[sha256.Size]byte]bool{}}
}

func (c *comparison) finish(t *testing.T) {
	c.objects = len(c.distinct)
	t.Logf("%+v", c.crossSum)
	if !testing.Short() && c.lacks(&c.least) {
		t.Errorf("too little was compared: want %+v", c.least)
	}
}

// startingStorage is a testStorage with the block at the thread pointer, as ld.lld has it for the only module.
type startingStorage struct {
	*testStorage
	getAddr uint64
}

func (s startingStorage) AddThreadModule(t executor.ThreadTemplate) (executor.ThreadModule, error) {
	m, err := s.testStorage.AddThreadModule(t)
	m.Offset = 0
	return m, err
}

func (s startingStorage) ThreadFunction(name string) executor.Addr {
	if name == "__tls_get_addr" {
		return executor.Addr(s.getAddr)
	}
	return 0
}

// compare links objects, and what they need, with both linkers.
func (c *comparison) compare(t *testing.T, list []compiled, base uint64) {
	var objects []*objimage.Object
	var files [][]byte
	for _, o := range list {
		objects, files = append(objects, parseObject(t, o.name, o.data)), append(files, o.data)
	}
	names, weak := undefinedOf(objects)
	if c.all || base > 1<<32 && c.arch.undefined == nil { // 0 is out of reach of calls there
		names = append(names, weak...)
	}
	others := c.externals(elfLike("externals.o", files[0]), names, list[0].thumb)
	img := runLLD(t, c.lld, c.args(base), append(files, others.bytes()), len(files)+1)
	known := map[string]uint64{}
	for _, name := range names {
		known[name] = img.symbols[name]
	}
	if c.linked {
		objects, known = append(objects, others.parse(t)), nil
	}
	mm := newTestMM()
	mm.at = c.placer(img, objects, base)
	d := New(mm, knows(known))
	defer d.Close()
	d.SetThreadStorage(startingStorage{newTestStorage(), img.symbols["__tls_get_addr"]})
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
	c.links++
	for i := range list {
		c.distinct[sha256.Sum256(list[i].data)] = true
		noteShown("bytes", objects[i])
		c.object(t, mm, img, i, loaded[i], len(list) > 1)
	}
	mm.check(t)
}

// args returns those of the linker.
func (c *comparison) args(base uint64) (args []string) {
	if args = []string{"-static"}; c.mode != nil && base > 1<<32 {
		args = slices.Clone(c.mode)
	}
	if c.ld != "" {
		args = append(args, fmt.Sprintf("-Ttext-segment=%#x", base))
	} else {
		args = append(args, fmt.Sprintf("--image-base=%#x", base), "--threads=1")
	}
	for name, offset := range c.starts {
		args = append(args, fmt.Sprintf("--section-start=%s=%#x", name, base+offset))
	}
	return append(args, c.link...)
}

// externals defines names, each at a place of its own: with types by their names, if they are linked.
func (c *comparison) externals(w *elfWriter, names []string, thumb bool) *elfWriter {
	const size = 64
	data := w.bss(cmp.Or(c.outside, ".externals"), uint64(len(names)+1)*size, 16)
	if !c.linked {
		for i, name := range names {
			w.global(name, data, uint64(i)*size+16)
		}
		return w
	}
	text := w.section(".text.externals", flagsText, make([]byte, (len(names)+1)*size))
	w.sec(text).align = 16
	for i, name := range names {
		y := elfSymbol{name: name, bind: elf.STB_GLOBAL, typ: elf.STT_FUNC, sec: text, value: uint64(i) * size, size: 8}
		if strings.Contains(name, "data") || strings.Contains(name, "array") || strings.HasPrefix(name, "_ZT") {
			y.typ, y.sec, y.value = elf.STT_OBJECT, data, y.value+16
		} else if c.micro {
			y.other = 0x80
		} else if thumb {
			y.value++
		}
		w.symbol(y)
	}
	return w
}

// gotAddr returns where the other linker has its GOT; 0 if it has none.
func (c *comparison) gotAddr(img *lldImage) uint64 {
	if a := img.symbols["_GLOBAL_OFFSET_TABLE_"]; a != 0 {
		return a
	}
	if s := img.file.Section(c.got); c.got != "" && s != nil {
		return s.Addr
	}
	return 0
}

// placer puts sections, commons and the GOT where the other linker has them, and near by what it does not have.
func (c *comparison) placer(img *lldImage, objects []*objimage.Object, base uint64) func(memmgr.Module, *memmgr.Section) (executor.Addr, bool) {
	free := base + 0x40_0000
	return func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		a := uint64(0)
		which := slices.IndexFunc(objects, func(o *objimage.Object) bool { return o.Name() == mod.Name })
		switch name := mod.SectionName(s); {
		case s.Index > 0:
			a = img.addrs[which][sectionKeys(objects[which])[s.Index]]
		case name == ".got":
			a = c.gotAddr(img)
		case name != ".stubs":
			a = img.symbols[name]
		}
		if a == 0 {
			free += 0x1_0000
			a = free
		}
		return executor.Addr(a), true
	}
}

// object compares all sections of the number-th object; rewritten says that .eh_frame is not to be.
func (c *comparison) object(t *testing.T, mm *testMM, img *lldImage, number int, obj *Object, rewritten bool) {
	symbols := make([]objimage.Symbol, obj.img.NumSymbols())
	obj.img.Symbols(0, symbols)
	obj.trims.trimSymbols(symbols)
	for i, key := range sectionKeys(obj.img) {
		s := mm.module(obj, i)
		addr, ok := img.addrs[number][key]
		switch {
		case key == "" || strings.HasPrefix(key, ".note.gnu.property#") || rewritten && strings.HasPrefix(key, ".eh_frame#") || c.skip != nil && c.skip(key):
			continue
		case s == nil && ok:
			t.Errorf("%s: section %s was dropped, but not by ld.lld", obj.Name(), key)
			continue
		case s == nil:
			c.dropped++
			continue
		case s.Size == 0:
			continue
		}
		theirs := img.bytes(addr, s.Size)
		if !ok || theirs == nil {
			t.Errorf("%s: section %s is not in what ld.lld linked", obj.Name(), key)
			continue
		}
		c.sections++
		c.bytes += len(theirs)
		x := crossSection{comparison: c, t: t, mm: mm, img: img, o: obj, got: c.gotAddr(img), name: key, addr: addr, ours: bytes.Clone(s.Mem), theirs: theirs, symbols: symbols, index: i}
		x.compare()
	}
}

// compare compares the bytes, after it has made equal what leads to GOT entries that are equal, and what leads to the same place.
func (c *crossSection) compare() {
	o, index := c.o.img, c.index
	if o.Section(index).Size != uint64(len(c.ours)) {
		c.shrunk++
	}
	for k := 1; k < o.NumSections(); k++ {
		target, n, implicit, ok := o.RelocTarget(k)
		if !ok || target != index {
			continue
		}
		c.relocs = make([]objimage.Reloc, n)
		o.Relocs(k, 0, c.relocs)
		trimRelocs(c.o.trims.of(uint32(index)), c.relocs)
		c.comparison.relocs += n
		for i := range c.relocs {
			r := &c.relocs[i]
			row := c.row(r.Type)
			if row == nil {
				continue
			}
			if implicit {
				r.Addend = row.field.addend(o.SectionData(index)[r.Offset:])
			}
			if (c.adapt == nil || !c.adapt(c, row, i)) && row.need&needSlot != 0 {
				c.slot(row, r)
			}
		}
	}
	for _, r := range c.equal {
		copy(c.ours[r[0]:r[1]], c.theirs[r[0]:])
	}
	for i := range c.ours {
		if c.ours[i] != c.theirs[i] {
			lo, hi := max(0, i-4)&^3, min(i+12, len(c.ours))
			c.t.Errorf("%s+%#x: % x, ld.lld has % x", c.name, i, c.ours[lo:hi], c.theirs[lo:hi])
			return
		}
	}
}

// row returns what is done for a type; nil if that is nothing.
func (c *crossSection) row(typ uint32) *howto {
	row, several := c.arch.row(typ), howto{}
	if row == nil && c.arch.compound != nil && c.arch.compound(c.arch.arch, typ, &several) {
		return &several
	}
	return row
}

// same takes n bytes for equal, once all of the section is looked at.
func (c *crossSection) same(off, n uint64) { c.equal = append(c.equal, [2]uint64{off, off + n}) }

// isForeign says whether a symbol is not defined in the object.
func (c *crossSection) isForeign(sym uint32) bool {
	return c.symbols[sym].Place == objimage.PlaceUndefined
}

// isWeak says whether a symbol may be missing, and is not defined in the object.
func (c *crossSection) isWeak(sym uint32) bool {
	return c.isForeign(sym) && c.symbols[sym].Binding == objimage.BindWeak
}

// slot says whether the relocation leads to the symbol's GOT entry here, and looks for an entry of the other linker's GOT with the same contents, for which it gives the bytes that are there.
func (c *crossSection) slot(row *howto, r *objimage.Reloc) {
	c.slots++
	got, word := c.mm.section(c.o.Name(), ".got"), c.arch.slotSize
	entryOff := uint64(slices.Index(c.o.slots(), r.Sym)) * word
	if row.need&addendInSlot != 0 && r.Addend != 0 {
		entryOff = c.o.slotPlus(r.Sym, r.Addend)
	}
	base, n := uint64(got.Addr), uint64(row.field.size)
	ours, theirs := c.ours[r.Offset:][:n], c.theirs[r.Offset:][:n]
	leadsTo := func(entry uint64) []byte {
		v := vars{A: uint64(r.Addend), P: c.addr + r.Offset, G: entry, GOT: base, TOC: base + tocBias, GP: base + mipsGPBias}
		b := bytes.Clone(ours)
		x := uint64(row.field.addend(b)) + entry - entryOff
		if row.formula.eval != nil {
			x = row.formula.eval(&v)
		}
		if c.arch.wraps() {
			x = uint64(signExtend(x, 32))
		}
		row.field.store(b, x)
		return b
	}
	if want := leadsTo(entryOff); !bytes.Equal(ours, want) {
		c.t.Errorf("%s at %s+%#x: % x, want % x for the GOT entry at %#x", row.name, c.name, r.Offset, ours, want, base+entryOff)
	}
	for _, name := range []string{".got", ".got.plt"} {
		s := c.img.file.Section(name)
		if s == nil {
			continue
		}
		for a := s.Addr; a < s.Addr+s.Size; a += word {
			if bytes.Equal(c.img.bytes(a, word), got.Mem[entryOff:][:word]) && bytes.Equal(leadsTo(a-base), theirs) {
				c.same(r.Offset, n)
				return
			}
		}
	}
}

// entry compares n bytes of two GOT entries, ours and theirs.
func (c *crossSection) entry(row *howto, r *objimage.Reloc, ours, theirs, n uint64) {
	c.slots++
	if a, b := c.mm.read(ours, n), c.img.bytes(theirs, n); a == nil || !bytes.Equal(a, b) {
		c.t.Errorf("%s at %s+%#x: GOT entry holds % x, ld.lld's % x", row.name, c.name, r.Offset, a, b)
	}
}
