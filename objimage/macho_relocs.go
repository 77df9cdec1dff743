package objimage

// Relocation types of Mach-O in Reloc.Type: r_type, plus r_length times MachOLength, and these bits.
const (
	MachOLength = 1 << 4 // times r_length: the field has 1<<r_length bytes; of ARM_RELOC_HALF it says which half of what instruction
	MachOPCRel  = 1 << 6 // r_pcrel: the value is a distance from the place
	MachOPaired = 1 << 7 // the value is a difference: what is subtracted is the value of the relocation before

	// In the descriptor of a thread-local variable: where it is in its module's block, and which module that is. The file has no relocation for the second.
	MachOThreadOffset = 1 << 8
	MachOThreadModule = 1<<8 | 1
)

// Relocation types that pair, or prefix, others.
const (
	x86_64Subtractor = 5
	arm64Subtractor  = 1
	arm64Addend      = 10

	genericPair       = 1 // of i386 and ARM
	genericSectDiff   = 2
	i386LocalSectDiff = 4
	armLocalSectDiff  = 3
	armBR24           = 5
	armBR22           = 6
	armHalf           = 8
	armHalfSectDiff   = 9
	machoScattered    = 1 << 31
	machoRelocSize    = 8
)

// A machoReloc is a relocation of the file.
type machoReloc struct {
	address     uint32
	symbol      uint32 // r_symbolnum; of a scattered one r_value, an address
	typ, length uint32
	pcrel       bool
	extern      bool
	scattered   bool
}

func (r *machoReader) reloc(at uint64) machoReloc {
	a, b := r.u32(at), r.u32(at+4)
	if a&machoScattered != 0 && r.word == 4 {
		return machoReloc{address: a & 0xffffff, symbol: b, typ: a >> 24 & 15, length: a >> 28 & 3, pcrel: a>>30&1 != 0, scattered: true}
	}
	return machoReloc{address: a, symbol: b & 0xffffff, typ: b >> 28, length: b >> 25 & 3, pcrel: b>>24&1 != 0, extern: b>>27&1 != 0}
}

func (m *machoReloc) number() uint32 {
	n := m.typ | m.length*MachOLength
	if m.pcrel {
		n |= MachOPCRel
	}
	return n
}

// readRelocs decodes the relocations of all sections.
func (r *machoReader) readRelocs() error {
	total := uint64(0)
	for i := 1; i < r.fileSections; i++ {
		m := &r.sections[i]
		if !r.o.inFile(uint64(m.reloff), uint64(m.nreloc)*machoRelocSize) {
			return r.sectionError(i, "%d relocations at %#x are outside the file of %#x bytes", m.nreloc, m.reloff, len(r.data))
		}
		total += uint64(m.nreloc)
	}
	if total*machoRelocSize > uint64(len(r.data)) { // tables upon each other: few bytes of file must not become many of memory
		return r.o.errorf(0, "%d relocations do not fit in the file of %#x bytes", total, len(r.data))
	}
	r.d.relocs = make([]Reloc, 0, total)
	var compact []compactEntry
	for i := 1; i < r.fileSections; i++ {
		if i == r.frames {
			continue // comes last
		}
		first := len(r.d.relocs)
		if err := r.sectionRelocs(i); err != nil {
			return err
		}
		if i == r.compact {
			var err error
			if compact, err = r.compactEntries(i, first, len(r.d.relocs)); err != nil {
				return err
			}
		}
		if err := r.indirectRelocs(i, first); err != nil {
			return err
		}
		r.addSectionRelocs(i, first)
	}
	if r.frames != 0 {
		first := len(r.d.relocs)
		if err := r.sectionRelocs(r.frames); err != nil {
			return err
		}
		r.addFrames(r.frames, compact, r.frameRelocs(r.frames, first))
		r.d.addRelocs(r.frames, first)
	}
	r.o.numSections = len(r.d.sections)
	return nil
}

// sectionRelocs decodes the relocations of one section.
func (r *machoReader) sectionRelocs(i int) error {
	m := &r.sections[i]
	at, end := uint64(m.reloff), uint64(m.reloff)+uint64(m.nreloc)*machoRelocSize
	for at < end {
		one := r.reloc(at)
		var next *machoReloc
		if at += machoRelocSize; at < end {
			n := r.reloc(at)
			next = &n
		}
		used, err := r.translate(i, &one, next)
		if err != nil {
			return err
		}
		if used {
			at += machoRelocSize
		}
	}
	return nil
}

// translate appends what a relocation is here. used says that the one behind it in the file belongs to it.
func (r *machoReader) translate(section int, m, next *machoReloc) (used bool, err error) {
	switch {
	case r.isSubtractor(m):
		if next == nil || next.typ != 0 || next.address != m.address || next.length != m.length {
			return false, r.sectionError(section, "relocation at %#x subtracts, and none of the same place (UNSIGNED) is behind it", m.address)
		}
		r.ambiguous = r.ambiguous || !m.extern && r.isSplit(m.symbol) || !next.extern && r.isSplit(next.symbol)
		r.d.relocs = append(r.d.relocs, r.minus(section, m, m.number()))
		return true, r.plus(section, next, MachOPaired)
	case r.o.arch == ArchAArch64 && m.typ == arm64Addend:
		if next == nil || next.address != m.address {
			return false, r.sectionError(section, "relocation at %#x is an addend, and none of the same place is behind it", m.address)
		}
		if err := r.plus(section, next, 0); err != nil {
			return false, err
		}
		r.d.relocs[len(r.d.relocs)-1].Addend += int64(int32(m.symbol<<8) >> 8)
		return true, nil
	case r.isPaired(m):
		return true, r.paired(section, m, next)
	}
	if err := r.plus(section, m, 0); err != nil {
		return false, err
	}
	r.d.relocs[len(r.d.relocs)-1].Addend += r.thumbBit(section, m, nil)
	return false, nil
}

