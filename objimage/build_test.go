package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// An elfSpec is an object to be written by build, with whatever faults a test wants.
type elfSpec struct {
	order    binary.ByteOrder
	wide     bool
	machine  elf.Machine
	typ      elf.Type
	sections []*sectionSpec // number 0 included
	shstrndx uint16
	shnum    uint16 // 0: as many as there are
	entsize  uint16 // 0: the right one
	noTable  bool   // e_shoff is 0
}

type sectionSpec struct {
	name             string
	typ              elf.SectionType
	flags            elf.SectionFlag
	data             any // as binary.Write takes it
	link, info       uint32
	align, entsize   uint64
	sizeBy, offsetBy uint64 // added to what is right, wrapping around
	nameBy           uint32
}

// Numbers of the sections of a sample.
const (
	nText = 1 + iota
	nBSS
	nReloc
	nGroup
	nSymtab
	nStrtab
	nShndx
	nShstrtab
)

// sample is an object with one section of each structure, and the same contents in all layouts.
func sample(wide bool, order binary.ByteOrder) *elfSpec {
	s := &elfSpec{order: order, wide: wide, machine: elf.EM_X86_64, typ: elf.ET_REL, shstrndx: nShstrtab}
	names := "\x00local\x00global\x00extern\x00common\x00"
	at := func(name string) uint32 { return uint32(strings.Index(names, name)) }
	info := func(b elf.SymBind, t elf.SymType) uint8 { return elf.ST_INFO(b, t) }
	syms := []elf.Sym64{
		{},
		{Name: at("local"), Info: info(elf.STB_LOCAL, elf.STT_OBJECT), Shndx: nBSS, Value: 8, Size: 16},
		{Name: at("global"), Info: info(elf.STB_GLOBAL, elf.STT_FUNC), Shndx: uint16(elf.SHN_XINDEX), Value: 4, Size: 2},
		{Name: at("extern"), Info: info(elf.STB_WEAK, elf.STT_NOTYPE), Other: uint8(elf.STV_HIDDEN)},
		{Name: at("common"), Info: info(elf.STB_GLOBAL, elf.STT_OBJECT), Shndx: uint16(elf.SHN_COMMON), Value: 16, Size: 32},
	}
	var symtab, relocs any = syms, []elf.Rela64{{Off: 1, Info: elf.R_INFO(3, 2), Addend: -4}, {Off: 8, Info: elf.R_INFO(2, 1), Addend: 6}}
	symSize, relSize := uint64(24), uint64(24)
	if !wide {
		var narrow []elf.Sym32
		for _, e := range syms {
			narrow = append(narrow, elf.Sym32{Name: e.Name, Info: e.Info, Other: e.Other, Shndx: e.Shndx, Value: uint32(e.Value), Size: uint32(e.Size)})
		}
		symtab, symSize = narrow, 16
		relocs, relSize = []elf.Rela32{{Off: 1, Info: elf.R_INFO32(3, 2), Addend: -4}, {Off: 8, Info: elf.R_INFO32(2, 1), Addend: 6}}, 12
	}
	s.sections = []*sectionSpec{
		{},
		{name: ".text", typ: elf.SHT_PROGBITS, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR | elf.SHF_GROUP, data: []byte("\xe8\x00\x00\x00\x00\xc3\x90\x90\x00\x00\x00\x00\x00\x00\x00\x00"), align: 16},
		{name: ".bss", typ: elf.SHT_NOBITS, flags: elf.SHF_ALLOC | elf.SHF_WRITE, sizeBy: 1 << 30, align: 32},
		{name: ".rela.text", typ: elf.SHT_RELA, data: relocs, link: nSymtab, info: nText, align: 8, entsize: relSize},
		{name: ".group", typ: elf.SHT_GROUP, data: []uint32{grpCOMDAT, nText, nReloc}, link: nSymtab, info: 2, align: 4, entsize: 4},
		{name: ".symtab", typ: elf.SHT_SYMTAB, data: symtab, link: nStrtab, info: 2, align: 8, entsize: symSize},
		{name: ".strtab", typ: elf.SHT_STRTAB, data: []byte(names), align: 1},
		{name: ".symtab_shndx", typ: elf.SHT_SYMTAB_SHNDX, data: []uint32{0, 0, nText, 0, 0}, link: nSymtab, align: 4, entsize: 4},
		{name: ".shstrtab", typ: elf.SHT_STRTAB, align: 0},
	}
	return s
}

// syms and relocs return tables of a 64-bit sample, to be changed.
func (s *elfSpec) syms() []elf.Sym64    { return s.sections[nSymtab].data.([]elf.Sym64) }
func (s *elfSpec) relocs() []elf.Rela64 { return s.sections[nReloc].data.([]elf.Rela64) }

func (s *elfSpec) build() []byte {
	names := "\x00"
	for _, sec := range s.sections[1:] {
		names += sec.name + "\x00"
	}
	if s.sections[s.shstrndx].data == nil {
		s.sections[s.shstrndx].data = []byte(names)
	}
	headerSize, entsize := uint64(64), uint16(64)
	if !s.wide {
		headerSize, entsize = 52, 40
	}
	var body bytes.Buffer
	headers := make([]elf.Section64, len(s.sections))
	for i, sec := range s.sections {
		off := headerSize + uint64(body.Len())
		if sec.data != nil {
			binary.Write(&body, s.order, sec.data)
		}
		var name uint32
		if sec.name != "" {
			name = uint32(strings.Index(names, "\x00"+sec.name+"\x00")) + 1
		}
		headers[i] = elf.Section64{
			Name: name + sec.nameBy, Type: uint32(sec.typ), Flags: uint64(sec.flags), Off: off + sec.offsetBy,
			Size: headerSize + uint64(body.Len()) - off + sec.sizeBy, Link: sec.link, Info: sec.info, Addralign: sec.align, Entsize: sec.entsize,
		}
	}
	if i := headers[0]; i.Type == 0 && s.sections[0].sizeBy == 0 {
		headers[0] = elf.Section64{Link: i.Link}
	}
	shoff := headerSize + uint64(body.Len())
	if s.noTable {
		shoff = 0
	}
	shnum := s.shnum
	if shnum == 0 && s.sections[0].sizeBy == 0 {
		shnum = uint16(len(s.sections))
	}
	if s.entsize != 0 {
		entsize = s.entsize
	}
	var out bytes.Buffer
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	if s.order == binary.BigEndian {
		ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	if s.wide {
		ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
		binary.Write(&out, s.order, elf.Header64{
			Ident: ident, Type: uint16(s.typ), Machine: uint16(s.machine), Version: 1, Shoff: shoff, Flags: 0x123,
			Ehsize: 64, Shentsize: entsize, Shnum: shnum, Shstrndx: s.shstrndx,
		})
		out.Write(body.Bytes())
		binary.Write(&out, s.order, headers)
		return out.Bytes()
	}
	binary.Write(&out, s.order, elf.Header32{
		Ident: ident, Type: uint16(s.typ), Machine: uint16(s.machine), Version: 1, Shoff: uint32(shoff), Flags: 0x123,
		Ehsize: 52, Shentsize: entsize, Shnum: shnum, Shstrndx: s.shstrndx,
	})
	out.Write(body.Bytes())
	for _, h := range headers {
		binary.Write(&out, s.order, elf.Section32{
			Name: h.Name, Type: h.Type, Flags: uint32(h.Flags), Off: uint32(h.Off), Size: uint32(h.Size), Link: h.Link, Info: h.Info,
			Addralign: uint32(h.Addralign), Entsize: uint32(h.Entsize),
		})
	}
	return out.Bytes()
}
