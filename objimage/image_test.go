package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// TestDebugObject reads the copy with debug/elf and readelf, and looks for differences that should not be there.
func TestDebugObject(t *testing.T) {
	for _, tg := range targets {
		t.Run(tg.triple, func(t *testing.T) {
			o := mustParse(t, compileC(t, tg))
			original := bytes.Clone(o.Buffer().Bytes())
			addr := func(i int) (uint64, bool) { return 0x7000_0000 + uint64(i)<<12, o.Section(i).Flags&SectionAlloc != 0 }
			img := NewImage(o, addr)
			data, err := img.DebugObject()
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(o.Buffer().Bytes(), original) {
				t.Fatal("the object itself was changed")
			}
			f, err := elf.NewFile(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			loaded := 0
			for i, s := range f.Sections {
				want, ok := img.SectionAddr(i)
				if ok {
					loaded++
				} else {
					want = 0
				}
				if s.Addr != want {
					t.Errorf("section %d %s: address %#x, want %#x", i, s.Name, s.Addr, want)
				}
			}
			if loaded == 0 {
				t.Error("no section is loaded")
			}
			compareELF(t, mustParse(t, NewBuffer("copy.o", data)))
			text := tool(t, ".", "binutils", "readelf", "-SW", writeFile(t, t.TempDir(), "copy.o", data))
			if strings.Contains(text, "arning") || strings.Contains(text, "rror") || !strings.Contains(text, " 000000007000") && !strings.Contains(text, " 7000") {
				t.Errorf("readelf says:\n%s", text)
			}
			if img.Object() != o {
				t.Error("Object is another one")
			}
			if _, ok := img.SectionAddr(0); ok {
				t.Error("section 0 is loaded")
			}
		})
	}
}

func TestDebugObjectTooFar(t *testing.T) {
	for _, wide := range []bool{true, false} {
		o := mustParse(t, NewBuffer("far.o", sample(wide, binary.BigEndian).build()))
		_, err := NewImage(o, func(i int) (uint64, bool) { return 1 << 32, i == nText }).DebugObject()
		if wide != (err == nil) || !wide && !errors.Is(err, ErrFormat) {
			t.Errorf("wide %v: %v", wide, err)
		}
	}
}

// TestRelocatedImage: relocations of what is not loaded are applied to the decompressed contents, once, and then nobody's; those of what is loaded stay.
func TestRelocatedImage(t *testing.T) {
	o := mustParse(t, NewBuffer("relocated.o", testenv.CompileBytes(t, "gcc", testenv.C, debugSource+"int dropped(void) { return 7; } int (*pointer)(void) = dropped;",
		"-g", "-gz=zlib", "-ffunction-sections")))
	addr := func(i int) (uint64, bool) {
		return 0x1000 * uint64(i), o.Section(i).Flags&SectionAlloc != 0 && string(o.SectionName(i)) != ".text.dropped"
	}
	relocated := map[string]int{}
	out, err := NewRelocatedImage(o, addr, func() Relocator {
		return func(relocs *RelocTable, contents []byte) {
			relocated[string(o.SectionName(int(relocs.Target)))]++
			contents[len(contents)-1] = 0xaa
		}
	}).DebugObject()
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range f.Sections {
		if s.Type != elf.SHT_RELA {
			continue
		}
		target := int(o.Section(i).Info)
		if _, loaded := addr(target); loaded == (s.Info == 0) {
			t.Errorf("%s applies to section %d, and is loaded: %v", s.Name, s.Info, loaded)
		}
	}
	for name, n := range relocated {
		if data, err := f.Section(name).Data(); err != nil || n != 1 || data[len(data)-1] != 0xaa || strings.HasPrefix(name, ".text") {
			t.Errorf("%s is relocated %d times (%v)", name, n, err)
		}
	}
	if relocated[".debug_info"] == 0 || relocated[".debug_line"] == 0 {
		t.Errorf("relocated are %v", relocated)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, y := range syms {
		if y.Name == "dropped" && y.Section != elf.SHN_UNDEF || y.Name == "sum" && y.Section == elf.SHN_UNDEF {
			t.Errorf("%s is in section %d", y.Name, y.Section)
		}
	}
}
