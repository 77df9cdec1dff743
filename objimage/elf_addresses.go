package objimage

// Address returns where a symbol is, given where each section begins: its value if it is absolute, and 0 if it is in no section. starts has an element for each section of
// the symbol's object.
func (s *Symbol) Address(starts []uint64) uint64 {
	switch s.Place {
	case PlaceSection:
		return starts[s.Section] + s.Value
	case PlaceAbsolute:
		return s.Value
	}
	return 0
}

// Addresses is Address for the object's first symbols, as many as there are and dst takes, of which nothing else is decoded: linkers ask for those of all local symbols
// whenever they relocate. starts has an element for each section. Errors are those of Symbols, about a symbol's section.
func (o *Object) Addresses(starts, dst []uint64) error {
	dst = dst[:min(len(dst), o.numSymbols)]
	if o.decoded != nil {
		for i := range dst {
			dst[i] = o.decoded.symbols[i].Address(starts)
		}
		return nil
	}
	l, sections := o.layout, uint(min(len(starts), int(shnLoReserve)))
	mips := o.isMips()
	for i := range dst {
		e := o.syms[i*l.symSize:][:l.symSize]
		if section := uint(l.u16(e[l.stShndx:])); section > 0 && section < sections {
			dst[i] = starts[section] + l.uword(e[l.stValue:])
			if mips && IsMIPSCompressed(e[l.stOther]) {
				dst[i] |= 1
			}
			continue
		}
		s, err := o.symbol(i)
		if err != nil {
			return err
		}
		dst[i] = s.Address(starts)
	}
	return nil
}
