package objimage

import (
	"bytes"
	"debug/macho"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/google/go-cmp/cmp"
)

// machoTargets are the architectures of Mach-O.
var machoTargets = []target{
	{"x86_64-apple-macosx11", ArchX86_64, 64, []string{"-g"}},
	{"arm64-apple-macosx11", ArchAArch64, 64, []string{"-g"}},
	{"i386-apple-macosx10.6", ArchI386, 32, []string{"-g"}},
	{"armv7-apple-ios", ArchARM, 32, []string{"-g"}},
	{"armv7-apple-ios", ArchARM, 32, []string{"-mthumb"}},
}

// machoSource has one of everything that a C compiler puts into a symbol table, as cSource.
const machoSource = `
int common_zero;
int defined = 7;
static int hidden_static[3] = {1, 2, 3};
const char *text = "hello";
__attribute__((weak)) int weak_def(void) { return 1; }
extern int external(int, const char *);
extern __attribute__((weak_import)) int maybe(void);
__attribute__((visibility("hidden"))) int hidden_func(int i) { return hidden_static[i] + defined + common_zero; }
int uses(int i) { return external(i, text) + (maybe ? maybe() : 0) + hidden_func(i) + weak_def(); }
static int zero[4];
int *pointer = zero + 1;
__attribute__((constructor)) static void first(void) { zero[2] = external(1, text); }
__asm__(".globl _absolute\n_absolute = 0x1234\n.globl bare\nbare = 5\n");
`

func compileMachO(t testing.TB, tg target) *Buffer {
	t.Helper()
	args := append([]string{"-target", tg.triple, "-O1", "-fcommon", "-w"}, tg.flags...)
	return NewBuffer(tg.triple+".o", testenv.CompileBytes(t, "clang", testenv.C, machoSource, args...))
}

