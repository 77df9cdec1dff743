package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// An lldImage is what ld.lld has made of objects.
type lldImage struct {
	file    *elf.File
	addrs   []map[string]uint64 // by object: of input sections, by name; of several of a name "name#0", "name#1" in the order of the object
	symbols map[string]uint64
}

// neutral renames .eh_frame, which linkers rewrite and do not just copy, so that it is a section like others: all its relocations are compared.
// Likewise __dso_handle, which each linker defines as it likes.
func neutral(data []byte) []byte {
	return neutralHandle(bytes.ReplaceAll(data, []byte(".eh_frame\x00"), []byte(".eh_fram_\x00")))
}

func neutralHandle(data []byte) []byte {
	return bytes.ReplaceAll(data, []byte("__dso_handle\x00"), []byte("__dso_hand_e\x00"))
}

// externals returns an object that defines names, each at a place of its own.
func externals(w *elfWriter, names []string) []byte {
	sec := w.bss(".externals", uint64(len(names)+1)*48, 16)
	for i, name := range names {
		w.global(name, sec, uint64(i)*48+16)
	}
	return w.bytes()
}

// linkLLD links objects and what they need at base, without merging strings: below 2 GiB as a static program, above as a position-independent one
// (which ld.lld 14 does not try to relax to absolute addresses) with the results of its dynamic relocations written in place.
func linkLLD(t *testing.T, lld string, list []compiled, base uint64, undefined []string) *lldImage {
	t.Helper()
	mode := []string{"-static"}
	if base > 1<<32 {
		mode = []string{"-pie", "--no-dynamic-linker", "--apply-dynamic-relocs", "-z", "notext"}
	}
	return runLLD(t, lld, append(mode, fmt.Sprintf("--image-base=%#x", base)), append(datas(list), externals(newELF("externals.o"), undefined)), len(list))
}

