package objimage

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// Meanings of the halves of st_info.
var (
	elfBindings = [16]Binding{
		elf.STB_LOCAL: BindLocal, elf.STB_GLOBAL: BindGlobal, elf.STB_WEAK: BindWeak, 3: bindUnknown, 4: bindUnknown, 5: bindUnknown,
		6: bindUnknown, 7: bindUnknown, 8: bindUnknown, 9: bindUnknown, elf.STB_LOOS: BindUnique, 11: bindUnknown, 12: bindUnknown,
		13: bindUnknown, 14: bindUnknown, 15: bindUnknown,
	}
	elfSymbolTypes = [16]SymbolType{
		elf.STT_NOTYPE: TypeNone, elf.STT_OBJECT: TypeObject, elf.STT_FUNC: TypeFunc, elf.STT_SECTION: TypeSection, elf.STT_FILE: TypeFile,
		elf.STT_COMMON: TypeCommon, elf.STT_TLS: TypeTLS, 7: TypeOther, 8: TypeOther, 9: TypeOther, elf.STT_GNU_IFUNC: TypeIFunc,
		11: TypeOther, 12: TypeOther, 13: TypeOther, 14: TypeOther, 15: TypeOther,
	}
)

// Reserved section numbers of architectures, in symbols.
const (
	shnX86LargeCommon     = 0xff02 // x86-64 psABI: .lbss
	shnMipsSmallCommon    = 0xff03 // Mips: a common within reach of $gp
	shnMipsSmallUndefined = 0xff04
)

// Symbols decodes symbols into dst, beginning with number from, and returns how many it decoded: len(dst), or less at the end of the table.
// Each is checked: its name is in the string table, its section exists, its binding is a known one that agrees with FirstGlobal. The first
// that fails ends the call with a *FormatError; those before it are decoded.
func (o *Object) Symbols(from int, dst []Symbol) (n int, err error) {
	if from >= o.numSymbols {
		return 0, nil
	}
	if o.decoded != nil {
		return copy(dst, o.decoded.symbols[from:]), nil
	}
	dst = dst[:min(len(dst), o.numSymbols-from)]
	if o.layout == &elf64le {
		n, err = o.symbols64le(from, dst)
	} else {
		n, err = o.symbolsOther(from, dst)
	}
	if o.isMips() {
		for i := range dst[:n] {
			dst[i].setCompressed()
		}
	}
	return n, err
}

// symbols64le decodes the symbols that are undefined or in a section, without fault. It leaves all others to symbol.
func (o *Object) symbols64le(from int, dst []Symbol) (int, error) {
	le := binary.LittleEndian
	src := o.syms[from*24:]
	names := offsets(o.strs)
	sections := uint32(min(o.numSections, int(shnLoReserve)))
	locals := o.firstGlobal - from // in dst
	for k := range dst {
		e := (*[24]byte)(src[k*24:])
		name, section := le.Uint32(e[0:]), uint32(le.Uint16(e[6:]))
		info, other := e[4], e[5]
		bind := elfBindings[info>>4]
		s := &dst[k]
		if name >= names || section >= sections || bind == bindUnknown || (bind == BindLocal) != (k < locals) {
			var err error
			if *s, err = o.symbol(from + k); err != nil {
				return k, err
			}
			continue
		}
		s.Value = le.Uint64(e[8:])
		s.Size = le.Uint64(e[16:])
		s.set(name, section, bind, info, other)
	}
	return len(dst), nil
}

// symbolsOther is symbols64le for the other layouts.
func (o *Object) symbolsOther(from int, dst []Symbol) (int, error) {
	l := o.layout
	big, wide := l.big, l.word == 8
	src := o.syms[from*l.symSize:]
	names := offsets(o.strs)
	sections := uint32(min(o.numSections, int(shnLoReserve)))
	locals := o.firstGlobal - from // in dst
	for k := range dst {
		e := src[k*l.symSize:][:l.symSize]
		name, section := word32(e, big), uint32(l.u16(e[l.stShndx:]))
		info, other := e[l.stInfo], e[l.stOther]
		bind := elfBindings[info>>4]
		s := &dst[k]
		if name >= names || section >= sections || bind == bindUnknown || (bind == BindLocal) != (k < locals) {
			var err error
			if *s, err = o.symbol(from + k); err != nil {
				return k, err
			}
			continue
		}
		if wide {
			s.Value, s.Size = word64(e[8:], big), word64(e[16:], big)
		} else {
			s.Value, s.Size = uint64(word32(e[4:], big)), uint64(word32(e[8:], big))
		}
		s.set(name, section, bind, info, other)
	}
	return len(dst), nil
}

// set decodes what the usual layouts have in common.
func (s *Symbol) set(name, section uint32, bind Binding, info, other byte) {
	s.Name = name
	s.Section = section
	s.Place = PlaceUndefined
	if section != 0 {
		s.Place = PlaceSection
	}
	s.Binding = bind
	s.Type = elfSymbolTypes[info&15]
	s.Visibility = Visibility(other & 3)
	s.Other = other
}

