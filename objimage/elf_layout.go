package objimage

import "encoding/binary"

// A layout says where fields are in one of the four kinds of ELF: two classes, two byte orders. Headers and relocations have the same fields in
// the same order in both classes and differ in the size of a word, so that one formula places each field; only symbols were shuffled.
//
// The 64-bit little-endian kind is nearly all there is today: decoders have a loop with constant offsets for it, which leaves whatever is
// unusual to the general decoder.
type layout struct {
	order binary.ByteOrder
	big   bool
	word  int // bytes of an address: 4 or 8

	symSize, stValue, stSize, stInfo, stOther, stShndx int
}

var (
	elf64le = layout{order: binary.LittleEndian, word: 8, symSize: 24, stInfo: 4, stOther: 5, stShndx: 6, stValue: 8, stSize: 16}
	elf64be = layout{order: binary.BigEndian, big: true, word: 8, symSize: 24, stInfo: 4, stOther: 5, stShndx: 6, stValue: 8, stSize: 16}
	elf32le = layout{order: binary.LittleEndian, word: 4, symSize: 16, stValue: 4, stSize: 8, stInfo: 12, stOther: 13, stShndx: 14}
	elf32be = layout{order: binary.BigEndian, big: true, word: 4, symSize: 16, stValue: 4, stSize: 8, stInfo: 12, stOther: 13, stShndx: 14}
)

// Sizes of the records whose fields the formulas below place.
func (l *layout) ehdrSize() int { return 40 + 3*l.word }
func (l *layout) shdrSize() int { return 16 + 6*l.word }
func (l *layout) relSize() int  { return 2 * l.word }
func (l *layout) relaSize() int { return 3 * l.word }

// infoAt returns where sh_info is in a section header.
func (l *layout) infoAt() uint64 { return uint64(12 + 4*l.word) }

func (l *layout) u16(b []byte) uint16 {
	if l.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (l *layout) u32(b []byte) uint32 {
	if l.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func (l *layout) u64(b []byte) uint64 {
	if l.big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// uword reads an address, an offset or a size.
func (l *layout) uword(b []byte) uint64 {
	if l.word == 8 {
		return l.u64(b)
	}
	return uint64(l.u32(b))
}

// putWord writes an address, an offset or a size, as much of it as there is room for.
func (l *layout) putWord(b []byte, v uint64) {
	if l.word == 8 {
		l.order.PutUint64(b, v)
		return
	}
	l.order.PutUint32(b, uint32(v))
}

// sword reads a signed word.
func (l *layout) sword(b []byte) int64 {
	if l.word == 8 {
		return int64(l.u64(b))
	}
	return int64(int32(l.u32(b)))
}

// A shdr is a section header as the file has it.
type shdr struct {
	name, typ             uint32
	flags, addr, off, siz uint64
	link, info            uint32
	align, entsize        uint64
}

// shdr decodes a section header into h, which callers own: returned by value it would be copied twice.
func (l *layout) shdr(h *shdr, b []byte) {
	if l == &elf64le {
		shdr64le(h, (*[64]byte)(b))
		return
	}
	w := l.word
	h.name, h.typ = l.u32(b), l.u32(b[4:])
	h.flags, h.addr, h.off, h.siz = l.uword(b[8:]), l.uword(b[8+w:]), l.uword(b[8+2*w:]), l.uword(b[8+3*w:])
	h.link, h.info = l.u32(b[8+4*w:]), l.u32(b[12+4*w:])
	h.align, h.entsize = l.uword(b[16+4*w:]), l.uword(b[16+5*w:])
}

func shdr64le(h *shdr, b *[64]byte) {
	le := binary.LittleEndian
	h.name, h.typ = le.Uint32(b[0:]), le.Uint32(b[4:])
	h.flags, h.addr, h.off, h.siz = le.Uint64(b[8:]), le.Uint64(b[16:]), le.Uint64(b[24:]), le.Uint64(b[32:])
	h.link, h.info = le.Uint32(b[40:]), le.Uint32(b[44:])
	h.align, h.entsize = le.Uint64(b[48:]), le.Uint64(b[56:])
}
