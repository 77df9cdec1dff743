package runtimedyld

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// coffTargets are what COFF is compiled for here, with what a function that only returns is.
var coffTargets = []struct{ triple, ret string }{
	{"x86_64-pc-windows-msvc", "ret"},
	{"x86_64-pc-windows-gnu", "ret"},
	{"aarch64-pc-windows-msvc", "ret"},
	{"i686-pc-windows-msvc", "ret"},
	{"i686-pc-windows-gnu", "ret"},
	{"thumbv7-pc-windows-msvc", "bx lr"},
}

// coffCorpus is what ELF's corpus has, and what only COFF has.
const coffCorpus = `
__declspec(dllimport) extern int imported(int);
__declspec(dllimport) extern int imported_data;
int use_imports(int n) { return imported(n) + imported_data; }
int large(int n) { volatile char frame[10000]; frame[n] = 1; return frame[9999]; }
extern char __ImageBase[];
char *image(void) { return __ImageBase; }
static _Thread_local int thread_first = 3;
_Thread_local long thread_others[1200] = { 5 };
int *thread_variable(int n) { thread_first += n; return (int *)&thread_others[1100]; }
`

// A peImage is what lld-link has made of an object and of another one with what that needs.
type peImage struct {
	file  *pe.File
	base  uint64
	addrs map[string]uint64 // of the object's sections, by sectionKeys
	names map[string]uint64 // of the other object's symbols, as they are in the file
}

// TestSameAsLLDLink links objects with lld-link, then here with every section where lld-link put it, and compares the bytes of all of them. Addresses relative to the image differ by as
// much as the image's bases; pointers to imported names are each linker's own, so that what they point to is compared. lld-link sorts .pdata: the table of functions is compared to it.
func TestSameAsLLDLink(t *testing.T) {
	lld := testenv.NeedsTool(t, "lld-link-19", "lld-19")
	source := strings.NewReplacer("__start_", "begin_", "__stop_", "end_").Replace(corpusC) + coffCorpus
	for _, target := range coffTargets {
		for _, flags := range []string{"-O0", "-O2 -ffunction-sections -fdata-sections -funwind-tables", "-Os -g -funwind-tables -fno-jump-tables"} {
			t.Run(target.triple+" "+flags, func(t *testing.T) {
				args := append(strings.Fields(flags), "--target="+target.triple, "-fms-extensions", "-w")
				data := testenv.CompileBytes(t, "clang-19", testenv.C, source, args...)
				nameApart(parseObject(t, "in0.o", data), data)
				o := parseObject(t, "in0.o", data)
				img := linkPE(t, lld, target.triple, target.ret, data)
				comparePE(t, img, o, 500)
			})
		}
	}
}

// TestRulesSameAsLLDLink is TestSameAsLLDLink for the objects with rules, which have relocations that no compiler writes.
func TestRulesSameAsLLDLink(t *testing.T) {
	lld := testenv.NeedsTool(t, "lld-link-19", "lld-19")
	for dir, target := range map[string]int{"x86_64-coff": 0, "aarch64-coff": 2, "i386-coff": 3, "arm-coff": 5} {
		for _, name := range []string{"all.o", "threads.o"} {
			t.Run(dir+"/"+name, func(t *testing.T) {
				data, err := os.ReadFile(filepath.Join("..", "testdata", "rules", dir, name))
				if err != nil {
					t.Fatal(err)
				}
				leaveOut(data, parseObject(t, "in0.o", data).Arch())
				comparePE(t, linkPE(t, lld, coffTargets[target].triple, coffTargets[target].ret, data), parseObject(t, "in0.o", data), 40)
			})
		}
	}
}

