package runtimedyld

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestSections walks objects of all architectures and formats, and compares with what the memory manager was asked for and has answered.
func TestSections(t *testing.T) {
	files, err := filepath.Glob("../testdata/rules/*/*.o")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	walked, made := 0, map[int]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(objimage.NewBuffer(filepath.Base(file), content))
		if err != nil {
			continue // an archive, or what is to be refused
		}
		b := newBench(t, nil)
		b.SetThreadStorage(newTestStorage())
		o, err := b.LoadObject(img)
		if err != nil {
			continue
		}
		walked++
		checkWalk(t, b, o, made)
		b.remove(o)
	}
	if walked < 40 {
		t.Errorf("only %d objects were walked", walked)
	}
	for index := SectionIFuncStubs; index <= SectionGOT; index++ {
		if !made[index] {
			t.Errorf("no object has the section %d of the linker's", index)
		}
	}
}

func checkWalk(t *testing.T, b *bench, o *Object, made map[int]bool) {
	t.Helper()
	views, err := b.Sections(o)
	if err != nil {
		t.Fatal(o.Name(), err)
	}
	a := b.mm.live[o.alloc]
	n := 0
	for _, v := range views {
		if !v.Loaded {
			if v.Prot != 0 || v.Addr != 0 {
				t.Errorf("%s: %s is nowhere, and at %v, %v", o.Name(), v.Name, v.Addr, v.Prot)
			}
			continue
		}
		n++
		made[v.Index] = true
		i := slices.IndexFunc(a.secs, func(s memmgr.Section) bool { return s.Index == v.Index })
		if i < 0 {
			t.Errorf("%s: nobody has asked for memory for %s", o.Name(), v.Name)
			continue
		}
		s := &a.secs[i]
		if addr := s.Addr; !v.ThreadLocal && addr != v.Addr || v.ThreadLocal && v.Addr != 0 || s.Kind != v.Kind || s.Align != v.Align || s.Size != uint64(len(v.Content)) || len(s.Mem) > 0 && &s.Mem[0] != &v.Content[0] || a.module.SectionName(s) != v.Name || v.Prot != protOf(s.Kind) {
			t.Errorf("%s: %s: %+v, and the memory manager has %v %v %d %d", o.Name(), v.Name, v, s.Addr, s.Kind, s.Align, s.Size)
		}
	}
	if n != len(a.secs) {
		t.Errorf("%s: %d sections are loaded, and %d are in the walk", o.Name(), len(a.secs), n)
	}
}

const walkSource = `
static int table[100], *last = &table[99];
int tentative, other[5];
int first(int x) { return x + *last; }
int second(int x) { return first(x) * tentative + other[2]; }
`

// TestDebugSections compares debug sections with what ld has made of the same object for the same addresses, compressed or not.
func TestDebugSections(t *testing.T) {
	linker := testenv.NeedsTool(t, "ld", "binutils")
	for _, flag := range []string{"-g", "-gz=zlib"} {
		object := testenv.CompileBytes(t, "gcc", testenv.C, walkSource, "-g", flag, "-fcommon", "-fno-pie", "-ffunction-sections")
		file := filepath.Join(t.TempDir(), "object.o")
		if err := os.WriteFile(file, object, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := testenv.Run("", linker, "--no-relax", "-e", "first", "-Ttext-segment=0x10000", "-o", file+".out", file); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		want, err := elf.Open(file + ".out")
		if err != nil {
			t.Fatal(err)
		}
		defer want.Close()
		symbols, err := want.Symbols()
		if err != nil {
			t.Fatal(err)
		}
		addrs := map[string]uint64{".data": want.Section(".data").Addr, ".bss": want.Section(".bss").Addr}
		for _, y := range symbols {
			if elf.ST_TYPE(y.Info) == elf.STT_FUNC {
				addrs[".text."+y.Name] = y.Value
			} else if y.Name == "tentative" || y.Name == "other" {
				addrs[y.Name] = y.Value
			}
		}
		b := newBench(t, addrs)
		img, err := objimage.Parse(objimage.NewBuffer("object.o", object))
		if err != nil {
			t.Fatal(err)
		}
		o := b.loadImage(img)
		b.resolve()
		views, err := b.Sections(o)
		if err != nil {
			t.Fatal(err)
		}
		compared, sections := 0, map[string][]byte{}
		for _, v := range views {
			sections[strings.TrimPrefix(v.Name, ".debug_")] = v.Content
			if v.Loaded || !slices.Contains([]string{".debug_aranges", ".debug_abbrev", ".debug_rnglists", ".debug_info"}, v.Name) {
				continue // others have offsets into tables of strings, to which ld gives an order of its own
			}
			data, err := want.Section(v.Name).Data()
			if err != nil {
				t.Fatal(err)
			}
			compared++
			if v.Name != ".debug_info" && !bytes.Equal(data, v.Content) {
				t.Errorf("%s %s:\n%x, and ld has\n%x", flag, v.Name, v.Content, data)
			}
		}
		checkDwarf(t, sections, want)
		if compared < 4 {
			t.Errorf("%s: %d debug sections were compared", flag, compared)
		}
		checkCommons(t, b, addrs)
		b.finalize()
		if again, err := b.Sections(o); err != nil || len(again) != len(views) {
			t.Errorf("finalized: %d sections, and %d before; %v", len(again), len(views), err)
		}
		b.remove(o)
		if _, err := b.Sections(o); !errors.Is(err, ErrState) {
			t.Errorf("removed: %v", err)
		}
	}
}

// checkDwarf compares where functions and variables are, by what debug information says.
func checkDwarf(t *testing.T, sections map[string][]byte, want *elf.File) {
	t.Helper()
	ours, err := dwarf.New(sections["abbrev"], nil, nil, sections["info"], nil, nil, nil, sections["str"])
	if err != nil {
		t.Fatal(err)
	}
	if err := ours.AddSection(".debug_line_str", sections["line_str"]); err != nil {
		t.Fatal(err)
	}
	theirs, err := want.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	a, b := places(t, ours), places(t, theirs)
	if len(a) < 5 || !slices.Equal(a, b) {
		t.Errorf("places are %q, and ld has %q", a, b)
	}
}

// places lists the attributes that are addresses.
func places(t *testing.T, d *dwarf.Data) (list []string) {
	t.Helper()
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return list
		}
		for _, f := range e.Field {
			if f.Class == dwarf.ClassAddress || f.Class == dwarf.ClassExprLoc {
				list = append(list, fmt.Sprintf("%v %v %v", e.Tag, f.Attr, f.Val))
			}
		}
	}
}

