//go:build unix

package gdbjit

import (
	"bytes"
	"debug/elf"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestEmptyLike reads what GDB is given with another reader.
func TestEmptyLike(t *testing.T) {
	object := testenv.CompileBytes(t, "gcc", testenv.C, "int f(void) { return 1; }", "-g")
	narrow := make([]byte, 100)
	copy(narrow, "\x7fELF\x01\x02\x01")
	copy(narrow[16:], "\x00\x01\x00\x14\x00\x00\x00\x01") // ET_REL, EM_PPC
	segments := bytes.Clone(object)                       // said to have program headers, as shared objects have
	segments[32], segments[54], segments[56] = elf64Header, 56, 3
	for _, c := range []struct {
		object  []byte
		machine elf.Machine
	}{{object, elf.EM_X86_64}, {narrow, elf.EM_PPC}, {segments, elf.EM_X86_64}} {
		f, err := elf.NewFile(bytes.NewReader(emptyLike(c.object)))
		if err != nil {
			t.Fatal(err)
		}
		if f.Type != elf.ET_REL || f.Machine != c.machine || len(f.Sections) != 2 || f.Sections[1].Name != ".shstrtab" {
			t.Errorf("%v: %v %v, sections %v", c.machine, f.Type, f.Machine, f.Sections)
		}
	}
	if empty := emptyLike([]byte("\xcf\xfa\xed\xfe, which is no ELF file, and long enough to be one, if only just that.")); empty != nil {
		t.Errorf("made of a file of another format: %q", empty)
	}
}