// TestMoreSameAsLLDLink is TestSameAsLLDLink for relocations that are in neither: numbers of sections, where the image's are the object's, and Thumb code's BL as MSVC writes it. Neither lld-link nor
// GNU ld for PE knows the others, SECREL7 and i386's DIR16 and REL16.
func TestMoreSameAsLLDLink(t *testing.T) {
	lld := testenv.NeedsTool(t, "lld-link-19", "lld-19")
	for _, target := range coffTargets {
		if strings.HasSuffix(target.triple, "gnu") { // where the image has more sections
			continue
		}
		t.Run(target.triple, func(t *testing.T) {
			text, thumb := ".text\n.globl f, _f\nf:\n_f: "+target.ret+"\n.data\n.globl d\nd: .secidx d\n.secidx f\n", strings.HasPrefix(target.triple, "thumb")
			if thumb {
				text += ".text\n.syntax unified\n.thumb\n.thumb_func\nbl f\nbl g\n"
			}
			data := testenv.CompileBytes(t, "clang-19", testenv.Assembler, text, "--target="+target.triple)
			if thumb {
				retype(data, 0x14, 0x15)
			}
			comparePE(t, linkPE(t, lld, target.triple, target.ret, data), parseObject(t, "in0.o", data), 5)
		})
	}
}

// retype changes the type of all relocations that have a type.
func retype(data []byte, from, to uint16) {
	le := binary.LittleEndian
	for i := range int(le.Uint16(data[2:])) {
		h := data[20+40*i:]
		for table := data[le.Uint32(h[24:]):][:10*int(le.Uint16(h[32:]))]; len(table) > 0; table = table[10:] {
			if le.Uint16(table[8:]) == from {
				le.PutUint16(table[8:], to)
			}
		}
	}
}

// leaveOut takes out relocations that the linkers have to apply otherwise: numbers of sections are the image's there and the object's here, and lld-link leaves a BLX to
// Thumb code as it is, which would go on in ARM code.
func leaveOut(data []byte, a objimage.Arch) {
	le, section := binary.LittleEndian, map[objimage.Arch]uint16{objimage.ArchX86_64: 0x0a, objimage.ArchI386: 0x0a, objimage.ArchARM: 0x0e, objimage.ArchAArch64: 0x0d}[a]
	for i := range int(le.Uint16(data[2:])) {
		h := data[20+40*i:]
		contents := data[le.Uint32(h[20:]):]
		table, kept := data[le.Uint32(h[24:]):], 0
		for k := range int(le.Uint16(h[32:])) {
			r := table[10*k:][:10]
			typ := le.Uint16(r[8:])
			if blx := a == objimage.ArchARM && typ == 0x15 && contents[le.Uint32(r)+3]&0x10 == 0; typ != section && !blx {
				copy(table[10*kept:], r)
				kept++
			}
		}
		le.PutUint16(h[32:], uint16(kept))
	}
}

// nameApart gives each section a name of its own, but for those that linkers know by theirs, so that they are found in maps, where they are not in the order of the file.
func nameApart(o *objimage.Object, data []byte) {
	for i := range int(binary.LittleEndian.Uint16(data[2:])) {
		h := data[20+40*i:]
		const loaded = pe.IMAGE_SCN_CNT_CODE | pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_CNT_UNINITIALIZED_DATA
		flags := binary.LittleEndian.Uint32(h[36:])
		if flags&loaded != 0 && flags&pe.IMAGE_SCN_MEM_DISCARDABLE == 0 && bytes.IndexByte(o.SectionName(i+1), '$') < 0 && !bytes.HasPrefix(h, []byte(".pdata")) {
			copy(h[:8], fmt.Sprintf("s$%05d\x00", i))
		}
	}
}

