package objimage

import (
	"encoding/binary"
	"slices"
)

// Compact unwind: Apple's table has one word for each function, which says where it saves what, instead of instructions in DWARF; on AArch64 compilers write nothing else
// for most functions. There is one path to the unwinders of processes, __eh_frame, so functions that have no record there get one, made of that word.
//
// <mach-o/compact_unwind_encoding.h>; an entry of __LD,__compact_unwind is the function, its length, the word, its personality and its table of handlers.

// A compactEntry is an entry. Addresses are those of the file; that of a function is 0 if nothing says it.
type compactEntry struct {
	function    uint64
	size, word  uint32
	personality uint32 // symbol; 0 if there is none
	lsda        uint64
	hasLSDA     bool
}

func (r *machoReader) compactSize() uint64 { return uint64(8 + 3*r.word) }

// sectionNamed returns the number of a section; 0 if there is none.
func (r *machoReader) sectionNamed(segment, name string) int {
	for i := 1; i < len(r.sections); i++ {
		if m := &r.sections[i]; m.segment == segment && m.name == name {
			return i
		}
	}
	return 0
}

// compactEntries reads the table, whose relocations begin with number first and end before number end.
func (r *machoReader) compactEntries(section, first, end int) ([]compactEntry, error) {
	data, size, w := r.d.sectionData(r.o, section), r.compactSize(), uint64(r.word)
	relocs := r.d.relocs[first:end]
	at := relocsByOffset(relocs)
	var list []compactEntry
	for off := uint64(0); off+size <= uint64(len(data)); off += size {
		value := func(off uint64) (v uint64, k int, ok bool) {
			if k, ok = at[off]; ok {
				v = r.fileValue(relocs[k:])
			}
			return v + r.o.layout.uword(data[off:]), k, ok
		}
		var e compactEntry
		e.function, _, _ = value(off)
		e.size, e.word = binary.LittleEndian.Uint32(data[off+w:]), binary.LittleEndian.Uint32(data[off+w+4:])
		personality, k, ok := value(off + w + 8)
		if ok {
			if e.personality = r.symbolAt(relocs[k].Sym, personality); e.personality == 0 {
				return nil, r.sectionError(section, "personality of the entry at %#x has no symbol", off)
			}
		}
		e.lsda, _, e.hasLSDA = value(off + 2*w + 8)
		list = append(list, e)
	}
	return list, nil
}

// symbolAt returns the symbol itself, if it is not that of a section, and else one at that address of the file.
func (r *machoReader) symbolAt(sym uint32, addr uint64) uint32 {
	if uint64(sym) >= uint64(len(r.d.symbols)) || r.d.symbols[sym].Type != TypeSection {
		return sym
	}
	if r.byAddress == nil {
		r.byAddress = map[uint64]uint32{}
		for i := range r.d.symbols {
			if y := &r.d.symbols[i]; y.Place == PlaceSection && y.Type != TypeSection {
				r.byAddress[r.fileAddress(uint32(i))] = uint32(i)
			}
		}
	}
	return r.byAddress[addr]
}

// addFrames makes records of those functions that the unwind table does not have, and puts them behind it. The table's relocations are the last ones.
func (r *machoReader) addFrames(section int, entries []compactEntry, functions map[uint64]bool) {
	b := frameBuilder{r: r, section: section, data: slices.Clone(trimFrames(r.d.sectionData(r.o, section))), cies: map[uint32]uint64{}}
	before := len(b.data)
	for i := range entries {
		e := &entries[i]
		if ops, ok := r.unwindOps(e); ok && !functions[e.function] {
			b.fde(e, ops)
		}
	}
	if len(b.data) > before {
		s := &r.d.sections[section]
		s.Offset, s.Size = r.make(b.data), uint64(len(b.data))
	}
}

// trimFrames leaves out the zero word that ends a table, and what is broken.
func trimFrames(table []byte) []byte {
	at := 0
	for at+4 <= len(table) {
		n := uint64(binary.LittleEndian.Uint32(table[at:]))
		if n == 0 || n > uint64(len(table)-at-4) {
			break
		}
		at += 4 + int(n)
	}
	return table[:at]
}

