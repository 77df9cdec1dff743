package objimage

import "encoding/binary"

// Thumb code: the lowest bit of a function's address, and of the value of its symbol here, says that it is Thumb code. Assemblers write relocations against sections for symbols of
// the same file, and then Apple's linker finds out by the address which function is meant, so that it is done here: for branches, which depend on the instruction set that they lead to, and for
// addresses, which have the bit then, whether the assembler has stored it or not.

// functionAt returns the function at an address of the file; 0 if there is none.
func (r *machoReader) functionAt(addr uint64) uint32 {
	if r.functions == nil {
		r.functions = map[uint64]uint32{}
		for i := range r.d.symbols {
			if r.d.symbols[i].Type == TypeFunc {
				r.functions[r.fileAddress(uint32(i))&^1] = uint32(i)
			}
		}
	}
	return r.functions[addr]
}

// branchTarget returns the function that a branch to its section goes to; 0 if there is none.
func (r *machoReader) branchTarget(section int, m *machoReloc) uint32 {
	s := &r.d.sections[section]
	data := r.d.sectionData(r.o, section)
	if uint64(m.address)+4 > uint64(len(data)) {
		return 0
	}
	place, word := s.Addr+uint64(m.address), binary.LittleEndian.Uint32(data[m.address:])
	if m.typ == armBR24 {
		return r.functionAt(place + 8 + uint64(int32(word<<8)>>6))
	}
	high, low := word&0xffff, word>>16
	sign := high >> 10 & 1
	i1, i2 := ^(low>>13^sign)&1, ^(low>>11^sign)&1
	offset := int32((sign<<24|i1<<23|i2<<22|high&0x3ff<<12|low&0x7ff<<1)<<7) >> 7
	if isBLX := low&0x5000 == 0x4000; isBLX {
		place &^= 3
	}
	return r.functionAt(place + 4 + uint64(offset))
}

// thumbBit returns 1 if a relocation of an address against its section lacks the bit of a function in Thumb code. pair is the relocation behind it, if it has one.
func (r *machoReader) thumbBit(section int, m, pair *machoReloc) int64 {
	if r.o.arch != ArchARM || m.extern || m.pcrel {
		return 0
	}
	c, ok := r.stored(section, m, pair)
	target, bit := c&^1, c&1
	if m.scattered {
		if target, bit = m.symbol, (c^m.symbol)&1; pair != nil {
			bit ^= pair.symbol & 1
		}
	}
	y := r.functionAt(uint64(target))
	if !ok || bit != 0 || y == 0 || r.d.symbols[y].Value&1 == 0 {
		return 0
	}
	return 1
}

// stored returns what an address of 32 bits is before relocation: a word, or the immediate operand of MOVW or MOVT with the other half from the PAIR.
func (r *machoReader) stored(section int, m, pair *machoReloc) (c uint32, ok bool) {
	data := r.d.sectionData(r.o, section)
	if uint64(m.address)+4 > uint64(len(data)) {
		return 0, false
	}
	word := binary.LittleEndian.Uint32(data[m.address:])
	if m.typ != armHalf && m.typ != armHalfSectDiff {
		return word, m.length == 2
	}
	half := word>>4&0xf000 | word&0xfff
	if thumb := m.length&2 != 0; thumb {
		half = word&0xf<<12 | word>>10&1<<11 | word>>28&7<<8 | word>>16&0xff
	}
	if high := m.length&1 != 0; high {
		return half<<16 | pair.address&0xffff, true
	}
	return half | pair.address<<16, true
}