// TestAgainstDebugMachO compares sections, symbols and numbers of relocations with what package debug/macho reads.
func TestAgainstDebugMachO(t *testing.T) {
	for _, tg := range machoTargets {
		t.Run(tg.triple+strings.Join(tg.flags, ""), func(t *testing.T) {
			b := compileMachO(t, tg)
			o := mustParse(t, b)
			if err := walk(o); err != nil {
				t.Fatal(err)
			}
			f, err := macho.NewFile(bytes.NewReader(b.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			if o.Format() != MachO || o.Arch() != tg.arch || o.Bits() != tg.bits || o.ByteOrder() != binary.LittleEndian || o.Machine() != uint32(f.Cpu) {
				t.Errorf("is %v of %v, %d bits, %v, machine %#x", o.Format(), o.Arch(), o.Bits(), o.ByteOrder(), o.Machine())
			}
			compareMachOSections(t, o, f)
			compareMachOSymbols(t, o, f)
		})
	}
}

func compareMachOSections(t *testing.T, o *Object, f *macho.File) {
	t.Helper()
	relocs := map[int]int{}
	for i := range o.NumSections() {
		if target, n, implicit, ok := o.RelocTarget(i); ok {
			relocs[target] += n
			if !implicit {
				t.Errorf("relocations of section %d have explicit addends", target)
			}
		}
	}
	for i, want := range f.Sections {
		s := o.Section(i + 1)
		if name := string(o.SectionName(i + 1)); name != want.Name || s.Addr != want.Addr || s.Align != 1<<want.Align || s.RawFlags != uint64(want.Flags) {
			t.Errorf("section %d is %s %+v, want %+v", i+1, name, s, want.SectionHeader)
		}
		pointers := want.Flags&0xff == machoNonLazyPointers || want.Flags&0xff == machoLazyPointers
		if n, most := relocs[i+1], int(want.Nreloc); want.Name != "__eh_frame" && !pointers && (n > most || n != most-prefixes(o, want)) {
			t.Errorf("section %s has %d relocations, want %d", want.Name, n, want.Nreloc)
		}
		zero := want.Flags&0xff == machoZeroFill
		if zero != (s.Flags&SectionZeroFill != 0) {
			t.Errorf("section %s: flags %#x", want.Name, s.Flags)
		}
		debug := want.Seg == "__DWARF" || want.Seg == "__LD"
		if debug == (s.Flags&SectionAlloc != 0) || (want.Name == "__text") != (s.Flags&SectionExec != 0) || (want.Seg == "__DATA" || want.Seg == "__IMPORT") != (s.Flags&SectionWrite != 0) {
			t.Errorf("section %s,%s: flags %#x", want.Seg, want.Name, s.Flags)
		}
		if want.Name == "__eh_frame" || zero || pointers {
			continue
		}
		if data, err := want.Data(); err != nil || !bytes.Equal(data, o.SectionData(i+1)) {
			t.Errorf("section %s: contents differ (%v)", want.Name, err)
		}
	}
}

// prefixes counts the relocations that are part of others: ADDEND, and the PAIR of a half of an address.
func prefixes(o *Object, s *macho.Section) (n int) {
	for i, r := range s.Relocs {
		half := i > 0 && o.Arch() == ArchARM && s.Relocs[i-1].Type == armHalf
		if o.Arch() == ArchAArch64 && r.Type == arm64Addend || half && r.Type == genericPair {
			n++
		}
	}
	return n
}

// linkedSymbol is what both readers say of a symbol.
type linkedSymbol struct {
	Section int
	Value   uint64
	Place   Place
	Binding Binding
}

func compareMachOSymbols(t *testing.T, o *Object, f *macho.File) {
	t.Helper()
	want, got := map[string]linkedSymbol{}, map[string]linkedSymbol{}
	for _, s := range f.Symtab.Syms {
		if s.Type&nStab != 0 {
			continue
		}
		y := linkedSymbol{Section: int(s.Sect), Value: s.Value}
		if s.Type&nExt != 0 {
			y.Binding = BindGlobal
		}
		switch {
		case s.Type&nType == nAbs:
			y.Place = PlaceAbsolute
		case s.Sect != 0:
			y.Place = PlaceSection
			y.Value -= f.Sections[s.Sect-1].Addr
			if y.Binding == BindGlobal && s.Desc&nWeakDef != 0 {
				y.Binding = BindWeak
			}
			if s.Desc&nThumb != 0 {
				y.Value |= 1
			}
		case s.Value != 0:
			y.Place, y.Value = PlaceCommon, 1<<(s.Desc>>8&15)
		case s.Desc&nWeakRef != 0:
			y.Binding = BindWeak
		}
		want[s.Name] = y
	}
	for _, s := range allSymbols(t, o)[1:] {
		if s.Type != TypeSection {
			name := string(o.SymbolName(&s))
			got[o.FileName(name)] = linkedSymbol{int(s.Section), s.Value, s.Place, s.Binding}
			if o.LinkName(o.FileName(name)) != name {
				t.Errorf("%q is %q in the file, and that %q", name, o.FileName(name), o.LinkName(o.FileName(name)))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("symbols (want, got):\n%s", diff)
	}
	for name, binding := range map[string]Binding{"uses": BindGlobal, "weak_def": BindWeak, "maybe": BindWeak, "common_zero": BindGlobal, "\x01bare": BindGlobal} {
		if y := findSymbol(t, o, name); y.Binding != binding {
			t.Errorf("%s: %+v", name, y)
		}
	}
	if y := findSymbol(t, o, "hidden_func"); y.Visibility != VisibilityHidden || y.Type != TypeFunc || y.Size == 0 {
		t.Errorf("hidden_func: %+v", y)
	}
}

// TestMachOMalformed changes numbers in an object: each is an error that says what is wrong, or harmless.
func TestMachOMalformed(t *testing.T) {
	good := compileMachO(t, machoTargets[0]).Bytes()
	le := binary.LittleEndian
	const segment, section = 32, 32 + 72
	symtab := segment + int(le.Uint32(good[segment+4:]))
	for le.Uint32(good[symtab:]) != uint32(macho.LoadCmdSymtab) {
		symtab += int(le.Uint32(good[symtab+4:]))
	}
	symbols := int(le.Uint32(good[symtab+8:]))
	for _, tt := range []struct {
		what string
		at   int
		to   uint32
	}{
		{"load commands of 0xffffffff bytes are outside", 20, 0xffffffff},
		{"load command 0x19 has a size of 4 bytes", segment + 4, 4},
		{"section headers do not fit", segment + 64, 0xffff},
		{"alignment 2^63", section + 52, 63},
		{"bytes at 0xfffffff0 are outside", section + 48, 0xfffffff0},
		{"relocations at 0xfffffff0 are outside", section + 56, 0xfffffff0},
		{"relocations do not fit in the file", section + 60, uint32(len(good)) / 9},
		{"symbols at 0xffffff00 are outside", symtab + 8, 0xffffff00},
		{"string table of 0xffffff00 bytes", symtab + 20, 0xffffff00},
		{"name of symbol 0 at 0xffffff", symbols, 0xffffff},
		{"is in section 200", symbols + 4, 200<<8 | nSect | nExt},
		{"another name", symbols + 4, nIndr | nExt},
		{"is undefined, and local", symbols + 4, 0},
		{"type 0x6 is unknown", symbols + 4, 6},
	} {
		bad := bytes.Clone(good)
		le.PutUint32(bad[tt.at:], tt.to)
		if tt.what == "relocations do not fit in the file" {
			le.PutUint32(bad[section+56:], 0)
			le.PutUint32(bad[section+80+56:], 0)
			le.PutUint32(bad[section+80+60:], uint32(len(good))/9)
		}
		o, err := Parse(NewBuffer("bad.o", bad))
		if o != nil || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), tt.what) {
			t.Errorf("%s: %v", tt.what, err)
		}
	}
}

// TestUniversal takes the files of several processors out of what lipo makes of them, objects and libraries, which have symbols under their C names.
func TestUniversal(t *testing.T) {
	dir := t.TempDir()
	var objects, libraries []string
	for _, tg := range machoTargets[:4] {
		name := tg.arch.String() + ".o"
		writeFile(t, dir, name, compileMachO(t, tg).Bytes())
		tool(t, dir, "llvm-19", "llvm-libtool-darwin-19", "-static", "-o", tg.arch.String()+".a", name)
		objects, libraries = append(objects, name), append(libraries, tg.arch.String()+".a")
	}
	tool(t, dir, "llvm-19", "llvm-lipo-19", append([]string{"-create", "-output", "fat.o"}, objects...)...)
	tool(t, dir, "llvm-19", "llvm-lipo-19", append([]string{"-create", "-output", "fat.a"}, libraries...)...)
	for _, fat := range []string{"fat.o", "fat.a"} {
		b, err := OpenBuffer(filepath.Join(dir, fat))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(b); !IsUniversal(b) || !errors.Is(err, ErrUnsupportedFormat) {
			t.Errorf("%s: %v, %v", fat, IsUniversal(b), err)
		}
		list, err := Slices(b)
		if err != nil || len(list) != 4 {
			t.Fatalf("%s: %v, %v", fat, list, err)
		}
		for _, tg := range machoTargets[:4] {
			s, err := SliceOf(b, tg.arch.String())
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, tg.arch.String()+filepath.Ext(fat)))
			if err != nil || !bytes.Equal(want, s.Bytes()) {
				t.Errorf("%s differs (%v)", s.Name(), err)
			}
			if fat == "fat.a" {
				checkLibrary(t, s)
			}
			s.Close()
		}
		if _, err := SliceOf(b, "mips"); !errors.Is(err, ErrUnsupportedFormat) {
			t.Error(err)
		}
		b.Close()
	}
}