// A frameBuilder appends records to a table.
type frameBuilder struct {
	r       *machoReader
	section int
	data    []byte
	cies    map[uint32]uint64 // by personality
}

// record begins a record, and end ends it.
func (b *frameBuilder) record(id uint32) int {
	at := len(b.data)
	b.data = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b.data, 0), id)
	return at
}

func (b *frameBuilder) end(at int) {
	for len(b.data)%8 != 0 {
		b.data = append(b.data, 0) // DW_CFA_nop
	}
	binary.LittleEndian.PutUint32(b.data[at:], uint32(len(b.data)-at-4))
}

// Instructions of DWARF 4, 6.4.2.
const (
	cfaDefCFA       = 0x0c
	cfaOffset       = 0x80 // and the register
	cfaDefCFAOffset = 0x0e
)

// cie returns where the CIE of a personality is, 0 being none.
func (b *frameBuilder) cie(personality uint32) uint64 {
	if at, ok := b.cies[personality]; ok {
		return at
	}
	at := b.record(0)
	b.cies[personality] = uint64(at)
	b.data = append(b.data, 1, 'z')
	if personality != 0 {
		b.data = append(b.data, "PL"...)
	}
	b.data = append(b.data, 'R', 0, 1, 0x78) // code alignment 1, data alignment -8
	x86 := b.r.o.arch == ArchX86_64
	b.data = append(b.data, b.returnRegister())
	if personality != 0 {
		b.data = append(b.data, 7, 0x80|framePCRel|frameSData4)
		b.r.d.relocs = append(b.r.d.relocs, Reloc{Offset: uint64(len(b.data)), Type: b.gotType(), Sym: personality})
		b.data = append(b.data, 0, 0, 0, 0, framePCRel, framePCRel)
	} else {
		b.data = append(b.data, 1, framePCRel)
	}
	if x86 {
		b.data = append(b.data, cfaDefCFA, 7, 8, cfaOffset|16, 1)
	} else {
		b.data = append(b.data, cfaDefCFA, 31, 0)
	}
	b.end(at)
	return uint64(at)
}

func (b *frameBuilder) returnRegister() byte {
	if b.r.o.arch == ArchX86_64 {
		return 16
	}
	return 30
}

// gotType returns the relocation type of the distance from a word to the GOT entry of a symbol.
func (b *frameBuilder) gotType() uint32 {
	if b.r.o.arch == ArchX86_64 {
		return 4 | 2*MachOLength | MachOPCRel // X86_64_RELOC_GOT
	}
	return 7 | 2*MachOLength | MachOPCRel // ARM64_RELOC_POINTER_TO_GOT
}

// fde appends the record of a function.
func (b *frameBuilder) fde(e *compactEntry, ops []byte) {
	cie := b.cie(e.personality)
	at := b.record(uint32(uint64(len(b.data)) + 4 - cie))
	b.distance(e.function)
	b.data = binary.LittleEndian.AppendUint64(b.data, uint64(e.size))
	switch {
	case e.personality == 0:
		b.data = append(b.data, 0)
	case e.hasLSDA:
		b.data = append(b.data, 8)
		b.distance(e.lsda)
	default:
		b.data = append(b.data, 8, 0, 0, 0, 0, 0, 0, 0, 0)
	}
	b.data = append(b.data, ops...)
	b.end(at)
}

// distance appends the distance to what has an address in the file.
func (b *frameBuilder) distance(target uint64) {
	r, off := b.r, uint64(len(b.data))
	place := r.d.sections[b.section].Addr + off
	r.distance(b.section, framePointer{off, 8}, target)
	b.data = binary.LittleEndian.AppendUint64(b.data, target-place)
}

// unwindOps returns the instructions that say what a word of compact unwind does; false for a function that has its record elsewhere, or nothing to say.
func (r *machoReader) unwindOps(e *compactEntry) (ops []byte, ok bool) {
	const hasNoFrame = 0
	mode := e.word >> 24 & 15
	switch {
	case mode == hasNoFrame:
		return nil, false
	case r.o.arch == ArchX86_64:
		return r.unwindX86_64(e, mode)
	case r.o.arch == ArchAArch64:
		return unwindAArch64(e.word, mode)
	}
	return nil, false
}