func checkCommons(t *testing.T, b *bench, addrs map[string]uint64) {
	t.Helper()
	views, err := b.CommonSections()
	if err != nil {
		t.Fatal(err)
	}
	sizes := map[string]int{}
	for _, v := range views {
		sizes[v.Name] = len(v.Content)
		if uint64(v.Addr) != addrs[v.Name] || !v.ZeroFill || v.Kind != memmgr.RWData {
			t.Errorf("%+v", v)
		}
	}
	if sizes["tentative"] != 4 || sizes["other"] != 20 || len(sizes) != 2 {
		t.Errorf("%v", sizes)
	}
}

// TestSectionsHostile walks objects whose compressed sections claim too much.
func TestSectionsHostile(t *testing.T) {
	object := testenv.CompileBytes(t, "gcc", testenv.C, walkSource, "-g", "-gz=zlib")
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	at := f.Section(".debug_info").Offset
	for _, damage := range []func(b []byte){
		func(b []byte) { b[at+8+5] = 1 },                           // ch_size
		func(b []byte) { b[at] = 77 },                              // ch_type
		func(b []byte) { copy(b[at+24:], "nothing for any zlib") }, // the stream
	} {
		broken := bytes.Clone(object)
		damage(broken)
		b := newBench(t, nil)
		img, err := objimage.Parse(objimage.NewBuffer("broken.o", broken))
		if err != nil {
			continue
		}
		o := b.loadImage(img)
		if _, err := b.Sections(o); !errors.As(err, new(*objimage.FormatError)) {
			t.Errorf("%v", err)
		}
		b.remove(o)
	}
}

// TestWalkRetired walks a removed object whose memory is in use, and whose debug information refers to others.
func TestWalkRetired(t *testing.T) {
	b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
	w := defining("gone.o", "gone", elf.STB_GLOBAL)
	debug := w.section(".debug_info", 0, make([]byte, 8))
	w.reloc(debug, 0, elf.R_X86_64_64, w.undefined("outside"), 0)
	o := b.load(w)
	b.load(user("gone"))
	b.finalize()
	b.remove(o)
	if list, err := b.Sections(o); err != nil || len(list) != 2 || o.State() != Retired {
		t.Errorf("%d sections, %v, %v", len(list), err, o.State())
	}
}

// TestWalkCommonsGone: commons that are gone, out of storage that others are in, are not in the list.
func TestWalkCommonsGone(t *testing.T) {
	b := newBench(t, nil)
	o := b.load(commonOf("one.o", "one", 8, 8))
	b.load(commonOf("two.o", "two", 16, 16))
	b.finalize()
	b.remove(o)
	if list, err := b.CommonSections(); err != nil || len(list) != 1 || list[0].Name != "two" || len(list[0].Content) != 16 {
		t.Errorf("%v, %v", list, err)
	}
}
