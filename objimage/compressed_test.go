package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

const debugSource = "struct point { int x, y; }; int sum(struct point *p) { int s = p->x; return s + p->y; }"

func unloaded(int) (uint64, bool) { return 0, false }

// TestCompressedDebugSections: debuggers get the sections that another tool decompresses, and nothing is compressed any more.
func TestCompressedDebugSections(t *testing.T) {
	for _, flag := range []string{"zlib", "zstd"} {
		for _, compiler := range []string{"gcc", "clang"} {
			dir := t.TempDir()
			plain := writeFile(t, dir, "plain.o", testenv.CompileBytes(t, compiler, testenv.C, debugSource, "-g", "-O1"))
			tool(t, dir, "binutils", "objcopy", "--compress-debug-sections="+flag, plain, "compressed.o")
			data, err := os.ReadFile(filepath.Join(dir, "compressed.o"))
			if err != nil {
				t.Fatal(err)
			}
			o := mustParse(t, NewBuffer("compressed.o", data))
			out, err := NewImage(o, unloaded).DebugObject()
			if err != nil {
				t.Fatalf("%s %s: %v", compiler, flag, err)
			}
			before, err := elf.NewFile(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			after, err := elf.NewFile(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for i, s := range before.Sections {
				if s.Flags&elf.SHF_COMPRESSED == 0 {
					continue
				}
				n++
				want, err := s.Data()
				if err != nil {
					t.Fatal(err)
				}
				got, err := after.Sections[i].Data()
				if err != nil || !bytes.Equal(got, want) || after.Sections[i].Flags&elf.SHF_COMPRESSED != 0 || after.Sections[i].FileSize != uint64(len(want)) {
					t.Errorf("%s %s: section %s has %d bytes, want %d (%v)", compiler, flag, s.Name, len(got), len(want), err)
				}
			}
			if n == 0 {
				t.Errorf("%s %s: nothing is compressed", compiler, flag)
			}
			path := writeFile(t, dir, "out.o", out)
			if text := tool(t, ".", "binutils", "readelf", "--debug-dump=info", path); !strings.Contains(text, "sum") || strings.Contains(text, "arning") {
				t.Errorf("%s %s: readelf says\n%s", compiler, flag, text)
			}
		}
	}
}

// TestBrokenCompression: contents that are not what they claim are an error, and take no memory.
func TestBrokenCompression(t *testing.T) {
	data := testenv.CompileBytes(t, "gcc", testenv.C, debugSource, "-g", "-gz=zlib")
	o := mustParse(t, NewBuffer("compressed.o", data))
	for i := range o.NumSections() {
		s := o.Section(i)
		if s.Flags&SectionCompressed == 0 {
			continue
		}
		for what, change := range map[string]func(b []byte){
			"huge":      func(b []byte) { binary.LittleEndian.PutUint64(b[8:], 1<<40) },
			"larger":    func(b []byte) { binary.LittleEndian.PutUint64(b[8:], 1<<10) },
			"alignment": func(b []byte) { binary.LittleEndian.PutUint64(b[16:], 3) },
			"type":      func(b []byte) { b[0] = 77 },
			"contents":  func(b []byte) { b[24], b[25], b[26] = 0xff, 0xff, 0xff },
		} {
			broken := bytes.Clone(data)
			change(broken[s.Offset:])
			var format *FormatError
			if _, err := NewImage(mustParse(t, NewBuffer("broken.o", broken)), unloaded).DebugObject(); !errors.As(err, &format) {
				t.Errorf("%s: %v", what, err)
			}
		}
		return
	}
	t.Error("nothing is compressed")
}

// TestDroppedSections: what would be in memory and is not is hidden from debuggers.
func TestDroppedSections(t *testing.T) {
	o := mustParse(t, NewBuffer("dropped.o", testenv.CompileBytes(t, "gcc", testenv.C, "int a(void) { return 1; } int b(void) { return 2; }", "-ffunction-sections")))
	dropped := 0
	for i := range o.NumSections() {
		if string(o.SectionName(i)) == ".text.b" {
			dropped = i
		}
	}
	out, err := NewImage(o, func(i int) (uint64, bool) { return 0x1000 * uint64(i), i != dropped }).DebugObject()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections[1:] {
		want := o.Section(i+1).Flags&SectionAlloc != 0 && i+1 != dropped
		if got := s.Flags&elf.SHF_ALLOC != 0; got != want {
			t.Errorf("%s is said to be in memory: %v", s.Name, got)
		}
	}
}