func (r *machoReader) isSubtractor(m *machoReloc) bool {
	return r.o.arch == ArchX86_64 && m.typ == x86_64Subtractor || r.o.arch == ArchAArch64 && m.typ == arm64Subtractor
}

// isPaired knows the relocations of i386 and ARM that have a PAIR behind them.
func (r *machoReader) isPaired(m *machoReloc) bool {
	switch r.o.arch {
	case ArchI386:
		return m.typ == genericSectDiff || m.typ == i386LocalSectDiff
	case ArchARM:
		return m.typ == genericSectDiff || m.typ == armLocalSectDiff || m.typ == armHalf || m.typ == armHalfSectDiff
	}
	return false
}

// paired translates a relocation that has a PAIR behind it, which says what is subtracted, and of a half of an address what the other half is.
func (r *machoReader) paired(section int, m, pair *machoReloc) error {
	if pair == nil || pair.typ != genericPair {
		return r.sectionError(section, "relocation at %#x of type %d has no PAIR behind it", m.address, m.typ)
	}
	half := r.o.arch == ArchARM && (m.typ == armHalf || m.typ == armHalfSectDiff)
	flag := uint32(0)
	if m.typ != armHalf || r.o.arch != ArchARM {
		flag = MachOPaired
		r.d.relocs = append(r.d.relocs, r.minus(section, pair, genericPair))
		r.d.relocs[len(r.d.relocs)-1].Offset = uint64(m.address)
	}
	if err := r.plus(section, m, flag); err != nil {
		return err
	}
	if half {
		other := int64(pair.address & 0xffff)
		if m.length&1 == 0 { // m has the low half
			other = int64(int32(other << 16))
		}
		r.d.relocs[len(r.d.relocs)-1].Addend += other
	}
	r.d.relocs[len(r.d.relocs)-1].Addend += r.thumbBit(section, m, pair)
	return nil
}

// minus translates what is subtracted by the relocation behind it.
func (r *machoReader) minus(section int, m *machoReloc, typ uint32) Reloc {
	sym, base := r.target(section, m)
	return Reloc{Offset: uint64(m.address), Type: typ, Sym: sym, Addend: -int64(base)}
}

// plus translates a relocation.
func (r *machoReader) plus(section int, m *machoReloc, flag uint32) error {
	sym, base := r.target(section, m)
	if !m.extern && r.needsSymbol(m.typ) {
		return r.sectionError(section, "relocation at %#x of type %d has no symbol", m.address, m.typ)
	}
	if r.o.arch == ArchARM && !m.extern && (m.typ == armBR24 || m.typ == armBR22) {
		if y := r.branchTarget(section, m); y != 0 {
			sym, base = y, r.fileAddress(y)&^1
		}
	}
	one := Reloc{Offset: uint64(m.address), Type: m.number() | flag, Sym: sym, Addend: -int64(base)}
	if place := int64(r.d.sections[section].Addr) + int64(m.address); m.pcrel {
		switch {
		case !m.extern || r.word == 4:
			one.Addend += place
		case r.o.arch == ArchX86_64:
			one.Addend -= 1 << m.length
		}
	}
	if m.typ == 0 && r.sections[section].threads && r.isThread(sym) {
		word := int64(r.word)
		r.d.relocs = append(r.d.relocs, Reloc{Offset: uint64(int64(one.Offset) - word), Type: MachOThreadModule, Sym: sym, Addend: one.Addend})
		one.Type = MachOThreadOffset
	}
	r.d.relocs = append(r.d.relocs, one)
	return nil
}

// isThread says whether a symbol is that of the initial value of a thread-local variable.
func (r *machoReader) isThread(sym uint32) bool {
	if uint64(sym) >= uint64(len(r.d.symbols)) {
		return false
	}
	y := &r.d.symbols[sym]
	return y.Place == PlaceSection && r.d.sections[y.Section].Flags&SectionTLS != 0
}

// needsSymbol knows the types that mean a GOT entry, which has to be a symbol's.
func (r *machoReader) needsSymbol(typ uint32) bool {
	switch r.o.arch {
	case ArchX86_64:
		return typ == 3 || typ == 4 || typ == 9
	case ArchAArch64:
		return typ >= 5 && typ <= 9
	}
	return false
}

// target returns the symbol of a relocation, and the address from which what is stored counts: that of the section, if there is no other symbol.
func (r *machoReader) target(section int, m *machoReloc) (sym uint32, base uint64) {
	switch {
	case m.extern:
		if m.symbol < uint32(len(r.numbers)) {
			return r.numbers[m.symbol], 0
		}
		return noSymbol, 0
	case m.scattered:
		return r.sectionAt(uint64(m.symbol))
	case m.symbol == 0: // R_ABS
		return 0, 0
	case r.isSplit(m.symbol):
		k := r.meant(section, m)
		return r.own[k], r.d.sections[k].Addr
	case m.symbol < uint32(r.fileSections):
		return r.own[m.symbol], r.d.sections[m.symbol].Addr
	}
	return noSymbol, 0
}

// sectionAt returns the symbol and the address of the section that an address is in, or at whose end it is.
func (r *machoReader) sectionAt(addr uint64) (sym uint32, base uint64) {
	sym = noSymbol
	for i := 1; i < r.fileSections; i++ {
		s, size := &r.d.sections[i], r.sections[i].size
		if off := addr - s.Addr; addr >= s.Addr && off <= size {
			k := r.pieceAt(uint32(i), addr)
			if sym, base = r.own[k], r.d.sections[k].Addr; off < size {
				break
			}
		}
	}
	return sym, base
}
