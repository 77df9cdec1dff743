package objimage

import (
	"bytes"
	"encoding/binary"
)

// Unwind tables. Compilers write the distances of __eh_frame without relocations: they know that Apple's linker takes the table apart. Here they get the relocations that say the
// same, so that the table moves as any other section does.
//
// LSB, "Exception Frames"; DWARF 4, 6.4.

// Encodings of pointers in frames, as far as they are told apart here.
const (
	framePCRel   = 0x10 // and the size of an address
	frameSData4  = 0x0b
	frameSData8  = 0x0c
	frameFormat  = 0x0f
	frameRelMask = 0x70
	frameNone    = 0xff
)

// maxAugmentation is the longest augmentation string that makes sense: each letter may be there once.
const maxAugmentation = 16

// maxULEB is the longest number that makes sense: 64 bits, and padding.
const maxULEB = 16

// A framePointer is where a pointer is in a table.
type framePointer struct {
	off  uint64
	size int // bytes; 0 if there is none, or one that is not a distance
}

// A frameWalk goes through the records of a table.
type frameWalk struct {
	data []byte
	word int
}

// fdes calls found for each FDE: with the pointer to the function and the one to its table of handlers. It ends at what makes no sense.
func (w *frameWalk) fdes(found func(pc, lsda framePointer)) {
	for at := uint64(0); at+8 <= uint64(len(w.data)); {
		length := uint64(binary.LittleEndian.Uint32(w.data[at:]))
		if length < 4 || length > uint64(len(w.data))-at-4 { // a length of 64 bits, too
			return
		}
		end := at + 4 + length
		if back := uint64(binary.LittleEndian.Uint32(w.data[at+4:])); back != 0 && back <= at+4 {
			pc, lsda := w.fde(at+8, end, at+4-back)
			found(pc, lsda)
		}
		at = end
	}
}

// fde finds the pointers of an FDE, whose record goes on from off to end.
func (w *frameWalk) fde(off, end, cie uint64) (pc, lsda framePointer) {
	code, handlers, sized, ok := w.cie(cie)
	if !ok {
		return pc, lsda
	}
	size := uint64(w.size(code))
	if code == frameNone || off+2*size > end {
		return pc, lsda
	}
	if pc = (framePointer{off, int(size)}); code&frameRelMask != framePCRel {
		pc.size = 0
	}
	if !sized || handlers == frameNone {
		return pc, lsda
	}
	n, rest := uleb(w.data[off+2*size : end])
	at := end - uint64(len(rest))
	if size := w.size(handlers); handlers&frameRelMask == framePCRel && n >= uint64(size) && at+uint64(size) <= end {
		lsda = framePointer{at, size}
	}
	return pc, lsda
}

// cie returns the encodings of pointers to code and to handlers, and whether FDEs say how long their own augmentation is.
func (w *frameWalk) cie(at uint64) (code, handlers byte, sized, ok bool) {
	code, handlers = 0, frameNone
	if at+9 > uint64(len(w.data)) || binary.LittleEndian.Uint32(w.data[at+4:]) != 0 {
		return 0, 0, false, false
	}
	length := uint64(binary.LittleEndian.Uint32(w.data[at:]))
	if length > uint64(len(w.data))-at-4 || length < 5 {
		return 0, 0, false, false
	}
	b := w.data[at+8 : at+4+length]
	version := b[0]
	b = b[1:]
	n := bytes.IndexByte(b[:min(len(b), maxAugmentation)], 0)
	if n < 0 {
		return 0, 0, false, false
	}
	letters := b[:n]
	if n == 0 || letters[0] != 'z' {
		return code, handlers, false, n == 0
	}
	_, b = uleb(b[n+1:])
	_, b = uleb(b) // signed, and as long
	if version == 1 && len(b) > 0 {
		b = b[1:]
	} else {
		_, b = uleb(b)
	}
	_, b = uleb(b)
	for _, letter := range letters[1:] {
		if letter == 'S' || letter == 'B' {
			continue
		}
		if len(b) == 0 {
			return 0, 0, false, false
		}
		encoding := b[0]
		b = b[1:]
		switch letter {
		case 'R':
			code = encoding
		case 'L':
			handlers = encoding
		case 'P':
			b = b[min(len(b), w.size(encoding)):]
		default:
			return 0, 0, false, false
		}
	}
	return code, handlers, true, true
}

