package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
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
