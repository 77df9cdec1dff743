package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
)

// debugCOFF is DebugObject for COFF, whose headers have no room for addresses of 64 bits, and which not all debuggers know: it makes an ELF file of it, with the same numbers of sections and
// the same symbols. The file itself is in it, for the sections' contents.
func (m *Image) debugCOFF() ([]byte, error) {
	o := m.obj
	n := int(o.decoded.fileSections)
	if n+3 >= int(shnLoReserve) {
		return nil, &FormatError{Object: o.buf.name, Msg: "too many sections for debuggers"}
	}
	w := elfImage{image: m, class: elf.ELFCLASS64, word: 8, out: make([]byte, 64)}
	if o.Bits() == 32 {
		w.class, w.word = elf.ELFCLASS32, 4
	}
	start := w.append(o.buf.data)
	names := w.append(o.strs)
	symbols := w.symbols()
	m.relocateCOFF(w.out[start:])
	sections := uint64(len(w.out))
	w.header(elf.Section32{}, 0, 0, 0)
	for i := 1; i <= n; i++ {
		if err := w.section(i, start); err != nil {
			return nil, err
		}
	}
	size := uint64(len(o.decoded.symbols) * w.symbolSize())
	w.header(elf.Section32{Type: uint32(elf.SHT_STRTAB), Addralign: 1}, 0, names, uint64(len(o.strs)))
	w.header(elf.Section32{Type: uint32(elf.SHT_SYMTAB), Link: uint32(n + 1), Info: uint32(o.firstGlobal), Addralign: 8, Entsize: uint32(w.symbolSize())}, 0, symbols, size)
	w.fileHeader(sections, n)
	return w.out, nil
}

// relocateCOFF applies the relocations of sections that are not loaded to a copy of the file.
func (m *Image) relocateCOFF(file []byte) {
	if m.relocate == nil {
		return
	}
	o, apply := m.obj, m.relocate()
	for i := range o.decoded.sections {
		t := &o.decoded.sections[i].Relocs
		if t.Target == 0 {
			continue
		}
		s := &o.decoded.sections[t.Target]
		if _, loaded := m.addr(int(t.Target)); !loaded && s.Flags&SectionZeroFill == 0 {
			apply(t, file[s.Offset:][:s.Size:s.Size])
		}
	}
}

// elfMachines are the machines of the architectures that have COFF.
var elfMachines = map[Arch]elf.Machine{ArchX86_64: elf.EM_X86_64, ArchI386: elf.EM_386, ArchARM: elf.EM_ARM, ArchAArch64: elf.EM_AARCH64}

// An elfImage is an ELF file that is being written, for debuggers.
type elfImage struct {
	image *Image
	class elf.Class
	word  int
	out   []byte
}

// append adds bytes, aligned to 8, and returns where.
func (w *elfImage) append(b []byte) uint64 {
	w.out = append(w.out, make([]byte, -len(w.out)&7)...)
	at := uint64(len(w.out))
	w.out = append(w.out, b...)
	return at
}

func (w *elfImage) put32(v uint32) { w.out = binary.LittleEndian.AppendUint32(w.out, v) }

func (w *elfImage) putWord(v uint64) {
	if w.word == 8 {
		w.out = binary.LittleEndian.AppendUint64(w.out, v)
		return
	}
	w.put32(uint32(v))
}

func (w *elfImage) symbolSize() int { return 8 + 2*w.word }

// symbols adds the symbol table, and returns where it is. What is in a section that is not loaded is undefined.
func (w *elfImage) symbols() uint64 {
	at := w.append(nil)
	for i := range w.image.obj.decoded.symbols {
		y := &w.image.obj.decoded.symbols[i]
		section, value := uint16(0), y.Value
		switch y.Place {
		case PlaceSection:
			if _, loaded := w.image.addr(int(y.Section)); loaded {
				section = uint16(y.Section)
			}
		case PlaceAbsolute:
			section = uint16(elf.SHN_ABS)
		case PlaceCommon:
			section = uint16(elf.SHN_COMMON)
		case PlaceUndefined:
			value = 0
		}
		if y.Type == TypeSection {
			value = 0
		}
		info := elf.ST_INFO(elf.SymBind(min(y.Binding, BindWeak)), elfTypeOf(y.Type))
		w.put32(y.Name)
		if w.word == 8 {
			w.out = binary.LittleEndian.AppendUint16(append(w.out, info, 0), section)
		}
		w.putWord(value)
		w.putWord(y.Size)
		if w.word == 4 {
			w.out = binary.LittleEndian.AppendUint16(append(w.out, info, 0), section)
		}
	}
	return at
}

func elfTypeOf(t SymbolType) elf.SymType {
	if t <= TypeCommon {
		return elf.SymType(t)
	}
	return elf.STT_NOTYPE
}

// section adds the header of a section of the file, which is from start on.
func (w *elfImage) section(i int, start uint64) error {
	s := &w.image.obj.decoded.sections[i]
	flags := s.Flags & (SectionWrite | SectionAlloc | SectionExec)
	addr, loaded := w.image.addr(i)
	if !loaded {
		flags, addr = flags&^SectionAlloc, 0
	}
	if w.word == 4 && addr > math.MaxUint32 {
		return &FormatError{Object: w.image.obj.buf.name, Section: string(w.image.obj.SectionName(i)), Msg: "its load address has no room in a 32-bit file"}
	}
	offset := start + s.Offset
	if s.Flags&SectionZeroFill != 0 {
		offset = 0
	}
	w.header(elf.Section32{Name: s.Name, Type: s.Type, Flags: uint32(flags), Addralign: uint32(s.Align)}, addr, offset, s.Size)
	return nil
}

// header adds a section header.
func (w *elfImage) header(h elf.Section32, addr, offset, size uint64) {
	w.put32(h.Name)
	w.put32(h.Type)
	w.putWord(uint64(h.Flags))
	w.putWord(addr)
	w.putWord(offset)
	w.putWord(size)
	w.put32(h.Link)
	w.put32(h.Info)
	w.putWord(uint64(h.Addralign))
	w.putWord(uint64(h.Entsize))
}

// fileHeader writes the file's header: the section headers are at `sections`, n of them behind the empty one are the file's, and the names of all behind these.
func (w *elfImage) fileHeader(sections uint64, n int) {
	var b bytes.Buffer
	var ident [elf.EI_NIDENT]byte
	copy(ident[:], elf.ELFMAG)
	ident[elf.EI_CLASS], ident[elf.EI_DATA], ident[elf.EI_VERSION] = byte(w.class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	machine, count := uint16(elfMachines[w.image.obj.arch]), uint16(n+3)
	if w.word == 8 {
		binary.Write(&b, binary.LittleEndian, elf.Header64{Ident: ident, Type: uint16(elf.ET_REL), Machine: machine, Version: uint32(elf.EV_CURRENT), Shoff: sections,
			Ehsize: 64, Shentsize: 64, Shnum: count, Shstrndx: uint16(n + 1)})
	} else {
		binary.Write(&b, binary.LittleEndian, elf.Header32{Ident: ident, Type: uint16(elf.ET_REL), Machine: machine, Version: uint32(elf.EV_CURRENT), Shoff: uint32(sections),
			Ehsize: 52, Shentsize: 40, Shnum: count, Shstrndx: uint16(n + 1)})
	}
	copy(w.out, b.Bytes())
}