// size returns the bytes of a pointer.
func (w *frameWalk) size(encoding byte) int {
	switch encoding & frameFormat {
	case frameSData4, 0x03:
		return 4
	case frameSData8, 0x04:
		return 8
	case 0x02, 0x0a:
		return 2
	}
	return w.word
}

// uleb reads a number of DWARF and returns what is behind it.
// What goes on for longer than numbers of 64 bits is none, and the end: else a table whose functions share one such number would be read as often.
func uleb(b []byte) (n uint64, rest []byte) {
	for i, c := range b[:min(len(b), maxULEB)] {
		if n |= uint64(c&0x7f) << (7 * min(i, 9)); c < 0x80 {
			return n, b[i+1:]
		}
	}
	return 0, nil
}

// frameRelocs appends the relocations that an unwind table lacks, and returns which functions it has, by their addresses in the file. Those that it has begin with number first.
func (r *machoReader) frameRelocs(section, first int) (functions map[uint64]bool) {
	functions = map[uint64]bool{}
	s := &r.d.sections[section]
	has := relocsByOffset(r.d.relocs[first:])
	w := frameWalk{r.d.sectionData(r.o, section), r.word}
	w.fdes(func(pc, lsda framePointer) {
		for i, p := range []framePointer{pc, lsda} {
			if p.size != 4 && p.size != 8 {
				continue
			}
			place := s.Addr + p.off
			c := uint64(r.o.layout.sword(w.data[p.off:]))
			if p.size != r.word {
				c = uint64(int64(int32(binary.LittleEndian.Uint32(w.data[p.off:]))))
			}
			k, found := has[p.off]
			if found {
				c += r.fileValue(r.d.relocs[first+k:])
			}
			if i == 0 {
				functions[place+c] = true
			}
			if !found && (i == 0 || c != 0) {
				r.distance(section, p, place+c)
			}
		}
	})
	return functions
}

// relocsByOffset returns the first relocation of each place.
func relocsByOffset(relocs []Reloc) map[uint64]int {
	list := make(map[uint64]int, len(relocs))
	for i := range relocs {
		if _, ok := list[relocs[i].Offset]; !ok {
			list[relocs[i].Offset] = i
		}
	}
	return list
}

// fileValue returns what the relocations of a place, the first of the list, add to it if all is where the file has it.
func (r *machoReader) fileValue(list []Reloc) (v uint64) {
	for i := range list[:min(len(list), 2)] {
		one := &list[i]
		a := r.fileAddress(one.Sym) + uint64(one.Addend)
		if i == 0 && len(list) > 1 && list[1].Type&MachOPaired != 0 {
			v -= a
			continue
		}
		return v + a
	}
	return v
}

// fileAddress returns the address that a symbol has in the file.
func (r *machoReader) fileAddress(sym uint32) uint64 {
	if uint64(sym) >= uint64(len(r.d.symbols)) {
		return 0
	}
	y := &r.d.symbols[sym]
	if y.Place == PlaceAbsolute {
		return y.Value
	}
	return r.d.sections[y.Section].Addr + y.Value
}

// distance appends the relocations of a distance from its own place to what has an address in the file. It is the difference of two symbols of sections.
func (r *machoReader) distance(section int, p framePointer, target uint64) {
	sym, base := r.sectionAt(target)
	length := uint32(2)
	if p.size == 8 {
		length = 3
	}
	minus, plus := r.differenceTypes(length)
	r.d.relocs = append(r.d.relocs,
		Reloc{Offset: p.off, Type: minus, Sym: r.own[section], Addend: -int64(r.d.sections[section].Addr)},
		Reloc{Offset: p.off, Type: plus, Sym: sym, Addend: -int64(base)})
}

// differenceTypes returns the relocation types of a difference: of what is subtracted, and of that from which it is.
func (r *machoReader) differenceTypes(length uint32) (minus, plus uint32) {
	switch r.o.arch {
	case ArchX86_64:
		return x86_64Subtractor | length*MachOLength, length*MachOLength | MachOPaired
	case ArchAArch64:
		return arm64Subtractor | length*MachOLength, length*MachOLength | MachOPaired
	}
	return genericPair, genericSectDiff | length*MachOLength | MachOPaired
}
