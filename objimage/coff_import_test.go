package objimage

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const definitions = "LIBRARY my.dll\nEXPORTS\n plain\n data DATA\n byordinal @7 NONAME\n stdcall@8\n"

// importLibrary returns a library that a tool makes of definitions, %o being the library's path and %d that of the definitions.
func importLibrary(t *testing.T, tool, pkg string, args ...string) *Archive {
	t.Helper()
	tool = testenv.NeedsTool(t, tool, pkg)
	dir := t.TempDir()
	path := filepath.Join(dir, "my.lib")
	if err := os.WriteFile(filepath.Join(dir, "my.def"), []byte(definitions), 0o644); err != nil {
		t.Fatal(err)
	}
	for i := range args {
		args[i] = strings.NewReplacer("%o", path, "%d", filepath.Join(dir, "my.def")).Replace(args[i])
	}
	cmd := exec.Command(tool, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	b, err := OpenBuffer(path)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseArchive(b)
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	t.Cleanup(func() { a.Close() })
	return a
}

// imported returns what the member that defines a name imports.
func imported(t *testing.T, a *Archive, name string) Import {
	t.Helper()
	id, ok := a.Lookup(name)
	if !ok {
		t.Fatalf("%s is not in the library", name)
	}
	b, err := a.Member(id)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	m, err := ImportIn(b)
	if err != nil || m == nil {
		t.Fatalf("%s: %v, %v", name, m, err)
	}
	if elsewhere := m.DLL == ""; elsewhere != (m.Next != "") {
		t.Errorf("%s: in %q, more by %q", name, m.DLL, m.Next)
	}
	if err := a.FindDLL(m); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	m.Next = ""
	return *m
}

// TestImportLibraries reads the libraries of several tools, in both forms.
func TestImportLibraries(t *testing.T) {
	for _, c := range []struct {
		name, pointer string
		library       *Archive
		want          map[string]Import
	}{
		{"llvm-lib", "__imp_", importLibrary(t, "llvm-lib-19", "llvm-19", "/def:%d", "/machine:x64", "/out:%o"), map[string]Import{
			"plain":     {Name: "plain", Symbol: "plain", DLL: "my.dll", Arch: ArchX86_64},
			"byordinal": {Name: "byordinal", Ordinal: 7, DLL: "my.dll", Arch: ArchX86_64},
		}},
		{"llvm-lib, i386", "_imp__", importLibrary(t, "llvm-lib-19", "llvm-19", "/def:%d", "/machine:x86", "/out:%o"), map[string]Import{
			"plain":         {Name: "plain", Symbol: "plain", DLL: "my.dll", Arch: ArchI386},
			"\x01stdcall@8": {Name: "\x01stdcall@8", Symbol: "stdcall@8", DLL: "my.dll", Arch: ArchI386},
		}},
		{"dlltool", "__imp_", importLibrary(t, "x86_64-w64-mingw32-dlltool", "binutils-mingw-w64-x86-64", "-d", "%d", "-l", "%o"), map[string]Import{
			"plain":     {Name: "plain", Symbol: "plain", DLL: "my.dll", Arch: ArchX86_64},
			"byordinal": {Name: "byordinal", Ordinal: 7, DLL: "my.dll", Arch: ArchX86_64},
		}},
	} {
		for name, want := range c.want {
			got := imported(t, c.library, name)
			if want.Symbol != "" {
				got.Ordinal = 0 // where to look first is up to the tool
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
		if data := imported(t, c.library, c.pointer+"data"); !data.Data || data.Name != "data" {
			t.Errorf("%s: data is %+v", c.name, data)
		}
	}
}

// TestWindowsLibrary finds members of static libraries of objects, by C's names also on i386.
func TestWindowsLibrary(t *testing.T) {
	tool := testenv.NeedsTool(t, "llvm-lib-19", "llvm-19")
	for _, triple := range coffTriples {
		dir := t.TempDir()
		long := "a_member_with_a_rather_long_name.obj"
		if err := os.WriteFile(filepath.Join(dir, long), compileCOFF(t, triple), 0o644); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tool, "/out:my.lib", long)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		b, err := OpenBuffer(filepath.Join(dir, "my.lib"))
		if err != nil {
			t.Fatal(err)
		}
		a, err := ParseArchive(b)
		b.Close()
		if err != nil {
			t.Fatal(err)
		}
		id, ok := a.Lookup("call_something_with_a_long_name")
		member, err := a.Member(id)
		if !ok || err != nil || !strings.HasSuffix(member.Name(), "("+long+")") {
			t.Fatalf("%s: %v, %v, %v", triple, ok, err, member)
		}
		if m, err := ImportIn(member); m != nil || err != nil {
			t.Errorf("%s: an import: %v, %v", triple, m, err)
		}
		parseBytes(t, member.Bytes())
		member.Close()
		a.Close()
	}
}

// TestMalformedImports: what is cut off or does not end.
func TestMalformedImports(t *testing.T) {
	good := "\x00\x00\xff\xff\x00\x00\x64\x86\x00\x00\x00\x00\x09\x00\x00\x00\x00\x00\x04\x00f\x00my.dll\x00"
	if m, err := ImportIn(NewBuffer("x", []byte(good))); err != nil || m.Name != "f" || m.DLL != "my.dll" {
		t.Fatalf("%+v, %v", m, err)
	}
	for i := 4; i < len(good); i++ {
		if m, err := ImportIn(NewBuffer("x", []byte(good[:i]))); m != nil {
			t.Errorf("cut off after %d bytes: %+v, %v", i, m, err)
		}
	}
	for _, c := range []struct {
		at   int
		to   byte
		want string
	}{{12, 8, "no end"}, {12, 200, "cut off"}, {18, 0x1c, "unknown kind"}, {18, 0x10, "no end"}, {6, 1, "machine 0x8601"}} {
		bad := []byte(good)
		bad[c.at] = c.to
		if _, err := ImportIn(NewBuffer("x", bad)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("byte %d is %#x: %v", c.at, c.to, err)
		}
	}
}