// TestUniversalAuthenticated: of two slices for AArch64 the one without authenticated pointers is taken, whichever comes first.
func TestUniversalAuthenticated(t *testing.T) {
	be := binary.BigEndian
	plain, authenticated := [2]uint32{0x0100000c, 0}, [2]uint32{0x0100000c, 0x80000002}
	for i, order := range [][][2]uint32{{authenticated, plain}, {plain, authenticated}, {authenticated}} {
		fat := be.AppendUint32(be.AppendUint32(nil, macho.MagicFat), uint32(len(order)))
		for k, cpu := range order {
			fat = be.AppendUint32(be.AppendUint32(fat, cpu[0]), cpu[1])
			fat = be.AppendUint32(be.AppendUint32(be.AppendUint32(fat, uint32(8+20*len(order)+k)), 1), 0)
		}
		for _, cpu := range order {
			fat = append(fat, byte(cpu[1]))
		}
		s, err := SliceOf(NewBuffer("fat", fat), "aarch64")
		if err != nil {
			t.Fatal(err)
		}
		if want := order[0]; len(order) > 1 && s.Bytes()[0] != 0 || len(order) == 1 && s.Bytes()[0] != byte(want[1]) {
			t.Errorf("%d: the slice for %d", i, s.Bytes()[0])
		}
	}
}

func checkLibrary(t *testing.T, b *Buffer) {
	t.Helper()
	a, err := ParseArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	id, ok := a.Lookup("uses")
	if _, mangled := a.Lookup("_uses"); !ok || mangled {
		t.Fatalf("%s: uses is found: %v, _uses: %v", a.Name(), ok, mangled)
	}
	m, err := a.Member(id)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if y := findSymbol(t, mustParse(t, m), "uses"); y.Place != PlaceSection {
		t.Errorf("%s: %+v", m.Name(), y)
	}
}

// TestDarwinIndexes reads the symbol indexes that Darwin's archives have.
func TestDarwinIndexes(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "a.o", compileMachO(t, machoTargets[0]).Bytes())
	for _, format := range []string{"darwin", "bsd", "gnu"} {
		for _, mode := range []string{"qc", "qcS"} {
			os.Remove(filepath.Join(dir, "lib.a"))
			tool(t, dir, "llvm-19", "llvm-ar-19", "--format="+format, mode, "lib.a", "a.o")
			data, err := os.ReadFile(filepath.Join(dir, "lib.a"))
			if err != nil {
				t.Fatal(err)
			}
			checkLibrary(t, NewBuffer(format+".a", data))
		}
	}
}
