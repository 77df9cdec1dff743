package objimage

import "math"

// debugMachO is DebugObject for Mach-O: sections have their load addresses, and symbols follow their sections.
func (m *Image) debugMachO(out []byte) ([]byte, error) {
	o, d, l := m.obj, m.obj.decoded, m.obj.layout
	for i, at := range d.headers {
		addr, loaded := uint64(0), false
		if at != 0 {
			addr, loaded = m.addr(i)
		}
		if !loaded {
			continue
		}
		if l.word == 4 && addr > math.MaxUint32 {
			return nil, o.errorf(uint64(at), "load address %#x of section %s has no room in a 32-bit file", addr, o.SectionName(i))
		}
		l.putWord(out[at+32:], addr)
	}
	for i, at := range d.entries {
		if y := &d.symbols[i]; at != 0 && y.Place == PlaceSection {
			if addr, loaded := m.addr(int(y.Section)); loaded {
				l.putWord(out[at+8:], addr+y.Value)
			}
		}
	}
	return out, nil
}
