package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// walk reads all there is in an object, the way a linker does, and returns the first error.
func walk(o *Object) error {
	var relocs [7]Reloc
	for i := range o.NumSections() {
		s := o.Section(i)
		data := o.SectionData(i)
		if s.Flags&SectionZeroFill == 0 && s.Type != 0 && uint64(len(data)) != s.Size {
			panic("section contents and size differ")
		}
		if s.Align == 0 || s.Align&(s.Align-1) != 0 {
			panic("alignment is not a power of two")
		}
		if bytes.IndexByte(o.SectionName(i), 0) >= 0 {
			panic("NUL in a name")
		}
		target, total, _, _ := o.RelocTarget(i)
		if target < 0 || target >= o.NumSections() {
			panic("relocation target does not exist")
		}
		for from := 0; from < total; {
			n := o.Relocs(i, from, relocs[:])
			if n == 0 {
				panic("fewer relocations than promised")
			}
			from += n
		}
	}
	var syms [5]Symbol
	for from := 0; from < o.NumSymbols(); {
		n, err := o.Symbols(from, syms[:])
		for k := range syms[:n] {
			s := &syms[k]
			o.SymbolName(s)
			if s.Place == PlaceSection && (s.Section == 0 || int(s.Section) >= o.NumSections()) {
				panic("section of a symbol does not exist")
			}
			if (s.Binding == BindLocal) != (from+k < o.FirstGlobal()) {
				panic("binding contradicts FirstGlobal")
			}
		}
		if err != nil {
			return err
		}
		from += n
	}
	groups, err := o.Groups()
	members := 0
	for _, g := range groups {
		members += len(g.Members)
	}
	if members > o.NumSections() {
		panic("more members of groups than sections")
	}
	return err
}

// TestSample sees that the sample is right in all layouts, so that the faults in the other tests are the only ones.
func TestSample(t *testing.T) {
	for _, wide := range []bool{true, false} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			o := mustParse(t, NewBuffer("sample.o", sample(wide, order).build()))
			if err := walk(o); err != nil {
				t.Fatalf("wide %v, %v: %v", wide, order, err)
			}
			if o.ByteOrder() != order || (o.Bits() == 64) != wide || o.ELFFlags() != 0x123 || o.Name() != "sample.o" {
				t.Errorf("wide %v, %v: %v, %d bits, flags %#x", wide, order, o.ByteOrder(), o.Bits(), o.ELFFlags())
			}
			if s := findSymbol(t, o, "global"); s.Section != nText || s.Value != 4 || s.Type != TypeFunc || s.Binding != BindGlobal {
				t.Errorf("wide %v, %v: global is %+v", wide, order, s)
			}
			var r [3]Reloc
			want := [3]Reloc{{Offset: 1, Type: 2, Sym: 3, Addend: -4}, {Offset: 8, Type: 1, Sym: 2, Addend: 6}, {}}
			if n := o.Relocs(nReloc, 0, r[:]); n != 2 || r != want {
				t.Errorf("wide %v, %v: relocations %+v", wide, order, r[:n])
			}
			if n := o.Relocs(nReloc, 2, r[:]); n != 0 {
				t.Errorf("wide %v, %v: %d relocations behind the end", wide, order, n)
			}
			groups, err := o.Groups()
			if diff := cmp.Diff([]Group{{Section: nGroup, Signature: "global", COMDAT: true, Selection: SelectAny, Members: []uint32{nText, nReloc}}}, groups); diff != "" || err != nil {
				t.Errorf("wide %v, %v: groups (want, got), %v:\n%s", wide, order, err, diff)
			}
		}
	}
}

