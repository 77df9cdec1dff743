package runtimedyld

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math/bits"
	"testing"

	"github.com/gomcjit/gomcjit/objimage"
)

// An elfWriter builds relocatable objects, of x86-64 unless it is told otherwise, also such as no compiler makes. Symbols are named by the numbers that
// symbol returned; a number that it did not return goes into the file as it is.
type elfWriter struct {
	elfTarget
	name  string
	flags uint32 // e_flags
	secs  []elfSection
	syms  []elfSymbol
}

type elfSection struct {
	name   string
	typ    elf.SectionType
	flags  elf.SectionFlag
	align  uint64
	data   []byte
	size   uint64 // of SHT_NOBITS
	info   uint32
	link   uint32
	relocs []elfReloc
	rel    bool // write SHT_REL
}

type elfReloc struct {
	off    uint64
	typ    uint32
	sym    uint32
	addend int64
}

type elfSymbol struct {
	name        string
	bind        elf.SymBind
	typ         elf.SymType
	vis         elf.SymVis
	other       byte // of st_other, what is not the visibility
	sec         int  // number of a section, or a special one
	value, size uint64
}

// Flags of usual sections, and the special section numbers as ints.
const (
	flagsText   = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	flagsData   = elf.SHF_ALLOC | elf.SHF_WRITE
	flagsRodata = elf.SHF_ALLOC

	secUndef  = int(elf.SHN_UNDEF)
	secAbs    = -int(elf.SHN_ABS)
	secCommon = -int(elf.SHN_COMMON)
)

func newELF(name string) *elfWriter {
	return &elfWriter{elfTarget: elfTarget{machine: elf.EM_X86_64, wide: true}, name: name}
}

// section adds a section and returns its number.
func (w *elfWriter) section(name string, flags elf.SectionFlag, data []byte) int {
	w.secs = append(w.secs, elfSection{name: name, typ: elf.SHT_PROGBITS, flags: flags, align: 1, data: data})
	return len(w.secs)
}

// bss adds a section without content.
func (w *elfWriter) bss(name string, size, align uint64) int {
	w.secs = append(w.secs, elfSection{name: name, typ: elf.SHT_NOBITS, flags: flagsData, align: align, size: size})
	return len(w.secs)
}

// sec returns a section to be changed.
func (w *elfWriter) sec(n int) *elfSection { return &w.secs[n-1] }

// symbol adds a symbol and returns its number.
func (w *elfWriter) symbol(y elfSymbol) uint32 {
	w.syms = append(w.syms, y)
	return uint32(len(w.syms))
}

// local, global, weak and undefined add usual symbols.
func (w *elfWriter) local(name string, sec int, value uint64) uint32 {
	return w.symbol(elfSymbol{name: name, bind: elf.STB_LOCAL, sec: sec, value: value})
}

func (w *elfWriter) global(name string, sec int, value uint64) uint32 {
	return w.symbol(elfSymbol{name: name, bind: elf.STB_GLOBAL, sec: sec, value: value})
}

func (w *elfWriter) weak(name string, sec int, value uint64) uint32 {
	return w.symbol(elfSymbol{name: name, bind: elf.STB_WEAK, sec: sec, value: value})
}

func (w *elfWriter) undefined(name string) uint32 { return w.global(name, secUndef, 0) }

func (w *elfWriter) common(name string, size, align uint64) uint32 {
	return w.symbol(elfSymbol{name: name, bind: elf.STB_GLOBAL, typ: elf.STT_OBJECT, sec: secCommon, value: align, size: size})
}

// reloc adds a relocation of x86-64 to a section.
func (w *elfWriter) reloc(sec int, off uint64, typ elf.R_X86_64, sym uint32, addend int64) {
	w.relocate(sec, off, uint32(typ), sym, addend)
}

// relocate adds a relocation to a section.
func (w *elfWriter) relocate(sec int, off uint64, typ, sym uint32, addend int64) {
	s := w.sec(sec)
	s.relocs = append(s.relocs, elfReloc{off, typ, sym, addend})
}