// symbol decodes and checks symbol i of any layout.
func (o *Object) symbol(i int) (Symbol, error) {
	l := o.layout
	b := o.syms[i*l.symSize : (i+1)*l.symSize]
	info, other := b[l.stInfo], b[l.stOther]
	s := Symbol{
		Value: l.uword(b[l.stValue:]), Size: l.uword(b[l.stSize:]), Name: l.u32(b),
		Binding: elfBindings[info>>4], Type: elfSymbolTypes[info&15], Visibility: Visibility(other & 3), Other: other,
	}
	if uint64(s.Name) >= uint64(len(o.strs)) {
		return s, o.symbolError(i, &s, "name at %#x is outside the string table of %#x bytes", s.Name, len(o.strs))
	}
	if s.Binding == bindUnknown {
		return s, o.symbolError(i, &s, "binding %d is unknown", info>>4)
	}
	if s.Binding == BindLocal != (i < o.firstGlobal) {
		return s, o.symbolError(i, &s, "%v symbol, but symbols from %d on are those that are not local", elf.SymBind(info>>4), o.firstGlobal)
	}
	return s, o.setPlace(&s, i, l.u16(b[l.stShndx:]))
}

// setPlace decodes st_shndx, whose values from SHN_LORESERVE on have meanings of their own (gABI, "Special Section Indexes").
func (o *Object) setPlace(s *Symbol, i int, shndx uint16) error {
	switch {
	case shndx < shnLoReserve:
		return o.setSection(s, i, uint32(shndx))
	case shndx == shnXIndex:
		if o.shndx == nil {
			return o.symbolError(i, s, "section number is in a SHT_SYMTAB_SHNDX section, which is missing")
		}
		return o.setSection(s, i, o.layout.u32(o.shndx[4*i:]))
	case shndx == uint16(elf.SHN_ABS):
		s.Place = PlaceAbsolute
		return nil
	case shndx == uint16(elf.SHN_COMMON), shndx == shnX86LargeCommon && o.arch == ArchX86_64, shndx == shnMipsSmallCommon && o.isMips():
		s.Place = PlaceCommon
		s.Value = max(s.Value, 1)
		if s.Value&(s.Value-1) != 0 {
			return o.symbolError(i, s, "alignment %d of a common symbol is not a power of two", s.Value)
		}
		return nil
	case shndx == shnMipsSmallUndefined && o.isMips():
		return nil
	}
	return o.symbolError(i, s, "section number %#x is reserved", shndx)
}

func (o *Object) setSection(s *Symbol, i int, section uint32) error {
	if uint64(section) >= uint64(max(o.numSections, 1)) {
		return o.symbolError(i, s, "is in section %d of %d", section, o.numSections)
	}
	if section != 0 {
		s.Place, s.Section = PlaceSection, section
		if o.isMips() {
			s.setCompressed()
		}
	}
	return nil
}

// Other has this for code of MIPS that is not of 32-bit instructions: STO_MICROMIPS in STO_MIPS_ISA, and STO_MIPS16 ("MIPS ABIs" as GNU tools and LLVM have them).
const (
	otherISA       = 0xc0
	otherMicroMIPS = 0x80
	otherMIPS16    = 0xf0
)

// IsMIPSCompressed says whether st_other of a symbol of MIPS says that it is in microMIPS or MIPS16 code. The lowest bit of such a symbol's Value is set here, as in addresses by which such code is jumped to; in the file it mostly is not.
func IsMIPSCompressed(other uint8) bool {
	return other&otherISA == otherMicroMIPS || IsMIPS16(other)
}

// IsMIPS16 says whether st_other of a symbol of MIPS says that it is in MIPS16 code.
func IsMIPS16(other uint8) bool { return other&otherMIPS16 == otherMIPS16 }

// setCompressed sets the bit of addresses that says that code is microMIPS or MIPS16.
func (s *Symbol) setCompressed() {
	if s.Place == PlaceSection && IsMIPSCompressed(s.Other) {
		s.Value |= 1
	}
}

func (o *Object) isMips() bool { return o.machine == uint32(elf.EM_MIPS) }

// SymbolName returns the name of a symbol that Symbols decoded, without its NUL. The bytes are the buffer's. A section's symbol mostly has
// none, and stands for the section's name.
func (o *Object) SymbolName(s *Symbol) []byte { return cstring(o.strs[s.Name:]) }

// GlobalName returns the name by which other objects refer to a symbol: SymbolName, but for what an object of ELF defines as name@@version (.symver), the default
// version of the name, to which linkers bind references without a version.
func (o *Object) GlobalName(s *Symbol) []byte {
	name := o.SymbolName(s)
	if s.Place != PlaceUndefined && o.Format() == ELF {
		if at := bytes.IndexByte(name, '@'); at > 0 && at+1 < len(name) && name[at+1] == '@' {
			return name[:at]
		}
	}
	return name
}

// symbolError makes an error about symbol i.
func (o *Object) symbolError(i int, s *Symbol, format string, args ...any) error {
	e := o.sectionError(int(o.symtab), "symbol %d", i)
	if uint64(s.Name) < uint64(len(o.strs)) {
		e.Msg += fmt.Sprintf(" %q", o.SymbolName(s))
	}
	e.Msg += ": " + fmt.Sprintf(format, args...)
	var h shdr
	o.shdr(&h, int(o.symtab))
	e.Offset = h.off + uint64(i*o.layout.symSize)
	return e
}