// TestMalformed breaks one thing at a time, and looks for the words of the complaint.
func TestMalformed(t *testing.T) {
	const huge = ^uint64(0)
	tests := []struct {
		want  string
		spoil func(s *elfSpec)
	}{
		{"e_shentsize is 63, must be 64", func(s *elfSpec) { s.entsize = 63 }},
		{"has no section header table", func(s *elfSpec) { s.noTable = true }},
		{"200 section headers do not fit", func(s *elfSpec) { s.shnum = 200 }},
		{"section headers do not fit", func(s *elfSpec) { s.sections[0].sizeBy = 1 << 60 }},
		{"section 0 has type SHT_PROGBITS, but is reserved", func(s *elfSpec) { s.sections[0].typ = elf.SHT_PROGBITS }},
		{"used as string table, but has type SHT_PROGBITS", func(s *elfSpec) { s.shstrndx = nText }},
		{"string table is section 77 of 9", func(s *elfSpec) { s.sections[nSymtab].link = 77 }},
		{"used as string table, but has type SHT_NOBITS", func(s *elfSpec) { s.sections[nSymtab].link = nBSS }},
		{"[6] .strtab: string table does not end in NUL", func(s *elfSpec) { s.sections[nStrtab].data = []byte("\x00abc") }},
		{"[6] .strtab: ", func(s *elfSpec) { s.sections[nStrtab].offsetBy = huge }},
		{"section [8]: 0x8000000000000045 bytes at 0x", func(s *elfSpec) { s.sections[nShstrtab].sizeBy = huge / 2 }},
		{"section [1]: name at 0x2710 is outside", func(s *elfSpec) { s.sections[nText].nameBy = 9999 }},
		{"[1] .text: 0xffffffffffffff", func(s *elfSpec) { s.sections[nText].sizeBy = huge - 40 }},
		{"[1] .text: 0x10 bytes at 0x", func(s *elfSpec) { s.sections[nText].offsetBy = 1 << 40 }},
		{"[1] .text: 0x10 bytes at 0x", func(s *elfSpec) { s.sections[nText].offsetBy = huge - 70 }},
		{"[1] .text: alignment 24 is not a power of two", func(s *elfSpec) { s.sections[nText].align = 24 }},
		{"[2] .bss: alignment 3 is not a power of two", func(s *elfSpec) { s.sections[nBSS].align = 3 }},
		{"[3] .rela.text: sh_entsize is 0, must be 24", func(s *elfSpec) { s.sections[nReloc].entsize = 0 }},
		{"[3] .rela.text: sh_entsize is 25, must be 24", func(s *elfSpec) { s.sections[nReloc].entsize = 25 }},
		{"[3] .rela.text: size 49 is not a multiple", func(s *elfSpec) { s.sections[nReloc].sizeBy = 1 }},
		{"[3] .rela.text: applies to section 0 of 9", func(s *elfSpec) { s.sections[nReloc].info = 0 }},
		{"[3] .rela.text: applies to section 9 of 9", func(s *elfSpec) { s.sections[nReloc].info = 9 }},
		{"[3] .rela.text: uses symbol table 0, but the object's is 5", func(s *elfSpec) { s.sections[nReloc].link = 0 }},
		{"[4] .rela.text: uses symbol table 6, other relocations 5", func(s *elfSpec) {
			s.sections[nGroup] = new(*s.sections[nReloc])
			s.sections[nGroup].link = 6
		}},
		{"sh_entsize is 16, must be 24", func(s *elfSpec) { s.sections[nSymtab].entsize = 16 }},
		{"size 121 is not a multiple of the entry size 24", func(s *elfSpec) { s.sections[nSymtab].sizeBy = 1 }},
		{"first global symbol is 6, of 5 symbols", func(s *elfSpec) { s.sections[nSymtab].info = 6 }},
		{"[5] .symtab: is a second SHT_SYMTAB, beside section [3] .rela.text", func(s *elfSpec) { *s.sections[nReloc] = *s.sections[nSymtab]; s.sections[nReloc].name = ".rela.text" }},
		{"[7] .symtab_shndx: has 4 entries for 5 symbols", func(s *elfSpec) { s.sections[nShndx].data = []uint32{0, 0, 1, 0} }},
		{"[7] .symtab_shndx: belongs to symbol table 6, but", func(s *elfSpec) { s.sections[nShndx].link = 6 }},
		{"compact relocations (SHT_CREL) are not read", func(s *elfSpec) { s.sections[nReloc].typ = shtCREL }},

		{`symbol 2 "global": section number is in a SHT_SYMTAB_SHNDX section, which is missing`, func(s *elfSpec) { s.sections[nShndx].typ = elf.SHT_PROGBITS }},
		{`symbol 2 "global": is in section 9 of 9`, func(s *elfSpec) { s.sections[nShndx].data = []uint32{0, 0, 9, 0, 0} }},
		{`symbol 3 "extern": is in section 9 of 9`, func(s *elfSpec) { s.syms()[3].Shndx = 9 }},
		{`symbol 3 "extern": section number 0xff01 is reserved`, func(s *elfSpec) { s.syms()[3].Shndx = 0xff01 }},
		{`symbol 3 "extern": binding 5 is unknown`, func(s *elfSpec) { s.syms()[3].Info = 0x50 }},
		{`symbol 3 "extern": STB_LOCAL symbol, but symbols from 2 on`, func(s *elfSpec) { s.syms()[3].Info = 0 }},
		{`symbol 1 "local": STB_GLOBAL symbol, but symbols from 2 on`, func(s *elfSpec) { s.syms()[1].Info = 0x10 }},
		{`symbol 4 "common": alignment 17 of a common`, func(s *elfSpec) { s.syms()[4].Value = 17 }},
		{`symbol 3: name at 0x3e8 is outside the string table of 0x`, func(s *elfSpec) { s.syms()[3].Name = 1000 }},
		{`symbol 1: name at 0x1 is outside the string table of 0x1`, func(s *elfSpec) { s.sections[nSymtab].link = 0 }},
		{`symbol 1: name at 0x1 is outside the string table of 0x1`, func(s *elfSpec) { s.sections[nStrtab].data = []byte{} }},

		{"[4] .group: size 0 of a group", func(s *elfSpec) { s.sections[nGroup].data = []uint32{} }},
		{"[4] .group: size 13 of a group", func(s *elfSpec) { s.sections[nGroup].sizeBy = 1 }},
		{"[4] .group: group of 9 members, in a file of 9 sections", func(s *elfSpec) { s.sections[nGroup].data = make([]uint32, 10) }},
		{"[4] .group: member 1 of the group is section 9 of 9", func(s *elfSpec) { s.sections[nGroup].data = []uint32{1, 1, 9} }},
		{"[4] .group: member 1 of the group, section [1] .text, is already in a group", func(s *elfSpec) { s.sections[nGroup].data = []uint32{1, 1, 1} }},
		{"[4] .group: signature is symbol 5 of section 5", func(s *elfSpec) { s.sections[nGroup].info = 5 }},
		{"[4] .group: signature is symbol 2 of section 6", func(s *elfSpec) { s.sections[nGroup].link = 6 }},
	}
	for _, tt := range tests {
		s := sample(true, binary.LittleEndian)
		tt.spoil(s)
		o, err := Parse(NewBuffer("bad.o", s.build()))
		if err == nil {
			err = walk(o)
		}
		var fe *FormatError
		if err == nil || !errors.As(err, &fe) || !errors.Is(err, ErrFormat) || fe.Object != "bad.o" {
			t.Errorf("want %q, got %#v", tt.want, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "bad.o: ") {
			t.Errorf("want %q, got %q", tt.want, err)
		}
	}
}

// TestAccepted has what is unusual, but not wrong.
func TestAccepted(t *testing.T) {
	tests := map[string]func(s *elfSpec){
		"zero-fill beyond the file":  func(s *elfSpec) { s.sections[nBSS].sizeBy, s.sections[nBSS].offsetBy = 1<<60, 1<<50 },
		"sections of the same bytes": func(s *elfSpec) { s.sections[nShndx].offsetBy = 0; s.sections[nText].offsetBy = ^uint64(0) - 15 },
		"unaligned tables":           func(s *elfSpec) { s.sections[nText].data = []byte{1, 2, 3} },
		"no symbol table": func(s *elfSpec) {
			for _, i := range []int{nSymtab, nGroup, nShndx} {
				*s.sections[i] = sectionSpec{}
			}
			s.sections[nReloc].link = 0
		},
		"symbols without names": func(s *elfSpec) {
			s.sections[nSymtab].link = 0
			for i := range s.syms() {
				s.syms()[i].Name = 0
			}
		},
		"no section names": func(s *elfSpec) {
			s.shstrndx = 0
			for _, sec := range s.sections {
				sec.name = ""
			}
		},
		"extended numbers":         func(s *elfSpec) { s.sections[0].sizeBy = 9 },
		"a section out of use":     func(s *elfSpec) { s.sections[nText].typ, s.sections[nText].align = elf.SHT_NULL, 3 },
		"large common":             func(s *elfSpec) { s.syms()[4].Shndx = shnX86LargeCommon },
		"common without alignment": func(s *elfSpec) { s.syms()[4].Value = 0 },
	}
	for name, change := range tests {
		s := sample(true, binary.LittleEndian)
		change(s)
		o, err := Parse(NewBuffer(name, s.build()))
		if err == nil {
			err = walk(o)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNoSections(t *testing.T) {
	data := sample(true, binary.LittleEndian).build()[:64]
	copy(data[0x28:], make([]byte, 8)) // e_shoff
	copy(data[0x3c:], make([]byte, 2)) // e_shnum
	o := mustParse(t, NewBuffer("none.o", data))
	if o.NumSections() != 0 || o.NumSymbols() != 0 {
		t.Errorf("%d sections, %d symbols", o.NumSections(), o.NumSymbols())
	}
}

// TestTruncated cuts and flips: no length, and no byte, may make the reader panic.
func TestTruncated(t *testing.T) {
	for _, wide := range []bool{true, false} {
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			whole := sample(wide, order).build()
			for n := range whole {
				if _, err := Parse(NewBuffer("cut.o", whole[:n:n])); !errors.Is(err, ErrFormat) {
					t.Fatalf("%d bytes of %d: %v", n, len(whole), err)
				}
			}
			for i := range whole {
				for _, flip := range []byte{0x01, 0x80, 0xff} {
					data := bytes.Clone(whole)
					data[i] ^= flip
					if o, err := Parse(NewBuffer("flip.o", data)); err == nil {
						walk(o)
					}
				}
			}
		}
	}
}

func TestUnsupported(t *testing.T) {
	typed := func(typ elf.Type) string {
		s := sample(true, binary.LittleEndian)
		s.typ = typ
		return string(s.build())
	}
	for data, want := range map[string]string{
		"":                                 "an empty file",
		"#include <stdio.h>\n":             "text",
		"h\u00e9llo":                       "text",
		"BC\xc0\xde....":                   "LLVM bitcode",
		"!<arch>\n":                        "an archive",
		"!<thin>\n":                        "a thin archive",
		"<bigaf>\n":                        "an AIX archive",
		"\xfe\xed\xfa\xce\x00\x00\x00\x12": "a Mach-O file of PowerPC",
		"\xcf\xfa\xed\xfe\x07\x00\x00\x01\x03\x00\x00\x00\x02" + strings.Repeat("\x00", 19): "a Mach-O executable",
		"MZ\x90\x00":       "a PE executable",
		"\x00asm\x01\x00":  "a WebAssembly module",
		"\x00\x01\x02":     "data of an unknown format",
		typed(elf.ET_EXEC): "an ELF executable",
		typed(elf.ET_DYN):  "an ELF shared object or position-independent executable",
		typed(elf.ET_CORE): "an ELF core dump",
		typed(elf.ET_NONE): "an ELF file without a type",
		typed(0x1234):      "an ELF file of type 0x1234",
		"\x7fELF\x03\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00": "ELF of class 3 and byte order 1",
	} {
		_, err := Parse(NewBuffer("x", []byte(data)))
		if !errors.Is(err, ErrUnsupportedFormat) || !errors.Is(err, ErrFormat) || err.Error() != "x: this is "+want+", not a relocatable object" {
			t.Errorf("%.10q: %v, want %q", data, err, want)
		}
	}
	for _, cut := range []string{"\x7fELF", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"} {
		if _, err := Parse(NewBuffer("x", []byte(cut))); errors.Is(err, ErrUnsupportedFormat) || !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", cut, err)
		}
	}
}

// TestNoMultiplication has names that overlap: few bytes of file must not become many of memory.
func TestNoMultiplication(t *testing.T) {
	s := sample(true, binary.LittleEndian)
	*s.sections[nGroup] = sectionSpec{}
	*s.sections[nShndx] = sectionSpec{}
	s.sections[nStrtab].data = append(bytes.Repeat([]byte("a"), 4000), 0)
	s.sections[nSymtab].data = s.syms()[:2]
	for k := range 100 {
		s.sections[nSymtab].data = append(s.syms(), elf.Sym64{Name: uint32(k), Info: 0x10})
		s.sections = append(s.sections, &sectionSpec{typ: elf.SHT_GROUP, data: []uint32{grpCOMDAT}, link: nSymtab, info: uint32(2 + k), entsize: 4})
	}
	o := mustParse(t, NewBuffer("bad.o", s.build()))
	if _, err := o.Groups(); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "signatures of groups are longer than the file") {
		t.Errorf("100 groups with names of 4000 bytes in a file of %d: %v", len(o.Buffer().Bytes()), err)
	}
}

// TestHugeDecoded: files of formats whose offsets have 32 bits are refused when they are longer than these reach.
func TestHugeDecoded(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("no file of more than 4 GiB fits the address space")
	}
	for name, head := range map[string][]byte{
		"COFF":   {0x64, 0x86, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"Mach-O": {0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, head, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 1<<32); err != nil {
			t.Skip(err) // a file system without files that have holes
		}
		b, err := OpenBuffer(path)
		if err != nil {
			t.Skip(err)
		}
		for _, parse := range []func(*Buffer) (*Object, error){Parse, ParseAtoms} {
			var fe *FormatError
			if _, err := parse(b); !errors.As(err, &fe) || !errors.Is(err, ErrUnsupportedFormat) || !strings.Contains(fe.Msg, "4294967296 bytes") {
				t.Errorf("%s: %v", name, err)
			}
		}
		b.Close()
	}
}
