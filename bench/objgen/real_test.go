package objgen

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const threadLocal = `
__thread int counter = 3, zero;
extern __thread int outside;
static void start(void) {}
void (*starts[])(void) __attribute__((section(".init_array"))) = { start };
int sum(void) { return counter + zero + outside; }
`

func TestNeutralLeavesNothingThreadLocal(t *testing.T) {
	object := testenv.CompileBytes(t, "gcc", testenv.C, threadLocal, "-O2", "-fPIC")
	plain, err := neutral(object)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range f.Sections {
		if s.Flags&elf.SHF_TLS != 0 || s.Type == elf.SHT_INIT_ARRAY || s.Name == ".init_array" || s.Name == ".tdata" {
			t.Errorf("section %s of type %v still has flags %v", s.Name, s.Type, s.Flags)
		}
		if s.Type == elf.SHT_RELA {
			data, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			for at := 0; at < len(data); at += entrySize {
				typ := elf.R_X86_64(elf.R_TYPE64(f.ByteOrder.Uint64(data[at+relaInfo:])))
				if _, is := plainOf[typ]; is {
					t.Errorf("%s still has a %v", s.Name, typ)
				}
			}
		}
	}
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) == elf.STT_TLS {
			t.Errorf("symbol %s is still thread-local", s.Name)
		}
	}
}

func TestNeutralRefusesBrokenObjects(t *testing.T) {
	object := testenv.CompileBytes(t, "gcc", testenv.C, threadLocal, "-O2", "-fPIC")
	for size := 64; size < len(object); size++ {
		if _, err := neutral(object[:size]); err == nil {
			t.Fatalf("the first %d of %d bytes were taken for an object", size, len(object))
		}
	}
}

func TestArMembersAreThoseOfAr(t *testing.T) {
	ar := testenv.NeedsTool(t, "ar", "binutils")
	dir := t.TempDir()
	archive := filepath.Join(dir, "lib.a")
	names := []string{"a.o", "a_name_that_is_too_long_for_the_header.o"}
	contents := [][]byte{[]byte("odd"), []byte("even")}
	for i, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), contents[i], 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(ar, "rcs", archive, names[0], names[1])
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	members, err := arMembers(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(members) != 2 {
		t.Fatalf("%d members, want 2", len(members))
	}
	for i, m := range members {
		if m.name != names[i] || !bytes.Equal(m.data, contents[i]) {
			t.Errorf("member %d is %q, %q; want %q, %q", i, m.name, m.data, names[i], contents[i])
		}
	}
	if _, err := arMembers(data[:len(data)-1]); err == nil {
		t.Error("an archive cut short was taken")
	}
	if _, err := arMembers(data[1:]); err == nil {
		t.Error("a file without the archive's magic was taken")
	}
}
