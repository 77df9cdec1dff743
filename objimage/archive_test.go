package objimage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/google/go-cmp/cmp"
)

const longMember = "a_member_with_a_long_name.o"

// archiveFiles writes objects to dir: first.o twice, in two folders, with different contents; one with a long name, and one without symbols.
func archiveFiles(t testing.TB) (dir string, files []string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range []struct{ name, source string }{
		{"one/first.o", "int f(void) { return 1; } int shared(void) { return 1; }"},
		{"two/first.o", "int g(void) { return 2; } int shared(void) { return 2; } int common;"},
		{longMember, "extern int f(void); int h(void) { return f(); } static int unseen;"},
		{"empty.o", ""},
	} {
		writeFile(t, dir, f.name, testenv.CompileBytes(t, "gcc", testenv.C, f.source, "-fcommon", "-w"))
		files = append(files, f.name)
	}
	return dir, files
}

func openArchive(t testing.TB, path string) *Archive {
	t.Helper()
	b, err := OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close() // the archive keeps it
	if !IsArchive(b) {
		t.Fatalf("%s is no archive", path)
	}
	a, err := ParseArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// TestArchives reads what the archivers make of the same files. Each must show the same members and symbols.
func TestArchives(t *testing.T) {
	tests := []struct {
		name, tool, pkg string
		args            []string
		thin            bool
	}{
		{"gnu", "ar", "binutils", []string{"qc"}, false},
		{"gnu without index", "ar", "binutils", []string{"qcS"}, false},
		{"gnu thin", "ar", "binutils", []string{"qcT"}, true},
		{"gnu thin without index", "ar", "binutils", []string{"qcTS"}, true},
		{"llvm gnu", "llvm-ar", "llvm", []string{"--format=gnu", "qc"}, false},
		{"llvm thin", "llvm-ar", "llvm", []string{"--thin", "qc"}, true},
		{"bsd", "llvm-ar", "llvm", []string{"--format=bsd", "qc"}, false},
		{"bsd without index", "llvm-ar", "llvm", []string{"--format=bsd", "qcS"}, false},
		{"darwin", "llvm-ar", "llvm", []string{"--format=darwin", "qc"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, files := archiveFiles(t)
			tool(t, dir, tt.pkg, tt.tool, slices.Concat(tt.args, []string{"libx.a"}, files)...)
			path := filepath.Join(dir, "libx.a")
			a := openArchive(t, path)
			if a.Thin() != tt.thin || a.Name() != path {
				t.Errorf("thin %v, named %q", a.Thin(), a.Name())
			}
			checkMembers(t, a, dir, files)
			checkLookup(t, a)
		})
	}
}

// TestArchiveVersions: a member that defines name@@version is found by the name, with an index and without.
func TestArchiveVersions(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"versions.o": ".globl new, old\nnew: nop\nold: nop\n.symver new, f@@V2\n.symver old, g@V1\n",
		"plain.o":    ".globl h\nh: nop\n",
	} {
		writeFile(t, dir, name, testenv.CompileBytes(t, "gcc", testenv.Assembler, source))
	}
	for _, how := range []string{"qc", "qcS"} {
		tool(t, dir, "binutils", "ar", how, how+".a", "versions.o", "plain.o")
		a := openArchive(t, filepath.Join(dir, how+".a"))
		for name, want := range map[string]string{"f": "versions.o", "g@V1": "versions.o", "g": "", "new": "versions.o"} {
			got := ""
			if id, ok := a.Lookup(name); ok {
				b, err := a.Member(id)
				if err != nil {
					t.Fatal(err)
				}
				got = strings.TrimSuffix(strings.TrimPrefix(b.Name(), a.Name()+"("), ")")
				b.Close()
			}
			if got != want {
				t.Errorf("%s: %s is in %q, want %q", how, name, got, want)
			}
		}
	}
}