// runLLD links objects, the first n of which are wanted.
func runLLD(t *testing.T, lld string, args []string, objects [][]byte, n int) *lldImage {
	t.Helper()
	dir := t.TempDir()
	out, mapFile := filepath.Join(dir, "out"), filepath.Join(dir, "map")
	var ins []string
	for i, data := range objects {
		ins = append(ins, filepath.Join(dir, fmt.Sprintf("in%d.o", i)))
		if err := os.WriteFile(ins[i], data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args = append(args, "-O0", "-e", "0", "-z", "norelro", "-Map="+mapFile, "-o", out)
	if text, err := exec.Command(lld, append(args, ins...)...).CombinedOutput(); err != nil {
		t.Fatalf("ld.lld: %v\n%s", err, text)
	}
	f, err := elf.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	img := &lldImage{file: f, symbols: map[string]uint64{}}
	for _, in := range ins[:n] {
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

func datas(list []compiled) (data [][]byte) {
	for _, c := range list {
		data = append(data, c.data)
	}
	return data
}

// gnuMapLine is a line of GNU ld's map about an input section: its name, address, size and file. After a long name it goes on in the next line.
var gnuMapLine = regexp.MustCompile(`(?m)^ (\S+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+ (\S+)$`)

// keepApart clears what makes GNU ld merge the strings and constants of an object's sections.
func keepApart(data []byte) {
	w := elfLike("", data)
	order, word, flags := w.order(), w.wordSize(), func(b []byte) []byte { return b[8:] }
	sections := data[order.Uint32(data[24+2*word+word-4:]):] // big-endian: the lower half of e_shoff
	size := 16 + 6*word
	for ; len(sections) >= size; sections = sections[size:] {
		f := flags(sections)[word-4:]
		order.PutUint32(f, order.Uint32(f)&^uint32(elf.SHF_MERGE|elf.SHF_STRINGS))
	}
}

// readMap finds the input sections of an object in a map: lines of VMA, LMA, size, alignment and "in.o:(name)".
func readMap(t *testing.T, path, in string) map[string]uint64 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	addrs, seen := map[string]uint64{}, map[string]int{}
	if _, gnu, ok := strings.Cut(string(text), "Linker script and memory map"); ok {
		for _, m := range gnuMapLine.FindAllStringSubmatch(gnu, -1) {
			if m[3] == in {
				addrs[fmt.Sprintf("%s#%d", m[1], seen[m[1]])], _ = strconv.ParseUint(m[2], 0, 64)
				seen[m[1]]++
			}
		}
		return addrs
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 5 || !strings.HasPrefix(f[4], in+":(") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(f[4], in+":("), ")")
		addr, err := strconv.ParseUint(f[0], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		addrs[fmt.Sprintf("%s#%d", name, seen[name])] = addr
		seen[name]++
	}
	return addrs
}

// bytes returns n bytes of the linked image.
func (img *lldImage) bytes(addr, n uint64) []byte {
	for _, s := range img.file.Sections {
		if s.Flags&elf.SHF_ALLOC == 0 || addr < s.Addr || addr+n > s.Addr+s.Size {
			continue
		}
		b := make([]byte, n)
		if s.Type != elf.SHT_NOBITS {
			if _, err := s.ReadAt(b, int64(addr-s.Addr)); err != nil {
				return nil
			}
		}
		return b
	}
	return nil
}

// sectionKeys numbers the sections of an object as readMap does; "" for what is not loaded.
func sectionKeys(o *objimage.Object) []string {
	keys, seen := make([]string, o.NumSections()), map[string]int{}
	for i := 1; i < len(keys); i++ {
		if s := o.Section(i); s.Flags&objimage.SectionAlloc != 0 {
			name := string(o.SectionName(i))
			keys[i] = fmt.Sprintf("%s#%d", name, seen[name])
			seen[name]++
		}
	}
	return keys
}

// A comparison counts what was compared.
type comparison struct {
	objects, sections, dropped, bytes, relocs, relaxed, slots int
}

// TestSameAsLLD links each object of the corpus with ld.lld, then here with every section, common and GOT where ld.lld put it, and compares the
// bytes of all of them. Exceptions: .note.gnu.property, which ld.lld merges into one of its own; the fields that hold the place of
// a GOT entry, whose order in the GOT is each linker's own: there the entries' contents are compared; accesses to undefined weak symbols, and operations without
// REX prefix, which ld.lld does not relax: there its entry has to be 0, or what is the operand here.
func TestSameAsLLD(t *testing.T) {
	lld := testenv.NeedsTool(t, "ld.lld", "lld")
	var sum comparison
	all := corpus(t)
	for i, c := range all {
		if testing.Short() && i%4 > 0 && i < len(all)-40 { // what is written by hand is always compared
			continue
		}
		c.data = neutral(c.data)
		for _, base := range c.bases() {
			t.Run(fmt.Sprintf("%s at %#x", c.name, base), func(t *testing.T) { sum.compare(t, lld, []compiled{c}, base) })
		}
	}
	t.Logf("%+v", sum)
	if !testing.Short() && (sum.objects < 200 || sum.relaxed < 1000 || sum.slots < 300) {
		t.Errorf("too little was compared: %+v", sum)
	}
}

// TestSameAsLLDTogether compares in the same way what becomes of two objects that define the same inline functions, templates and variables. Both linkers have to drop
// the same sections, and lead what refers to them to the same places. The second exception is .eh_frame, which ld.lld rewrites when functions are dropped.
func TestSameAsLLDTogether(t *testing.T) {
	lld := testenv.NeedsTool(t, "ld.lld", "lld")
	var sum comparison
	for _, pair := range pairs(t) {
		for i := range pair {
			pair[i].data = neutralHandle(pair[i].data)
		}
		for _, base := range pair[0].bases() {
			t.Run(fmt.Sprintf("%s, %s at %#x", pair[0].name, pair[1].name, base), func(t *testing.T) { sum.compare(t, lld, pair, base) })
		}
	}
	t.Logf("%+v", sum)
	if sum.objects < 80 || sum.dropped < 1000 {
		t.Errorf("too little was compared: %+v", sum)
	}
}

// bases returns where an object can be linked.
func (c *compiled) bases() []uint64 {
	if c.high {
		return []uint64{0x20_0000, 0x7000_0000_0000}
	}
	return []uint64{0x20_0000}
}

func (sum *comparison) compare(t *testing.T, lld string, list []compiled, base uint64) {
	var objects []*objimage.Object
	for _, c := range list {
		objects = append(objects, parseObject(t, c.name, c.data))
	}
	strong, weak := undefinedOf(objects)
	if base > 1<<32 { // 0 is out of reach of calls there
		strong, weak = append(strong, weak...), nil
	}
	img := linkLLD(t, lld, list, base, strong)
	mm := newTestMM()
	mm.at = img.placer(objects, base)
	known := map[string]uint64{}
	for _, name := range strong {
		known[name] = img.symbols[name]
	}
	d := New(mm, knows(known))
	var loaded []*Object
	for _, o := range objects {
		noteShown("bytes", o)
		obj, err := d.LoadObject(o)
		if err != nil {
			t.Fatal(err)
		}
		loaded = append(loaded, obj)
	}
	if err := d.ResolveRelocations(); err != nil {
		t.Fatal(err, weak)
	}
	for i, o := range objects {
		sum.objects++
		sum.compareObject(t, mm, img, i, o, loaded[i], len(objects) > 1)
	}
	mm.check(t)
	d.Close()
}

// placer puts sections, commons and GOTs where ld.lld has them.
func (img *lldImage) placer(objects []*objimage.Object, base uint64) func(memmgr.Module, *memmgr.Section) (executor.Addr, bool) {
	return func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		a, ok := uint64(0), false
		which := slices.IndexFunc(objects, func(o *objimage.Object) bool { return o.Name() == mod.Name })
		switch {
		case s.Index > 0:
			a, ok = img.addrs[which][sectionKeys(objects[which])[s.Index]]
		case mod.SectionName(s) == ".got":
			a, ok = img.symbols["_GLOBAL_OFFSET_TABLE_"]
		case mod.SectionName(s) != ".stubs":
			a, ok = img.symbols[mod.SectionName(s)]
		}
		if !ok {
			a, ok = base+0x0700_0000+uint64(which+1)*0x40_0000+uint64(max(s.Index, 0))*0x1000, true
			if mod.SectionName(s) == ".stubs" {
				a += 0x80_0000
			}
		}
		return executor.Addr(a), ok
	}
}

// compareObject compares all sections of the number-th object.
func (sum *comparison) compareObject(t *testing.T, mm *testMM, img *lldImage, number int, o *objimage.Object, obj *Object, rewritten bool) {
	for i, key := range sectionKeys(o) {
		s := mm.module(obj, i)
		_, ok := img.addrs[number][key]
		switch {
		case key == "" || strings.HasPrefix(key, ".note.gnu.property#") || rewritten && strings.HasPrefix(key, ".eh_frame#"):
			continue
		case s == nil && ok:
			t.Errorf("%s: section %s was dropped, but not by ld.lld", o.Name(), key)
			continue
		case s == nil:
			sum.dropped++
			continue
		case s.Size == 0:
			continue
		}
		theirs := img.bytes(uint64(s.Addr), s.Size)
		if !ok || theirs == nil {
			t.Errorf("%s: section %s is not in what ld.lld linked", o.Name(), key)
			continue
		}
		sum.sections++
		sum.bytes += len(theirs)
		sum.compareSection(t, mm, img, o, i, s, theirs)
	}
}

// compareSection compares the bytes of one section, after it has made the fields with places of GOT entries equal where the entries are.
func (sum *comparison) compareSection(t *testing.T, mm *testMM, img *lldImage, o *objimage.Object, index int, s *memmgr.Section, theirs []byte) {
	ours, original := bytes.Clone(s.Mem), o.SectionData(index)
	got := mm.section(o.Name(), ".got")
	for k := 1; k < o.NumSections(); k++ {
		target, n, _, ok := o.RelocTarget(k)
		if !ok || target != index {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		o.Relocs(k, 0, relocs)
		for _, r := range relocs {
			sum.relocs++
			row := x86_64.row(r.Type)
			if row.need&relaxable != 0 && !bytes.Equal(ours[r.Offset-2:r.Offset], original[r.Offset-2:r.Offset]) {
				sum.relaxed++
				if bytes.Equal(theirs[r.Offset-2:r.Offset], original[r.Offset-2:r.Offset]) && (isUndefinedWeak(o, r.Sym) || isShortOperation(&r, original)) {
					lo, hi := r.Offset-3, r.Offset+4
					entry := uint64(s.Addr) + hi + uint64(int32(binary.LittleEndian.Uint32(theirs[r.Offset:])))
					want := uint64(0)
					if !isUndefinedWeak(o, r.Sym) {
						want = uint64(binary.LittleEndian.Uint32(ours[r.Offset:]))
					}
					if b := img.bytes(entry, 8); b == nil || binary.LittleEndian.Uint64(b) != want {
						t.Errorf("%s+%#x: ld.lld's GOT entry holds % x, here it is %#x", o.SectionName(index), r.Offset, b, want)
					}
					copy(ours[lo:hi], theirs[lo:hi])
				}
				continue
			}
			if row.need&needSlot == 0 {
				continue
			}
			sum.slots++
			bias, biasTheirs := uint64(0), img.symbols["_GLOBAL_OFFSET_TABLE_"] // of the field, to the entry's offset in our GOT and to its address in theirs
			if strings.Contains(row.formula.text, "P") {
				biasTheirs = uint64(s.Addr) + r.Offset - uint64(r.Addend)
				bias = biasTheirs - uint64(got.Addr)
			}
			f := func(b []byte) uint64 {
				if row.field.size == 8 {
					return binary.LittleEndian.Uint64(b[r.Offset:])
				}
				return uint64(int32(binary.LittleEndian.Uint32(b[r.Offset:])))
			}
			slot, b := f(ours)+bias, img.bytes(f(theirs)+biasTheirs, 8)
			if slot+8 > got.Size {
				t.Errorf("%s+%#x: %s: GOT entry is %#x bytes into the GOT", o.SectionName(index), r.Offset, row.name, slot)
				continue
			}
			if a := got.Mem[slot : slot+8]; !bytes.Equal(a, b) {
				t.Errorf("%s+%#x: %s: GOT entry holds % x, ld.lld's % x", o.SectionName(index), r.Offset, row.name, a, b)
			}
			copy(ours[r.Offset:][:row.field.size], theirs[r.Offset:])
		}
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			t.Errorf("%s+%#x: % x, ld.lld has % x", o.SectionName(index), i, ours[max(0, i-4):min(i+8, len(ours))], theirs[max(0, i-4):min(i+8, len(ours))])
			return
		}
	}
}

// undefinedOf returns the names that objects need from elsewhere, and those that may be missing.
func undefinedOf(objects []*objimage.Object) (strong, weak []string) {
	defined, need := map[string]bool{}, map[string]bool{}
	for _, o := range objects {
		syms := make([]objimage.Symbol, o.NumSymbols())
		o.Symbols(0, syms)
		for i := o.FirstGlobal(); i < len(syms); i++ {
			name := string(o.SymbolName(&syms[i]))
			if syms[i].Place != objimage.PlaceUndefined || IsProvided(o, name) {
				defined[name] = true
			} else {
				need[name] = need[name] || syms[i].Binding != objimage.BindWeak
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(need)) {
		switch {
		case defined[name]:
		case need[name]:
			strong = append(strong, name)
		default:
			weak = append(weak, name)
		}
	}
	return strong, weak
}

// isShortOperation says whether an instruction without REX prefix tests the GOT entry or computes with it.
func isShortOperation(r *objimage.Reloc, sec []byte) bool {
	op := sec[r.Offset-2]
	return elf.R_X86_64(r.Type) == elf.R_X86_64_GOTPCRELX && op != opMovLoad && op != opGroup5
}

func isUndefinedWeak(o *objimage.Object, sym uint32) bool {
	var y [1]objimage.Symbol
	o.Symbols(int(sym), y[:])
	return y[0].Place == objimage.PlaceUndefined && y[0].Binding == objimage.BindWeak
}
