package llvmstubs

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// TestManyTables adds stubs to an object in which a section has a thousand tables of relocations. No table takes memory in proportion to the section.
func TestManyTables(t *testing.T) {
	const tables, size = 1000, 1 << 20
	header := elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64), Version: 1,
		Shoff: 64, Ehsize: 64, Shentsize: 64, Shnum: tables + 4, Shstrndx: 3,
	}
	const (
		headers = 64 + 64*(tables+4)
		symbols = headers + 24
		names   = symbols + 2*24
		code    = names + 8
	)
	sections := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_PROGBITS), Flags: uint64(elf.SHF_ALLOC | elf.SHF_EXECINSTR), Off: code, Size: size, Addralign: 1},
		{Type: uint32(elf.SHT_SYMTAB), Off: symbols, Size: 2 * 24, Link: 3, Info: 1, Entsize: 24, Addralign: 8},
		{Type: uint32(elf.SHT_STRTAB), Off: names, Size: 8, Addralign: 1},
	}
	for range tables {
		sections = append(sections, elf.Section64{Type: uint32(elf.SHT_RELA), Off: headers, Size: 24, Link: 2, Info: 1, Entsize: 24, Addralign: 8})
	}
	var b bytes.Buffer
	for _, part := range []any{
		header, sections, elf.Rela64{Info: elf.R_INFO(1, uint32(elf.R_X86_64_64))}, [2]elf.Sym64{1: {Name: 1, Info: 0x10}}, []byte("\x00name\x00\x00\x00"), make([]byte, size),
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // buffers take everything
	}
	img, err := objimage.Parse(objimage.NewBuffer("tables.o", b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Add(img, func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 32<<20 {
		t.Errorf("%d bytes were allocated for an object of %d", got, b.Len())
	}
}

// TestNoSuchSymbol has relocations of every type that mean symbols that are not there.
func TestNoSuchSymbol(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/rules/*/*.o")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, path := range files {
		b, err := objimage.OpenBuffer(path)
		if err != nil {
			t.Fatal(err)
		}
		img, err := objimage.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		edit, err := img.Edit()
		if err != nil {
			t.Fatal(err)
		}
		for i := range img.NumSections() {
			if _, n, _, ok := img.RelocTarget(i); ok && n > 0 {
				var list []objimage.Reloc
				for typ := range uint32(256) {
					list = append(list, objimage.Reloc{Type: typ, Sym: 1<<24 + typ})
				}
				edit.SetRelocs(i, list)
			}
		}
		changed, _ := edit.Object()
		if _, err := Add(changed, func(string) bool { return false }); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
