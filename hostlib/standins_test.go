//go:build linux && amd64

package hostlib_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

func standIns(names ...string) []byte {
	outside := map[string]executor.Addr{}
	for _, name := range names {
		outside[name], _ = hostlib.Process().Lookup(name)
	}
	return hostlib.StandIns(outside)
}

// The object is an ELF object by Go's own reader, and has what it can have of the names.
func TestStandIns(t *testing.T) {
	if object := standIns("environ"); object != nil {
		t.Errorf("an object of %d bytes for what can have no stand-in", len(object))
	}
	f, err := elf.NewFile(bytes.NewReader(standIns("malloc", "environ", "stderr", "memcpy", "in6addr_loopback")))
	if err != nil {
		t.Fatal(err)
	}
	if f.Type != elf.ET_REL || f.Section(".note.GNU-stack") == nil {
		t.Errorf("%v, sections %v", f.Type, f.Sections)
	}
	symbols, err := f.Symbols()
	if err != nil || len(symbols) != 4 {
		t.Fatalf("%v, %v", symbols, err)
	}
	for i, want := range []struct {
		name, section string
		typ           elf.SymType
		slot          uint64 // behind the symbol, of the function's address
	}{{"in6addr_loopback", ".data", elf.STT_OBJECT, 8}, {"malloc", ".text", elf.STT_FUNC, 16}, {"memcpy", ".text", elf.STT_FUNC, 16}, {"stderr", ".data", elf.STT_OBJECT, 0}} {
		y := symbols[i]
		section := f.Sections[y.Section]
		data, err := section.Data()
		if err != nil || y.Name != want.name || section.Name != want.section || elf.ST_TYPE(y.Info) != want.typ || elf.ST_BIND(y.Info) != elf.STB_WEAK {
			t.Fatalf("%+v in %s, %v", y, section.Name, err)
		}
		addr, _ := hostlib.Process().Lookup(y.Name)
		word := binary.LittleEndian.Uint64(data[y.Value+want.slot:])
		if want.typ == elf.STT_FUNC && word != uint64(addr) || word == 0 || y.Name == "in6addr_loopback" && word != 1<<56 {
			t.Errorf("%s: %#x, it is at %v", y.Name, word, addr)
		}
	}
}

// A function of the C library's may be the kernel's (vdso).
func TestStandInOfTheKernel(t *testing.T) {
	f, err := elf.NewFile(bytes.NewReader(standIns("time")))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil || len(symbols) != 1 || elf.ST_TYPE(symbols[0].Info) != elf.STT_FUNC {
		t.Errorf("%v, %v", symbols, err)
	}
}

// openSource compiles a library, of a source for gcc, and opens it.
func openSource(t *testing.T, name, text string, args ...string) *hostlib.Library {
	t.Helper()
	gcc := testenv.NeedsTool(t, "gcc", "gcc")
	source := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(gcc, append(args, "-shared", "-fPIC", "-o", source+".so", source)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l, err := hostlib.Open(source + ".so")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// Nobody knows how much a copy would have of a constant without a size.
func TestNoStandInWithoutSize(t *testing.T) {
	l := openSource(t, "constants.s", `
	.section .rodata
	.globl sized, unsized
	.type sized, @object
	.size sized, 4
	.type unsized, @object
unsized:
	.int 1
sized:
	.int 2
	.section .note.GNU-stack,"",@progbits
`)
	sized, _ := l.Lookup("sized")
	unsized, _ := l.Lookup("unsized")
	if hostlib.StandIns(map[string]executor.Addr{"sized": sized}) == nil || hostlib.StandIns(map[string]executor.Addr{"unsized": unsized}) != nil {
		t.Error("what has a size has a copy, and nothing else")
	}
}

// A constant may have been shorter in another version of the library.
func TestStandInOfVersion(t *testing.T) {
	script := filepath.Join(t.TempDir(), "versions")
	if err := os.WriteFile(script, []byte("V1 { global: table; other; }; V2 { global: table; other; } V1;"), 0o644); err != nil {
		t.Fatal(err)
	}
	l := openSource(t, "versions.c", `
const int longer[4] = {1, 2, 3, 4}, shorter[1] = {7};
__asm__(".symver shorter, table@V1\n.symver longer, table@@V2");
const int shorter_other[1] = {7}, longer_other[4] = {1, 2, 3, 4};
__asm__(".symver longer_other, other@@V2\n.symver shorter_other, other@V1");
`, "-Wl,--version-script="+script)
	table, _ := l.Lookup("table")
	other, _ := l.Lookup("other")
	f, err := elf.NewFile(bytes.NewReader(hostlib.StandIns(map[string]executor.Addr{"table": table, "other": other})))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.Symbols()
	if err != nil || len(symbols) != 2 || symbols[0].Size != 16 || symbols[1].Size != 16 {
		t.Errorf("%+v, %v", symbols, err)
	}
}
