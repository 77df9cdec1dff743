package objimage

import (
	"encoding/binary"
	"math"
)

// debugMachO is DebugObject for Mach-O: sections have their load addresses, symbols follow their sections, and so does what debug information says of them: debuggers take that for
// relocated, since Apple's linker leaves it in the objects. The copy's debug sections have no relocations any more.
func (m *Image) debugMachO(out []byte) ([]byte, error) {
	o, d, l := m.obj, m.obj.decoded, m.obj.layout
	done := map[uint32]bool{} // headers of sections that were taken apart: the first atom that is loaded says where they are
	for i, at := range d.headers {
		addr, loaded := uint64(0), false
		if at != 0 && !done[at] {
			addr, loaded = m.addr(i)
		}
		if !loaded {
			continue
		}
		done[at] = true
		if l.word == 4 && addr > math.MaxUint32 {
			return nil, o.errorf(uint64(at), "load address %#x of section %s has no room in a 32-bit file", addr, o.SectionName(i))
		}
		l.putWord(out[at+machoAddrAt:], addr)
	}
	for i, at := range d.entries {
		if y := &d.symbols[i]; at != 0 && y.Place == PlaceSection {
			l.putWord(out[at+8:], m.loadedValue(y)&^o.modeBit(y))
		}
	}
	for i := range d.sections {
		t := &d.sections[i].Relocs
		if at := d.headers[t.Target]; t.Target != 0 && at != 0 {
			if _, loaded := m.addr(int(t.Target)); !loaded {
				m.relocateDebug(out, t)
				binary.LittleEndian.PutUint32(out[int(at)+machoAddrAt+2*l.word+12:], 0) // nreloc
			}
		}
	}
	return out, nil
}

// machoAddrAt is where a section header has the address, behind two names; its size follows, the offset, the alignment, where relocations are, and how many.
const machoAddrAt = 32

// loadedValue returns the address of a symbol in a section: that of the file if the section is not loaded.
func (m *Image) loadedValue(y *Symbol) uint64 {
	if addr, loaded := m.addr(int(y.Section)); loaded {
		return addr + y.Value
	}
	return m.obj.decoded.sections[y.Section].Addr + y.Value
}

// modeBit returns the bit of a symbol's value that is no part of its address.
func (o *Object) modeBit(y *Symbol) uint64 {
	if o.arch == ArchARM && y.Type == TypeFunc {
		return 1
	}
	return 0
}

// relocateDebug applies the relocations of addresses, and of differences, to a section in a copy of the file.
func (m *Image) relocateDebug(out []byte, t *RelocTable) {
	d, s := m.obj.decoded, &m.obj.decoded.sections[t.Target]
	if s.Flags&SectionZeroFill != 0 || s.Offset > uint64(len(out)) || s.Size > uint64(len(out))-s.Offset {
		return
	}
	contents, minus := out[s.Offset:s.Offset+s.Size], uint64(0)
	for _, r := range d.relocsOf(t, 0) {
		size, paired := uint64(1)<<(r.Type>>4&3), r.Type&MachOPaired != 0
		v := uint64(r.Addend)
		if uint64(r.Sym) < uint64(len(d.symbols)) {
			if y := &d.symbols[r.Sym]; y.Place == PlaceSection {
				v += m.loadedValue(y)
			} else if y.Place == PlaceAbsolute {
				v += y.Value
			}
		}
		if absolute := r.Type&(15|MachOPCRel) == 0; !absolute && !paired {
			minus = v // of the next one, if this is a SUBTRACTOR or a PAIR; nothing else is in debug sections
			continue
		}
		if r.Offset > s.Size || size > s.Size-r.Offset {
			continue
		}
		if paired {
			v -= minus
		}
		addTo(contents[r.Offset:][:size], v)
	}
}

// addTo adds to a little-endian number.
func addTo(b []byte, v uint64) {
	carry := uint64(0)
	for i := range b {
		carry += uint64(b[i]) + v>>(8*i)&0xff
		b[i] = byte(carry)
		carry >>= 8
	}
}