// linkPE links an object with one that has all that it lacks.
func linkPE(t *testing.T, lld, triple, ret string, data []byte) *peImage {
	t.Helper()
	f, err := pe.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, ".text\n.globl entry_point, _entry_point\nentry_point:\n_entry_point: %s\n", ret)
	img := &peImage{base: 0x4000_0000, names: map[string]uint64{}}
	for i, s := range f.COFFSymbols {
		name, err := s.FullName(f.StringTable)
		if isAux(f, i) || err != nil || s.StorageClass != 2 || s.SectionNumber != 0 || s.Value != 0 || strings.HasSuffix(name, "__ImageBase") {
			continue
		}
		name = strings.TrimPrefix(name, "__imp_")
		if img.names[name] == 0 {
			fmt.Fprintf(&text, ".globl %s\n.balign 16\n%[1]s: %s\n", name, ret)
			img.names[name] = 1
		}
	}
	dir := t.TempDir()
	more := testenv.CompileBytes(t, "clang-19", testenv.Assembler, text.String(), "--target="+triple)
	for name, content := range map[string][]byte{"in0.o": data, "in1.o": more} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{fmt.Sprintf("/base:%#x", img.base), "/entry:entry_point", "/nodefaultlib", "/subsystem:console", "/opt:noref,noicf", "/lldmap:map", "/out:out.exe", "/safeseh:no", "in0.o", "in1.o"}
	if strings.HasSuffix(triple, "gnu") {
		args = append(args, "/lldmingw")
	}
	cmd := exec.Command(lld, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lld, err, out)
	}
	if img.file, err = pe.Open(filepath.Join(dir, "out.exe")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { img.file.Close() })
	img.readMap(t, filepath.Join(dir, "map"))
	return img
}

func isAux(f *pe.File, i int) bool {
	for at := 0; at < i; {
		if next := at + 1 + int(f.COFFSymbols[at].NumberOfAuxSymbols); next > i {
			return true
		} else {
			at = next
		}
	}
	return false
}

// readMap reads lines of address, size, alignment and section or symbol.
func (img *peImage) readMap(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen, in := map[string]int{}, ""
	img.addrs = map[string]uint64{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		addr, err := strconv.ParseUint(f[0], 16, 64)
		if err != nil || len(f) != 4 {
			continue
		}
		if file, section, ok := strings.Cut(f[3], ":("); ok {
			in = file
			if section = strings.TrimSuffix(section, ")"); file == "in0.o" {
				img.addrs[fmt.Sprintf("%s#%d", section, seen[section])] = img.base + addr
				seen[section]++
			}
		} else if in == "in1.o" && img.names[f[3]] != 0 {
			img.names[f[3]] = img.base + addr
		}
	}
}

// bytes returns n bytes of the image.
func (img *peImage) bytes(addr, n uint64) []byte {
	rva := uint32(addr - img.base)
	for _, s := range img.file.Sections {
		if rva >= s.VirtualAddress && rva < s.VirtualAddress+s.VirtualSize {
			data, _ := s.Data()
			b := make([]byte, n)
			copy(b, data[min(int(rva-s.VirtualAddress), len(data)):])
			return b
		}
	}
	return nil
}

func comparePE(t *testing.T, img *peImage, o *objimage.Object, least int) {
	keys := sectionKeys(o)
	mm := newTestMM()
	mm.at = func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		if s.Index <= 0 {
			return executor.Addr(img.base + 0x80_0000 - uint64(s.Index)*0x1_0000), true
		}
		a, ok := img.addrs[keys[s.Index]]
		return executor.Addr(a), ok
	}
	known := map[string]uint64{}
	for raw, addr := range img.names {
		if o.Arch() == objimage.ArchARM {
			addr |= 1
		}
		known[plainCOFF(o, raw)] = addr
	}
	d := New(mm, knows(known))
	defer d.Close()
	d.SetThreadStorage(&testStorage{indexed: true, modules: map[uint64]executor.ThreadTemplate{}})
	noteShown("bytes", o)
	obj, err := d.LoadObject(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.ResolveRelocations(); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i, key := range keys {
		s := mm.module(obj, i)
		if key == "" || s == nil || s.Size == 0 || strings.HasPrefix(key, ".pdata") || o.Section(i).Flags&objimage.SectionZeroFill != 0 {
			continue
		}
		theirs := img.bytes(img.addrs[key], s.Size)
		ours := bytes.Clone(s.Mem)
		if theirs == nil {
			t.Errorf("%s is not in what lld-link has linked", key)
			continue
		}
		adapt(t, mm, img, obj, i, ours, theirs, s)
		for k := range ours {
			if ours[k] != theirs[k] {
				t.Errorf("%s+%#x: % x, lld-link has % x", key, k, ours[max(0, k-4):min(k+8, len(ours))], theirs[max(0, k-4):min(k+8, len(ours))])
				break
			}
		}
		compared += len(ours)
	}
	if compared < least {
		t.Errorf("only %d bytes were compared", compared)
	}
	compareFunctions(t, mm, img, obj)
}

