package objimage

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// coffTriples are the targets whose compilers write COFF.
var coffTriples = []string{"x86_64-pc-windows-msvc", "x86_64-pc-windows-gnu", "i686-pc-windows-msvc", "i686-pc-windows-gnu", "thumbv7-pc-windows-msvc", "aarch64-pc-windows-msvc"}

const coffSource = `
__declspec(dllimport) int imported(int);
__attribute__((weak)) int weak(int x) { return x + 1; }
__attribute__((weak)) extern int nowhere(void);
static int state = 3;
int array[100], *pointer = &array[7];
inline int twice(int x) { return 2 * x; }
extern int twice(int);
int call_something_with_a_long_name(int x) { return imported(x) + weak(x) + (nowhere ? nowhere() : state++) + array[x] + twice(x); }
`

func compileCOFF(t testing.TB, triple string, args ...string) []byte {
	t.Helper()
	return testenv.CompileBytes(t, "clang-19", testenv.C, coffSource, append([]string{"--target=" + triple, "-O1", "-fms-extensions", "-w"}, args...)...)
}

func parseBytes(t testing.TB, data []byte) *Object {
	t.Helper()
	o, err := Parse(NewBuffer("x.o", data))
	if err != nil {
		t.Fatal(err)
	}
	if err := walk(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestCOFFSameAsDebugPE compares all sections, symbols and relocations with what debug/pe reads.
func TestCOFFSameAsDebugPE(t *testing.T) {
	for _, triple := range coffTriples {
		for _, flags := range []string{"-g", "-ffunction-sections"} {
			data := compileCOFF(t, triple, flags)
			f, err := pe.NewFile(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			comparePE(t, triple, parseBytes(t, data), f, data)
		}
	}
}

func comparePE(t *testing.T, triple string, o *Object, f *pe.File, data []byte) {
	if o.Format() != COFF || o.Machine() != uint32(f.Machine) {
		t.Errorf("%s: %v of machine %#x", triple, o.Format(), o.Machine())
	}
	names := map[string]int{} // of symbols, and how many have it
	for i := 0; i < len(f.COFFSymbols); i += 1 + int(f.COFFSymbols[i].NumberOfAuxSymbols) {
		name, err := f.COFFSymbols[i].FullName(f.StringTable)
		if err != nil {
			t.Fatal(err)
		}
		names[name]++
	}
	for i, want := range f.Sections {
		s := o.Section(i + 1)
		contents, _ := want.Data()
		if want.Offset == 0 {
			contents = nil
		}
		if string(o.SectionName(i+1)) != want.Name || s.Size != uint64(want.Size) || s.RawFlags != uint64(want.Characteristics) || !bytes.Equal(o.SectionData(i+1), contents) {
			t.Errorf("%s: section %d is %q of %d bytes, want %q of %d", triple, i+1, o.SectionName(i+1), s.Size, want.Name, want.Size)
		}
		var relocs []Reloc
		for k := range o.NumSections() {
			if target, n, _, ok := o.RelocTarget(k); ok && target == i+1 {
				relocs = make([]Reloc, n)
				o.Relocs(k, 0, relocs)
			}
		}
		if len(relocs) != len(want.Relocs) {
			t.Fatalf("%s: %d relocations of %s, want %d", triple, len(relocs), want.Name, len(want.Relocs))
		}
		for k, r := range relocs {
			w := want.Relocs[k]
			name, _ := f.COFFSymbols[w.SymbolTableIndex].FullName(f.StringTable)
			if got := rawName(o, r.Sym); r.Offset != uint64(w.VirtualAddress) || r.Type != uint32(w.Type) || got != name {
				t.Errorf("%s: %s: relocation %+v of %q, want %+v of %q", triple, want.Name, r, got, w, name)
			}
		}
	}
	for i := 1; i < o.NumSymbols(); i++ {
		var y [1]Symbol
		o.Symbols(i, y[:])
		if y[0].Other == OtherImported {
			continue
		}
		if name := rawName(o, uint32(i)); names[name] == 0 {
			t.Errorf("%s: symbol %d %q is not in the file", triple, i, name)
		} else {
			names[name]--
		}
	}
	for name, n := range names {
		if n > 0 {
			t.Errorf("%s: %q is missing", triple, name)
		}
	}
}

// rawName is a symbol's name as the file has it.
func rawName(o *Object, i uint32) string {
	var y [1]Symbol
	o.Symbols(int(i), y[:])
	if name := string(o.SymbolName(&y[0])); y[0].Type != TypeFile {
		return o.FileName(name)
	} else {
		return name
	}
}

// TestCOFFSymbols: what kinds of symbols become.
func TestCOFFSymbols(t *testing.T) {
	for _, triple := range coffTriples {
		o := parseBytes(t, compileCOFF(t, triple))
		symbols := map[string]Symbol{}
		numbers := map[string]uint64{}
		list := make([]Symbol, o.NumSymbols())
		o.Symbols(0, list)
		for i, y := range list {
			symbols[string(o.SymbolName(&y))], numbers[string(o.SymbolName(&y))] = y, uint64(i)
		}
		pointer := "__imp_imported"
		if o.Arch() == ArchI386 {
			pointer = "_imp__imported"
		}
		for name, want := range map[string]Symbol{
			"weak":     {Place: PlaceSection, Binding: BindWeak, Type: TypeFunc, Other: OtherAlias},
			"nowhere":  {Place: PlaceUndefined, Binding: BindWeak, Other: OtherAlias},
			"array":    {Place: PlaceSection, Binding: BindGlobal},
			"imported": {Place: PlaceUndefined, Binding: BindGlobal, Other: OtherImported, Value: numbers[pointer]},
			pointer:    {Place: PlaceUndefined, Binding: BindGlobal, Other: OtherPointer, Value: numbers["imported"]},
		} {
			y := symbols[name]
			if y.Name = 0; y.Place == PlaceSection {
				y.Section, y.Value, y.Size = 0, 0, 0
			}
			if y != want {
				t.Errorf("%s: %s is %+v, want %+v", triple, name, y, want)
			}
		}
		odd := symbols["call_something_with_a_long_name"].Value & 1
		if (odd == 1) != (o.Arch() == ArchARM) {
			t.Errorf("%s: Thumb bit %d", triple, odd)
		}
		if got, ok := o.ImportedName(pointer); got != "imported" || !ok {
			t.Errorf("%s: imported name %q", triple, got)
		}
	}
}

// TestCOFFBigObject: the same assembly in both forms is the same.
func TestCOFFBigObject(t *testing.T) {
	const source = ".globl f, g\n.text\nf: call g\nmovq g(%rip), %rax\n.data\n.quad f, g\n.section .text$one, \"xr\"\n.linkonce discard\n.globl one\none: jmp f\n"
	tool := testenv.NeedsTool(t, "x86_64-w64-mingw32-as", "binutils-mingw-w64-x86-64")
	var objects []*Object
	for _, option := range []string{"-mbig-obj", "--64"} {
		path := filepath.Join(t.TempDir(), "x.o")
		cmd := exec.Command(tool, option, "-o", path, "-")
		cmd.Stdin = strings.NewReader(source)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if big := binary.LittleEndian.Uint32(data) == coffAnonymous; big != (option == "-mbig-obj") {
			t.Fatalf("%s: header % x", option, data[:8])
		}
		objects = append(objects, parseBytes(t, data))
	}
	big, small := objects[0], objects[1]
	if big.NumSections() != small.NumSections() || big.NumSymbols() != small.NumSymbols() || big.FirstGlobal() != small.FirstGlobal() {
		t.Fatalf("%d sections, %d symbols; %d, %d", big.NumSections(), big.NumSymbols(), small.NumSections(), small.NumSymbols())
	}
	for i := range big.NumSections() {
		if !bytes.Equal(big.SectionName(i), small.SectionName(i)) || !bytes.Equal(big.SectionData(i), small.SectionData(i)) {
			t.Errorf("section %d is %q, %q", i, big.SectionName(i), small.SectionName(i))
		}
	}
	for i := range big.NumSymbols() {
		if rawName(big, uint32(i)) != rawName(small, uint32(i)) {
			t.Errorf("symbol %d is %q, %q", i, rawName(big, uint32(i)), rawName(small, uint32(i)))
		}
	}
	groups, err := big.Groups()
	others, _ := small.Groups()
	if err != nil || len(groups) != 1 || len(others) != 1 || groups[0].Signature != "one" || !slices.Equal(groups[0].Members, others[0].Members) {
		t.Errorf("%+v, %+v, %v", groups, others, err)
	}
}

// TestCOFFManyRelocations: more than a section header can count.
func TestCOFFManyRelocations(t *testing.T) {
	const n = 70000
	source := fmt.Sprintf(".data\n.rept %d\n.quad f\n.endr\n", n)
	o := parseBytes(t, testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target=x86_64-pc-windows-msvc"))
	for i := range o.NumSections() {
		target, got, implicit, ok := o.RelocTarget(i)
		if !ok {
			continue
		}
		var last [1]Reloc
		o.Relocs(i, got-1, last[:])
		if string(o.SectionName(target)) != ".data" || got != n || !implicit || last[0].Offset != 8*(n-1) {
			t.Errorf("%d relocations of %s, the last %+v", got, o.SectionName(target), last[0])
		}
		return
	}
	t.Error("no relocations")
}

// TestCOFFGroups: COMDAT sections of each selection, with what is associated.
func TestCOFFGroups(t *testing.T) {
	const source = `
.macro group name, selection, symbol
.section \name, "dr", \selection, \symbol
.globl \symbol
\symbol: .quad 1
.endm
group .rdata$a, discard, any
group .rdata$b, same_size, same
group .rdata$c, same_contents, exact
group .rdata$d, largest, large
group .rdata$e, one_only, sole
.section .xdata, "dr", associative, any
.quad any
.section .pdata, "dr", associative, any
.quad any
`
	o := parseBytes(t, testenv.CompileBytes(t, "clang-19", testenv.Assembler, source, "--target=x86_64-pc-windows-msvc"))
	groups, err := o.Groups()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, g := range groups {
		var members []string
		for _, m := range g.Members {
			members = append(members, string(o.SectionName(int(m))))
		}
		got[g.Signature] = fmt.Sprint(g.Selection, g.COMDAT, members)
		if list, comdat, err := o.AppendGroup(nil, g.Section); err != nil || !comdat || !slices.Equal(list, g.Members) {
			t.Errorf("%s: %v, %v, %v", g.Signature, list, comdat, err)
		}
	}
	for name, want := range map[string]string{
		"any": "2 true [.rdata$a .xdata .pdata]", "same": "3 true [.rdata$b]", "exact": "4 true [.rdata$c]", "large": "6 true [.rdata$d]", "sole": "",
	} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
}

// TestCOFFDebugObject: what debuggers get is an ELF file with addresses, whose debug information can be read.
func TestCOFFDebugObject(t *testing.T) {
	for _, triple := range coffTriples {
		data := compileCOFF(t, triple, "-gdwarf-4")
		o := parseBytes(t, data)
		out, err := NewImage(o, func(i int) (uint64, bool) { return uint64(i) << 16, o.Section(i).Flags&SectionAlloc != 0 }).DebugObject()
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		for i := 1; i <= o.decoded.fileSections; i++ {
			s := f.Sections[i]
			if want := o.Section(i); s.Name != string(o.SectionName(i)) || s.Size != want.Size || want.Flags&SectionAlloc != 0 && s.Addr != uint64(i)<<16 {
				t.Errorf("%s: section %d is %+v", triple, i, s)
			}
		}
		symbols, err := f.Symbols()
		if err != nil || !slices.ContainsFunc(symbols, func(s elf.Symbol) bool {
			return s.Name == "call_something_with_a_long_name" && elf.ST_TYPE(s.Info) == elf.STT_FUNC && f.Sections[s.Section].Name == ".text"
		}) {
			t.Errorf("%s: symbols %v, %v", triple, symbols, err)
		}
		abbrev, _ := f.Section(".debug_abbrev").Data()
		info, _ := f.Section(".debug_info").Data()
		text, _ := f.Section(".debug_str").Data()
		if _, err := dwarf.New(abbrev, nil, nil, info, nil, nil, nil, text); err != nil {
			t.Errorf("%s: %v", triple, err)
		}
	}
}

// TestCOFFRefused: what is no object that can be linked is refused by what it is.
func TestCOFFRefused(t *testing.T) {
	header := func(machine uint16) []byte {
		b := make([]byte, 64)
		binary.LittleEndian.PutUint16(b, machine)
		return b
	}
	anonymous := func(version uint16) []byte {
		b := make([]byte, 64)
		binary.LittleEndian.PutUint32(b, coffAnonymous)
		binary.LittleEndian.PutUint16(b[4:], version)
		binary.LittleEndian.PutUint16(b[6:], 0x8664)
		return b
	}
	executable := header(0x8664)
	binary.LittleEndian.PutUint16(executable[18:], pe.IMAGE_FILE_EXECUTABLE_IMAGE)
	for _, c := range []struct {
		data []byte
		want string
	}{
		{header(0xa641), "ARM64EC"}, {header(0xa64e), "ARM64EC"}, {anonymous(0), "a member of an import library"}, {anonymous(1), "link-time code generation"},
		{executable, "a PE executable"},
	} {
		if _, err := Parse(NewBuffer("x.o", c.data)); !errors.Is(err, ErrUnsupportedFormat) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}