// TestArchiveWithoutVersions: other formats than ELF have names with @@ that are no versions.
func TestArchiveWithoutVersions(t *testing.T) {
	for _, c := range []struct{ file, name, want string }{
		{"rules/x86_64-macho/all.o", "_f@@V", "f@@V"},
		{"rules/x86_64-coff/all.o", "?f@@YAXXZ", "?f@@YAXXZ"},
	} {
		const indexSize = 8
		at := uint32(len(archiveMagic) + len(arMember("/", strings.Repeat("x", indexSize+len(c.name)+1))))
		index := string(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 1}, at)) + c.name + "\x00"
		a, err := ParseArchive(NewBuffer("x.a", []byte(archiveMagic+arMember("/", index)+arMember("all.o/", string(parseFile(t, c.file).Buffer().Bytes())))))
		if err != nil {
			t.Fatal(err)
		}
		if id, ok := a.Lookup(c.want); !ok || uint32(id) != at {
			t.Errorf("%s is in %d (%v), want %d", c.want, id, ok, at)
		}
		for name := range strings.SplitSeq("f _f ?f", " ") {
			if id, ok := a.Lookup(name); ok {
				t.Errorf("%s is found for %s, in %d", name, c.name, id)
			}
		}
	}
}

func checkMembers(t *testing.T, a *Archive, dir string, files []string) {
	t.Helper()
	i := 0
	for m, err := range a.Members() {
		if err != nil {
			t.Fatal(err)
		}
		want := files[i]
		if !a.Thin() {
			want = filepath.Base(want)
		}
		contents, err := os.ReadFile(filepath.Join(dir, files[i]))
		if err != nil {
			t.Fatal(err)
		}
		b, err := a.Member(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		// Darwin's archives pad members to 8 bytes with line feeds, and count them.
		if data := strings.TrimRight(string(b.Bytes()), "\n"); m.Name != want || data != strings.TrimRight(string(contents), "\n") {
			t.Errorf("member %d is %q of %d bytes, want %q of %d", i, m.Name, len(data), want, len(contents))
		}
		if m.Size != uint64(len(b.Bytes())) || b.Name() != a.Name()+"("+want+")" {
			t.Errorf("member %q has size %d, want %d", b.Name(), m.Size, len(b.Bytes()))
		}
		mustParse(t, b)
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		i++
	}
	if i != len(files) {
		t.Errorf("%d members, want %d", i, len(files))
	}
}

// checkLookup finds each symbol, and sees that the member found is the one that defines it, also where names of members are equal.
func checkLookup(t *testing.T, a *Archive) {
	t.Helper()
	var names []string
	for name, id := range a.Symbols() {
		names = append(names, name)
		if found, ok := a.Lookup(name); !ok || found != id {
			t.Errorf("Lookup(%q) = %d, %v, want %d", name, found, ok, id)
		}
		b, err := a.Member(id)
		if err != nil {
			t.Fatal(err)
		}
		o := mustParse(t, b)
		if s := findSymbol(t, o, name); s.Place == PlaceUndefined || s.Binding == BindLocal {
			t.Errorf("%s does not define %s", b.Name(), name)
		}
		if defines := func(other string) bool {
			for _, s := range allSymbols(t, o) {
				if string(o.SymbolName(&s)) == other && s.Place != PlaceUndefined {
					return true
				}
			}
			return false
		}; name == "shared" && !defines("f") {
			t.Error("shared is not that of the first member")
		}
		b.Close()
	}
	if diff := cmp.Diff([]string{"common", "f", "g", "h", "shared"}, names); diff != "" {
		t.Errorf("symbols (want, got):\n%s", diff)
	}
	for _, name := range []string{"", "unseen", "first.o", "no_such"} {
		if _, ok := a.Lookup(name); ok {
			t.Errorf("Lookup(%q) finds something", name)
		}
	}
}

// TestArchiveLifetime closes things in the wrong order.
func TestArchiveLifetime(t *testing.T) {
	dir, files := archiveFiles(t)
	tool(t, dir, "binutils", "ar", append([]string{"qc", "libx.a"}, files...)...)
	a := openArchive(t, filepath.Join(dir, "libx.a"))
	id, _ := a.Lookup("f")
	b, err := a.Member(id)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	findSymbol(t, mustParse(t, b), "f")
	if _, err := a.Member(id); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Member after Close: %v", err)
	}
	if _, ok := a.Lookup("f"); !ok {
		t.Error("Lookup does not work after Close")
	}
	b.Close()
	if b.Bytes() != nil {
		t.Error("the member's bytes stay")
	}
}

