package runtimedyld

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// Big-endian code for ARM. In relocatable objects everything is big-endian, instructions included (BE32). Cores up to ARMv5 and some of ARMv6 run that. Later ones read
// instructions in little-endian order, and only data in big-endian order (BE8): a linker that is told so (ld --be8) turns instructions round when it has relocated them,
// and sets EF_ARM_BE8 in e_flags. No compiler sets that flag in an object, and like linkers, this one leaves the order as it is unless the flag is set: whoever
// links for a BE8 core sets it in the objects. AAELF32, 5.2 "ELF Header", 5.5.5 "Mapping symbols".

const armFlagBE8 = 0x00800000

// A mapping is what begins at a place in a section, by a mapping symbol: ARM code (a), Thumb code (t), or data (d).
type mapping struct {
	section uint32
	value   uint64
	kind    byte
}

// armTurnCode turns the instructions of an object round, when it has been relocated.
func armTurnCode(f *fixer) {
	o := f.o
	maps, relocated := armMappings(o.img), make([]bool, len(o.layout.extents))
	for i := range o.layout.tables {
		relocated[o.layout.tables[i].Target] = true
	}
	for k := range o.layout.extents {
		e, file := &o.layout.extents[k], uint32(o.sections[k].file)
		if e.offset == noContents || e.size == 0 || o.img.Section(int(file)).Flags&objimage.SectionExec == 0 {
			continue
		}
		b := o.mem(k, e.size)
		if !relocated[k] {
			copy(b, o.img.Contents(e.offset, e.size)) // it may have been turned before
		}
		at, _ := slices.BinarySearchFunc(maps, file, func(m mapping, file uint32) int { return cmp.Compare(m.section, file) })
		for ; at < len(maps) && maps[at].section == file; at++ {
			end := e.size
			if at+1 < len(maps) && maps[at+1].section == file {
				end = min(end, maps[at+1].value)
			}
			if start := maps[at].value; start < end {
				armTurn(b[start:end], maps[at].kind)
			}
		}
	}
}

// armTurn turns instructions of one kind round.
func armTurn(b []byte, kind byte) {
	switch kind {
	case 'a':
		for ; len(b) >= 4; b = b[4:] {
			binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		}
	case 't':
		for ; len(b) >= 2; b = b[2:] {
			binary.LittleEndian.PutUint16(b, binary.BigEndian.Uint16(b))
		}
	}
}

// armMappings returns an object's mapping symbols, by section and value: $a, $t and $d, which a dot and anything may follow.
func armMappings(img *objimage.Object) (maps []mapping) {
	var buf [128]objimage.Symbol
	for from, n := 0, img.FirstGlobal(); from < n; {
		k, err := img.Symbols(from, buf[:min(len(buf), n-from)])
		if err != nil {
			break
		}
		for i := range buf[:k] {
			y := &buf[i]
			if name := img.SymbolName(y); len(name) >= 2 && name[0] == '$' && (len(name) == 2 || name[2] == '.') && y.Place == objimage.PlaceSection {
				maps = append(maps, mapping{y.Section, y.Value, name[1]})
			}
		}
		from += k
	}
	slices.SortStableFunc(maps, func(a, b mapping) int {
		return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.value, b.value))
	})
	return maps
}