// comdat puts a symbol's section, and others, into a COMDAT group that is called like the symbol. It returns the group's section.
func (w *elfWriter) comdat(signature uint32, others ...int) int {
	content := w.order().AppendUint32(w.order().AppendUint32(nil, grpCOMDAT), uint32(w.syms[signature-1].sec))
	for _, sec := range others {
		content = w.order().AppendUint32(content, uint32(sec))
	}
	g := w.section(".group", 0, content)
	s := w.sec(g)
	s.typ, s.align, s.info = elf.SHT_GROUP, 4, signature
	return g
}

// parse returns the object.
func (w *elfWriter) parse(t testing.TB) *objimage.Object {
	t.Helper()
	o, err := objimage.Parse(objimage.NewBuffer(w.name, w.bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// bytes writes the file: header, contents, tables, section headers. More sections than fit 16 bits are numbered as the gABI says.
func (w *elfWriter) bytes() []byte {
	order, numbers, locals := w.symbolOrder()
	var file bytes.Buffer
	file.Write(make([]byte, w.ehdrSize()))
	headers := make([]elf.Section64, 1, len(w.secs)+8)
	strs := newStrings()
	add := func(h elf.Section64, name string, content []byte) uint32 {
		for file.Len()%8 != 0 {
			file.WriteByte(0)
		}
		h.Name, h.Off = strs.add(name), uint64(file.Len())
		if elf.SectionType(h.Type) != elf.SHT_NOBITS {
			h.Size = uint64(len(content))
			file.Write(content)
		}
		headers = append(headers, h)
		return uint32(len(headers) - 1)
	}
	for _, s := range w.secs {
		if s.typ == elf.SHT_GROUP {
			s.link, s.info = uint32(len(w.secs)+1), numbers[s.info]
		}
		add(elf.Section64{Type: uint32(s.typ), Flags: uint64(s.flags), Addralign: s.align, Size: s.size, Info: s.info, Link: s.link}, s.name, s.data)
	}
	symtab, word := uint32(len(headers)), uint64(w.wordSize())
	names, table, extended := w.symbolTable(order)
	add(elf.Section64{Type: uint32(elf.SHT_SYMTAB), Link: symtab + 1, Info: locals, Addralign: word, Entsize: 8 + 2*word}, ".symtab", table)
	add(elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, ".strtab", names)
	if extended != nil {
		add(elf.Section64{Type: uint32(elf.SHT_SYMTAB_SHNDX), Link: symtab, Addralign: 4, Entsize: 4}, ".symtab_shndx", extended)
	}
	for i, s := range w.secs {
		if len(s.relocs) == 0 {
			continue
		}
		h := elf.Section64{Type: uint32(elf.SHT_RELA), Flags: uint64(elf.SHF_INFO_LINK), Link: symtab, Info: uint32(i + 1), Addralign: word, Entsize: 3 * word}
		if s.rel {
			h.Type, h.Entsize = uint32(elf.SHT_REL), 2*word
		}
		add(h, ".rela"+s.name, w.encodeRelocs(&s, numbers))
	}
	shstr := strs.add(".shstrtab")
	shstrndx := add(elf.Section64{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, "", strs.data)
	headers[shstrndx].Name = shstr
	return w.finish(&file, headers, shstrndx)
}

func (w *elfWriter) finish(file *bytes.Buffer, headers []elf.Section64, shstrndx uint32) []byte {
	for file.Len()%8 != 0 {
		file.WriteByte(0)
	}
	h := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_REL), Machine: uint16(w.machine), Version: uint32(elf.EV_CURRENT), Flags: w.flags,
		Shoff: uint64(file.Len()), Ehsize: uint16(w.ehdrSize()), Shentsize: uint16(16 + 6*w.wordSize()), Shnum: uint16(len(headers)), Shstrndx: uint16(shstrndx),
	}
	if w.big {
		h.Ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	if len(headers) >= int(elf.SHN_LORESERVE) {
		h.Shnum, headers[0].Size = 0, uint64(len(headers))
		h.Shstrndx, headers[0].Link = uint16(elf.SHN_XINDEX), shstrndx
	}
	if !w.wide {
		h.Ident[elf.EI_CLASS] = byte(elf.ELFCLASS32)
		for _, s := range headers {
			binary.Write(file, w.order(), elf.Section32{Name: s.Name, Type: s.Type, Flags: uint32(s.Flags), Off: uint32(s.Off), Size: uint32(s.Size),
				Link: s.Link, Info: s.Info, Addralign: uint32(s.Addralign), Entsize: uint32(s.Entsize)})
		}
	} else {
		binary.Write(file, w.order(), headers)
	}
	out := file.Bytes()
	var head bytes.Buffer
	if w.wide {
		binary.Write(&head, w.order(), h)
	} else {
		binary.Write(&head, w.order(), elf.Header32{Ident: h.Ident, Type: h.Type, Machine: h.Machine, Version: h.Version, Flags: h.Flags,
			Shoff: uint32(h.Shoff), Ehsize: h.Ehsize, Shentsize: h.Shentsize, Shnum: h.Shnum, Shstrndx: h.Shstrndx})
	}
	copy(out, head.Bytes())
	return out
}

// symbolOrder returns the symbols as they have to be in the file, local ones first, and the number there of each.
func (w *elfWriter) symbolOrder() (order []elfSymbol, numbers []uint32, locals uint32) {
	numbers = make([]uint32, len(w.syms)+1)
	for _, local := range []bool{true, false} {
		for i, y := range w.syms {
			if (y.bind == elf.STB_LOCAL) == local {
				order = append(order, y)
				numbers[i+1] = uint32(len(order))
			}
		}
		if local {
			locals = uint32(len(order)) + 1
		}
	}
	return order, numbers, locals
}

func (w *elfWriter) symbolTable(order []elfSymbol) (names, table, extended []byte) {
	strs := newStrings()
	list := make([]elf.Sym64, 1, len(order)+1)
	indexes := make([]uint32, len(order)+1)
	large := false
	for i, y := range order {
		e := elf.Sym64{Name: strs.add(y.name), Info: elf.ST_INFO(y.bind, y.typ), Other: byte(y.vis) | y.other, Value: y.value, Size: y.size}
		switch {
		case y.sec < 0:
			e.Shndx = uint16(-y.sec)
		case y.sec >= int(elf.SHN_LORESERVE):
			e.Shndx, indexes[i+1], large = uint16(elf.SHN_XINDEX), uint32(y.sec), true
		default:
			e.Shndx = uint16(y.sec)
		}
		list = append(list, e)
	}
	var b, x bytes.Buffer
	if w.wide {
		binary.Write(&b, w.order(), list)
	} else {
		for _, e := range list {
			binary.Write(&b, w.order(), elf.Sym32{Name: e.Name, Value: uint32(e.Value), Size: uint32(e.Size), Info: e.Info, Other: e.Other, Shndx: e.Shndx})
		}
	}
	if large {
		binary.Write(&x, w.order(), indexes)
		extended = x.Bytes()
	}
	return strs.data, b.Bytes(), extended
}

func (w *elfWriter) encodeRelocs(s *elfSection, numbers []uint32) []byte {
	var b []byte
	for _, r := range s.relocs {
		sym := r.sym
		if int(sym) < len(numbers) {
			sym = numbers[sym]
		}
		words := []uint64{r.off, uint64(sym)<<32 | uint64(r.typ), uint64(r.addend)}
		switch {
		case !w.wide:
			words[1] = uint64(sym)<<8 | uint64(r.typ&0xff)
		case w.machine == elf.EM_MIPS && !w.big: // r_info is a struct there, not a number
			words[1] = uint64(bits.ReverseBytes32(r.typ))<<32 | uint64(sym)
		}
		if s.rel {
			words = words[:2]
		}
		for _, x := range words {
			if w.wide {
				b = w.order().AppendUint64(b, x)
			} else {
				b = w.order().AppendUint32(b, uint32(x))
			}
		}
	}
	return b
}

// elfStrings is a string table.
type elfStrings struct {
	data []byte
	at   map[string]uint32
}

func newStrings() *elfStrings { return &elfStrings{data: []byte{0}, at: map[string]uint32{"": 0}} }

func (s *elfStrings) add(name string) uint32 {
	off, ok := s.at[name]
	if !ok {
		off = uint32(len(s.data))
		s.at[name] = off
		s.data = append(append(s.data, name...), 0)
	}
	return off
}

const stbUnique = elf.STB_LOOS // STB_GNU_UNIQUE