// TestArchiveOddMembers has members that are not objects: they are listed, and define nothing.
func TestArchiveOddMembers(t *testing.T) {
	dir, files := archiveFiles(t)
	tool(t, dir, "binutils", "ar", "qc", "inner.a", files[0])
	writeFile(t, dir, "README", []byte("odd\n\n"))
	for _, mode := range []string{"qc", "qcS"} {
		os.Remove(filepath.Join(dir, "libx.a"))
		tool(t, dir, "binutils", "ar", mode, "libx.a", "README", "inner.a", files[1])
		a := openArchive(t, filepath.Join(dir, "libx.a"))
		if _, ok := a.Lookup("f"); ok {
			t.Error("a symbol of the inner archive is found")
		}
		if _, ok := a.Lookup("g"); !ok {
			t.Error("the object's symbol is not found")
		}
		var said []string
		for m, err := range a.Members() {
			if err != nil {
				t.Fatal(err)
			}
			b, err := a.Member(m.ID)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(b)
			said = append(said, fmt.Sprint(m.Name, errors.Is(err, ErrUnsupportedFormat)))
			b.Close()
		}
		if diff := cmp.Diff([]string{"READMEtrue", "inner.atrue", "first.ofalse"}, said); diff != "" {
			t.Errorf("members (want, got):\n%s", diff)
		}
	}
}

// TestThinArchiveOfArchive is what GNU ar makes of an archive that is added to a thin one: a member that says where in the other it is.
func TestThinArchiveOfArchive(t *testing.T) {
	dir, files := archiveFiles(t)
	tool(t, dir, "binutils", "ar", "qc", "inner.a", files[0])
	tool(t, dir, "binutils", "ar", "qcT", "libx.a", files[1], "inner.a")
	a := openArchive(t, filepath.Join(dir, "libx.a"))
	id, ok := a.Lookup("f")
	if _, err := a.Member(id); !ok || !errors.Is(err, ErrUnsupportedFormat) || !strings.Contains(err.Error(), `"inner.a" is in another archive`) {
		t.Errorf("f: %v, %v", ok, err)
	}
	if id, ok := a.Lookup("g"); !ok {
		t.Error("no g")
	} else if b, err := a.Member(id); err != nil {
		t.Error(err)
	} else {
		b.Close()
	}
}

func TestThinArchiveMissingFile(t *testing.T) {
	dir, files := archiveFiles(t)
	tool(t, dir, "binutils", "ar", append([]string{"qcT", "libx.a"}, files...)...)
	a := openArchive(t, filepath.Join(dir, "libx.a"))
	os.Remove(filepath.Join(dir, files[0]))
	os.Remove(filepath.Join(dir, files[1]))
	if err := os.Mkdir(filepath.Join(dir, files[1]), 0o755); err != nil {
		t.Fatal(err)
	}
	id, _ := a.Lookup("f")
	if _, err := a.Member(id); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), `member "one/first.o"`) {
		t.Errorf("missing file: %v", err)
	}
	id, _ = a.Lookup("g")
	if _, err := a.Member(id); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("folder: %v", err)
	}
}

// arMember is a member as an archiver writes it.
func arMember(name, data string) string {
	s := fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n%s", name, 0, 0, 0, 0o644, len(data), data)
	if len(s)%2 != 0 {
		s += "\n"
	}
	return s
}

// TestWideIndices has indices that are made for archives above 4 GiB, or on machines that are not here.
func TestWideIndices(t *testing.T) {
	const be64 = "\x00\x00\x00\x00\x00\x00\x00"
	object := string(sample(true, binary.LittleEndian).build())
	tests := map[string]string{
		"/SYM64/":      be64 + "\x01" + be64 + "\x00global\x00",
		"__.SYMDEF_64": "\x10" + be64 + "\x01" + be64 + "\x00" + be64 + "\x08" + be64 + "\x00global\x00",
		"__.SYMDEF":    "\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08\x00global\x00",
		"#1/20":        "__.SYMDEF SORTED\x00\x00\x00\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00global\x00",
	}
	for name, index := range tests {
		where := len(archiveMagic) + len(arMember(name, index))
		low, high := byte(where), byte(where>>8)
		at := map[string]int{"/SYM64/": 15, "__.SYMDEF_64": 16, "__.SYMDEF": 11, "#1/20": 28}[name]
		patched := []byte(index)
		patched[at] = low
		if high != 0 {
			t.Fatal("test data too large")
		}
		a, err := ParseArchive(NewBuffer("libx.a", []byte(archiveMagic+arMember(name, string(patched))+arMember("s.o/", object))))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		id, ok := a.Lookup("global")
		if !ok {
			t.Errorf("%s: global is not found", name)
			continue
		}
		if b, err := a.Member(id); err != nil || b.Name() != "libx.a(s.o)" || string(b.Bytes()) != object {
			t.Errorf("%s: member %d: %v", name, id, err)
		}
	}
}

