package toygen

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
)

// A file is an ELF file that is being written (gABI, "Object Files").
type file struct {
	bytes   bytes.Buffer
	headers []elf.Section64
	names   []byte
}

var order = binary.LittleEndian

// object writes the unit as a relocatable object.
func (u *unit) object() []byte {
	f := &file{headers: make([]elf.Section64, 1), names: []byte{0}}
	f.bytes.Write(make([]byte, binary.Size(elf.Header64{})))
	f.section(".text", elf.SHT_PROGBITS, elf.SHF_ALLOC|elf.SHF_EXECINSTR, 16, u.text)
	f.section(".data", elf.SHT_PROGBITS, elf.SHF_ALLOC|elf.SHF_WRITE, 8, u.data)
	for _, r := range u.routines {
		typ := elf.SHT_INIT_ARRAY
		if r.section == ".fini_array" {
			typ = elf.SHT_FINI_ARRAY
		}
		f.section(r.section, typ, elf.SHF_ALLOC|elf.SHF_WRITE, 8, make([]byte, 8))
	}
	table, strings, numbers := u.symbolTable()
	symtab := len(f.headers)
	f.section(".symtab", elf.SHT_SYMTAB, 0, 8, table)
	locals := slices.IndexFunc(u.byBinding(), func(s symbol) bool { return s.binding != bindLocal })
	if locals < 0 {
		locals = len(u.symbols)
	}
	f.headers[symtab].Link, f.headers[symtab].Info, f.headers[symtab].Entsize = uint32(symtab+1), uint32(locals+1), elf.Sym64Size
	f.section(".strtab", elf.SHT_STRTAB, 0, 1, strings)
	f.relocations(symtab, secText, u.relocs, numbers)
	for i, r := range u.routines {
		f.relocations(symtab, secInit+i, []reloc{{0, relocAbs64, r.function, 0}}, numbers)
	}
	return f.finish()
}

// section appends a section.
func (f *file) section(name string, typ elf.SectionType, flags elf.SectionFlag, align uint64, content []byte) {
	for f.bytes.Len()%16 != 0 {
		f.bytes.WriteByte(0)
	}
	f.headers = append(f.headers, elf.Section64{
		Name: uint32(len(f.names)), Type: uint32(typ), Flags: uint64(flags), Off: uint64(f.bytes.Len()), Size: uint64(len(content)), Addralign: align,
	})
	f.names = append(append(f.names, name...), 0)
	f.bytes.Write(content)
}

// relocations appends the relocations of a section, if there are any.
func (f *file) relocations(symtab, target int, list []reloc, numbers map[string]uint32) {
	if len(list) == 0 {
		return
	}
	var content bytes.Buffer
	for _, r := range list {
		put(&content, elf.Rela64{Off: uint64(r.offset), Info: elf.R_INFO(numbers[r.symbol], r.typ), Addend: r.addend})
	}
	f.section(".rela", elf.SHT_RELA, elf.SHF_INFO_LINK, 8, content.Bytes())
	h := &f.headers[len(f.headers)-1]
	h.Link, h.Info, h.Entsize = uint32(symtab), uint32(target), uint64(binary.Size(elf.Rela64{}))
}

// symbolTable returns the symbol table, its strings, and the numbers of symbols.
func (u *unit) symbolTable() (table, strings []byte, numbers map[string]uint32) {
	numbers, strings = map[string]uint32{}, []byte{0}
	var content bytes.Buffer
	put(&content, elf.Sym64{})
	for i, s := range u.byBinding() {
		typ := elf.STT_NOTYPE
		switch {
		case s.section == secText:
			typ = elf.STT_FUNC
		case s.section == secData:
			typ = elf.STT_OBJECT
		}
		numbers[s.name] = uint32(i + 1)
		put(&content, elf.Sym64{
			Name: uint32(len(strings)), Info: elf.ST_INFO(elf.SymBind(s.binding), typ), Shndx: uint16(s.section), Value: s.value, Size: s.size,
		})
		strings = append(append(strings, s.name...), 0)
	}
	return content.Bytes(), strings, numbers
}

// finish writes the section headers and the header.
func (f *file) finish() []byte {
	f.names = append(f.names, ".shstrtab\x00"...)
	names := slices.Clone(f.names)
	at := len(names) - len(".shstrtab\x00")
	f.section("", elf.SHT_STRTAB, 0, 1, names)
	f.headers[len(f.headers)-1].Name = uint32(at)
	for f.bytes.Len()%8 != 0 {
		f.bytes.WriteByte(0)
	}
	h := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}, Type: uint16(elf.ET_REL), Machine: uint16(elf.EM_X86_64),
		Version: uint32(elf.EV_CURRENT), Shoff: uint64(f.bytes.Len()), Ehsize: uint16(binary.Size(elf.Header64{})),
		Shentsize: uint16(binary.Size(elf.Section64{})), Shnum: uint16(len(f.headers)), Shstrndx: uint16(len(f.headers) - 1),
	}
	put(&f.bytes, f.headers)
	var head bytes.Buffer
	put(&head, h)
	data := f.bytes.Bytes()
	copy(data, head.Bytes())
	return data
}

func put(w *bytes.Buffer, v any) {
	if err := binary.Write(w, order, v); err != nil {
		panic(err) // v has a type without a fixed size
	}
}