// plainCOFF is a symbol's name as the reader presents it.
func plainCOFF(o *objimage.Object, raw string) string {
	if o.Arch() != objimage.ArchI386 {
		return raw
	}
	if name, ok := strings.CutPrefix(raw, "_"); ok {
		return name
	}
	return "\x01" + raw
}

// adapt makes equal what has to differ.
func adapt(t *testing.T, mm *testMM, img *peImage, obj *Object, section int, ours, theirs []byte, s *memmgr.Section) {
	o, shift := obj.img, uint32(obj.coff.base-img.base)
	for k := 1; k < o.NumSections(); k++ {
		target, n, _, ok := o.RelocTarget(k)
		if !ok || target != section {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		o.Relocs(k, 0, relocs)
		for _, r := range relocs {
			row, place := obj.arch.row(r.Type), ours[r.Offset:]
			var y [1]objimage.Symbol
			o.Symbols(int(r.Sym), y[:])
			name := string(o.SymbolName(&y[0]))
			switch {
			case row.formula == &formulaImage:
				binary.LittleEndian.PutUint32(place, binary.LittleEndian.Uint32(place)+shift)
			case y[0].Place == objimage.PlaceUndefined && (name == imageBase || name == threadIndex || name == threadArray || obj.arch.supply(name) != nil):
				copy(place[:row.field.size], theirs[r.Offset:])
			case y[0].Other == objimage.OtherPointer && row.formula == &formulaBranchEnd4:
				end := uint64(s.Addr) + r.Offset + 4
				slot := func(b []byte) uint64 { return end + uint64(int32(binary.LittleEndian.Uint32(b[r.Offset:]))) }
				if a, b := mm.read(slot(ours), 8), img.bytes(slot(theirs), 8); !bytes.Equal(a, b) {
					t.Errorf("%s: the pointer holds % x, lld-link's % x", name, a, b)
				}
				copy(place[:4], theirs[r.Offset:])
			case y[0].Other == objimage.OtherPointer:
				copy(place[:row.field.size], theirs[r.Offset:])
			}
		}
	}
}

// compareFunctions compares the table of functions with what lld-link has in its exception directory of the object.
func compareFunctions(t *testing.T, mm *testMM, img *peImage, obj *Object) {
	table, ok := obj.FunctionTable()
	if !ok {
		return
	}
	ours := bytes.Clone(mm.read(uint64(table.Addr), uint64(table.Entries*table.EntrySize)))
	shift := uint32(obj.coff.base - img.base)
	for k := 0; k < len(ours); k += 4 {
		if w := binary.LittleEndian.Uint32(ours[k:]); table.EntrySize == 12 || k%8 == 0 || w&3 == 0 { // else it is no address, but packed
			binary.LittleEndian.PutUint32(ours[k:], w+shift)
		}
	}
	for _, s := range img.file.Sections {
		if s.Name != ".pdata" {
			continue
		}
		theirs, _ := s.Data()
		if !bytes.HasPrefix(theirs, ours) {
			t.Errorf("functions % x, lld-link has % x", ours, theirs[:min(len(theirs), len(ours))])
		}
		return
	}
	t.Errorf("%d functions, lld-link has none", table.Entries)
}