// appendULEB appends a number of DWARF.
func appendULEB(b []byte, n uint64) []byte {
	for n >= 0x80 {
		b, n = append(b, byte(n)|0x80), n>>7
	}
	return append(b, byte(n))
}

// saved appends that a register is saved so many words below the CFA.
func saved(ops []byte, register byte, words uint64) []byte {
	const cfaOffsetExtended = 0x05
	if register < 64 {
		return appendULEB(append(ops, cfaOffset|register), words)
	}
	return appendULEB(appendULEB(append(ops, cfaOffsetExtended), uint64(register)), words)
}

// x86_64Saved are DWARF's numbers of the registers of compact unwind: rbx, r12 to r15, rbp.
var x86_64Saved = [8]byte{1: 3, 12, 13, 14, 15, 6}

// unwindX86_64 knows frames with and without rbp.
func (r *machoReader) unwindX86_64(e *compactEntry, mode uint32) (ops []byte, ok bool) {
	const withRBP, immediate, indirect = 1, 2, 3
	word := e.word
	switch mode {
	case withRBP:
		ops = append(ops, cfaDefCFA, 6, 16)
		ops = saved(ops, 6, 2)
		for i := range uint32(5) {
			if reg := x86_64Saved[word>>(3*i)&7]; reg != 0 {
				ops = saved(ops, reg, uint64(word>>16&0xff)+2-uint64(i))
			}
		}
		return ops, true
	case immediate, indirect:
		words := uint64(word >> 16 & 0xff)
		if mode == indirect {
			n, found := r.stackSize(e.function + words)
			if !found {
				return nil, false
			}
			words = uint64(n)/8 + uint64(word>>13&7)
		}
		ops = appendULEB(append(ops, cfaDefCFAOffset), 8*words)
		list := savedOrder(word&0x3ff, int(word>>10&7))
		for i, reg := range list {
			ops = saved(ops, x86_64Saved[reg], uint64(1+len(list)-i))
		}
		return ops, true
	}
	return nil, false
}

// stackSize reads the immediate operand of the instruction that makes a large frame, at an address of the file.
func (r *machoReader) stackSize(addr uint64) (size uint32, ok bool) {
	for i := 1; i < len(r.sections); i++ {
		s := &r.d.sections[i]
		if off := addr - s.Addr; addr >= s.Addr && off < s.Size && s.Size-off >= 4 && s.Flags&SectionZeroFill == 0 {
			return binary.LittleEndian.Uint32(r.data[s.Offset+off:]), true
		}
	}
	return 0, false
}

// savedOrder decodes which registers are saved, in which order: a number in a mixed base, of positions among those that are left.
func savedOrder(permutation uint32, num int) []byte {
	if num > 6 {
		return nil
	}
	left := []byte{1, 2, 3, 4, 5, 6}
	var list []byte
	for i := range num {
		base := uint32(1)
		for k := range num - i - 1 {
			base *= uint32(6 - i - 1 - k)
		}
		n := permutation / base
		permutation %= base
		if int(n) >= len(left) {
			return nil
		}
		list = append(list, left[n])
		left = slices.Delete(left, int(n), int(n)+1)
	}
	return list
}

// unwindAArch64 knows frames with fp and without: registers are saved in pairs, in the order of their bits.
func unwindAArch64(word, mode uint32) (ops []byte, ok bool) {
	const frameless, withFrame = 2, 4
	below := uint64(1) // words, of the next register
	switch mode {
	case frameless:
		ops = appendULEB(append(ops, cfaDefCFAOffset), uint64(word>>12&0xfff)*16)
	case withFrame:
		ops = append(ops, cfaDefCFA, 29, 16)
		ops = saved(ops, 29, 2)
		ops = saved(ops, 30, 1)
		below = 3
	default:
		return nil, false
	}
	for i, reg := range []byte{19, 21, 23, 25, 27, 0, 0, 0, 72, 74, 76, 78} { // x19 on, d8 on
		if word>>i&1 != 0 && reg != 0 {
			ops = saved(saved(ops, reg, below), reg+1, below+1)
			below += 2
		}
	}
	return ops, true
}