func TestMalformedArchive(t *testing.T) {
	object := string(sample(true, binary.LittleEndian).build())
	tests := []struct{ data, want string }{
		{"hello\n", "x.a: this is text, not an archive"},
		{"<bigaf>\n", "x.a: this is an AIX archive, not an archive"},
		{object, "x.a: this is an ELF file, not an archive"},
		{archiveMagic + "short", "header of a member is outside the archive of 0xd bytes"},
		{archiveMagic + strings.Repeat("x", 60), "its end mark is missing"},
		{archiveMagic + strings.Replace(arMember("a/", "12"), "2         `", "2x        `", 1), `size "2x        " of a member`},
		{archiveMagic + arMember("a/", "12")[:61], "member of 2 bytes reaches beyond"},
		{archiveMagic + arMember("/1", ""), `name at "1" is outside the table of long names of 0 bytes`},
		{archiveMagic + arMember("//", "abc/\n") + arMember("/5x", ""), `name at "5x" is outside`},
		{archiveMagic + arMember("#1/9", "12345678"), `name of "9" bytes does not fit in a member of 8`},
		{archiveMagic + arMember("/", "\x00\x00"), "symbol index of 2 bytes is cut off"},
		{archiveMagic + arMember("/", "\xff\xff\xff\xff\x00\x00\x00\x00x\x00"), "too short for its 4294967295 symbols"},
		{archiveMagic + arMember("/", "\x00\x00\x00\x01\x00\x00\x00\x00abc"), "ends before the name of symbol 0 of 1"},
		{archiveMagic + arMember("__.SYMDEF", "\x08\x00\x00\x00"), "has tables that do not fit"},
		{archiveMagic + arMember("__.SYMDEF", "\x08\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00a\x00"), "name of symbol 0 of the index is at 0x4"},
		{archiveMagic + arMember("__.SYMDEF", "\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00aa"), "name of symbol 0 of the index has no end"},
		{archiveMagic + arMember("__.SYMDEF", "\xa0\x00\x00\x00"+strings.Repeat("\x00", 160)+"\x65\x00\x00\x00"+strings.Repeat("a", 100)+"\x00"), "names of the symbol index are longer than the archive"},
		{archiveMagic + arMember("a.o/", object[:200]), "x.a(a.o): "},
	}
	for _, tt := range tests {
		b := NewBuffer("x.a", []byte(tt.data))
		_, err := ParseArchive(b)
		var fe *FormatError
		if err == nil || !errors.As(err, &fe) || !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("want %q, got %v", tt.want, err)
		}
		if b.Close(); b.Bytes() != nil {
			t.Errorf("%q: the archive that failed still owns its buffer", tt.want)
		}
	}
}

// TestWrongMember asks for members where there are none.
func TestWrongMember(t *testing.T) {
	a, err := ParseArchive(NewBuffer("x.a", []byte(archiveMagic+arMember("/", "\x00\x00\x00\x01\x00\x01\x00\x00abc\x00")+arMember("a/", "text"))))
	if err != nil {
		t.Fatal(err)
	}
	wild, ok := a.Lookup("abc")
	if !ok {
		t.Error("abc is not found")
	}
	for _, id := range []MemberID{0, 1, 8, 9, wild, ^MemberID(0), 1 << 63} {
		if b, err := a.Member(id); !errors.Is(err, ErrFormat) {
			t.Errorf("Member(%d) = %v, %v", id, b, err)
		}
	}
}
