package elfsymbols

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// read lists a table's symbols.
func read(t testing.TB, f *File, kind elf.SectionType) []Symbol {
	t.Helper()
	var list []Symbol
	if err := f.Symbols(kind, func(s Symbol) { list = append(list, s) }); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAsDebugELF reads what is installed, and this program, and compares with what package debug/elf reads.
func TestAsDebugELF(t *testing.T) {
	files := []string{os.Args[0]}
	for _, pattern := range []string{"/lib/*-linux-gnu/libc.so.6", "/usr/*-linux-gnu*/lib/libc.so.6", "/usr/*-linux-gnu*/lib/ld.so.1", "/usr/bin/ld*"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	for _, name := range files {
		want, err := elf.Open(name)
		if err != nil {
			continue // a script
		}
		defer want.Close()
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		f, err := Open(file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f.Type != want.Type || f.Machine != want.Machine || f.Entry != want.Entry || f.Class != want.Class {
			t.Errorf("%s: %+v, want %+v", name, f.Header, want.FileHeader)
		}
		segments, err := f.Segments()
		if err != nil || len(segments) != len(want.Progs) {
			t.Errorf("%s: %d segments, %v; want %d", name, len(segments), err, len(want.Progs))
		}
		for i := range segments {
			if segments[i] != want.Progs[i].ProgHeader {
				t.Errorf("%s: segment %d: %+v, want %+v", name, i, segments[i], want.Progs[i].ProgHeader)
			}
		}
		for kind, symbols := range map[elf.SectionType]func() ([]elf.Symbol, error){elf.SHT_SYMTAB: want.Symbols, elf.SHT_DYNSYM: want.DynamicSymbols} {
			all, err := symbols()
			if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
				t.Fatal(err)
			}
			all = slices.DeleteFunc(all, func(s elf.Symbol) bool { return s.Name == "" })
			got := read(t, f, kind)
			if len(got) != len(all) {
				t.Errorf("%s: %d symbols in %v, want %d", name, len(got), kind, len(all))
				continue
			}
			for i, s := range got {
				w := all[i]
				if s.Name != w.Name || s.Value != w.Value || s.Info != w.Info || s.Other != w.Other || s.Section != w.Section || s.Hidden != (w.HasVersion && w.VersionIndex.IsHidden()) {
					t.Fatalf("%s: %+v, want %+v", name, s, w)
				}
			}
		}
	}
}

// fileOf returns a file with a symbol table, of which each symbol's name begins with another byte of text.
func fileOf(symbols int, text string, change func(h *elf.Header64, list []elf.Section64)) []byte {
	h := elf.Header64{Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: uint16(elf.ET_EXEC), Shoff: 64, Shentsize: 64, Shnum: 3}
	list := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_SYMTAB), Off: 256, Size: 24 * uint64(symbols), Link: 2, Entsize: 24},
		{Type: uint32(elf.SHT_STRTAB), Off: 256 + 24*uint64(symbols), Size: uint64(len(text))},
	}
	if change != nil {
		change(&h, list)
	}
	var b bytes.Buffer
	_ = errors.Join(binary.Write(&b, binary.LittleEndian, h), binary.Write(&b, binary.LittleEndian, list)) // buffers take everything
	for i := range symbols {
		_ = binary.Write(&b, binary.LittleEndian, elf.Sym64{Name: uint32(i), Info: 0x12, Shndx: 1, Value: 1})
	}
	return append(b.Bytes(), text...)
}

// TestHostile reads files that would take more than they are worth.
func TestHostile(t *testing.T) {
	const many = 100_000
	for name, file := range map[string][]byte{
		"names in names": fileOf(many, strings.Repeat("a", many)+"\x00", nil),
		"no end":         fileOf(many, strings.Repeat("a", many), nil),
		"symbols":        fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[1].Size = 1 << 62 / 24 * 24 }),
		"strings":        fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[2].Size = maxStrings }),
		"more strings":   fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[2].Size = 1 << 60 }),
		"sections":       fileOf(1, "a\x00", func(h *elf.Header64, l []elf.Section64) { h.Shnum, l[0].Size = 0, 1<<40 }),
		"compressed":     fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[2].Flags = uint64(elf.SHF_COMPRESSED) }),
		"entries":        fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[1].Entsize = 0 }),
		"link":           fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[1].Link = 3 }),
		"offset":         fileOf(1, "a\x00", func(_ *elf.Header64, l []elf.Section64) { l[1].Off = 1<<64 - 1 }),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := Open(bytes.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			err = f.Symbols(elf.SHT_SYMTAB, func(Symbol) {})
			var bad *FormatError
			if !errors.As(err, &bad) {
				t.Errorf("the error is %v", err)
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 4*uint64(len(file))+1<<20 {
				t.Errorf("%d bytes were allocated for a file of %d", got, len(file))
			}
			if spent := time.Since(start); spent > 2*time.Second {
				t.Errorf("it took %v", spent)
			}
		})
	}
}

// counted counts what is read.
type counted struct {
	io.ReaderAt
	n int
}

func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, off)
	c.n += n
	return n, err
}

func FuzzFile(f *testing.F) {
	f.Add(fileOf(3, "abc\x00", nil))
	f.Add(fileOf(0, "", func(h *elf.Header64, _ []elf.Section64) { h.Shnum = 0 }))
	f.Add([]byte("\x7fELF\x01\x02\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := &counted{ReaderAt: bytes.NewReader(b)}
		file, err := Open(c)
		if err != nil {
			return
		}
		_, _ = file.Segments() // errors are as good as any
		names := 0
		for _, kind := range []elf.SectionType{elf.SHT_SYMTAB, elf.SHT_DYNSYM} {
			_ = file.Symbols(kind, func(s Symbol) { names += len(s.Name) })
		}
		if limit := 100*len(b) + 300*maxName; names > limit || c.n > limit {
			t.Errorf("%d bytes of names and %d that were read of a file of %d", names, c.n, len(b))
		}
	})
}
