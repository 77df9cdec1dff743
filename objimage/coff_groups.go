package objimage

import (
	"debug/elf"
	"debug/pe"
	"encoding/binary"
	"strings"
)

// COMDAT sections ("PE Format", "COMDAT Sections (Object Only)") are groups of one section, and of those that are associated with it. The group's name is that of the first symbol in
// the section behind the section's own.

// A Selection says which group counts of those with a name. The values are those of COFF; all groups of other formats have SelectAny.
type Selection uint8

// The selections of COMDAT groups.
const (
	SelectAny       Selection = pe.IMAGE_COMDAT_SELECT_ANY
	SelectSameSize  Selection = pe.IMAGE_COMDAT_SELECT_SAME_SIZE   // any; others have to be as large
	SelectExact     Selection = pe.IMAGE_COMDAT_SELECT_EXACT_MATCH // any; others have to be the same, byte by byte
	SelectLargest   Selection = pe.IMAGE_COMDAT_SELECT_LARGEST     // the largest
	SelectNewest    Selection = 7                                  // that of the object with the highest Timestamp (IMAGE_COMDAT_SELECT_NEWEST of winnt.h)
	selectOne       Selection = pe.IMAGE_COMDAT_SELECT_NODUPLICATES
	selectAssociate Selection = pe.IMAGE_COMDAT_SELECT_ASSOCIATIVE
)

// A coffCOMDAT is what a COMDAT section says of itself.
type coffCOMDAT struct {
	selection Selection // 0 for a section that is none
	parent    uint32    // the section with which it is associated
	leader    uint32    // the symbol that names the group; 0 if none does
	length    uint32    // of the section, as its symbol has it
}

// readGroups makes the groups, and a section for each.
func (r *coffReader) readGroups() error {
	list, err := r.comdats()
	if list == nil || err != nil {
		return err
	}
	r.associateByName(list)
	group := make([]uint32, r.sections+1) // by section: the number of its group, plus 1
	for i := range list {
		c := &list[i]
		if c.selection == 0 || c.selection == selectAssociate || c.selection == selectOne || c.leader == 0 || r.d.symbols[c.leader].Binding == BindLocal {
			continue
		}
		y := &r.d.symbols[c.leader]
		n := len(r.d.sections)
		r.d.groups = append(r.d.groups, Group{Section: n, Signature: string(cstring(r.names[y.Name:])), COMDAT: true, Selection: c.selection, Length: c.length})
		r.d.sections = append(r.d.sections, Section{Index: n, Name: r.d.sections[i].Name, Type: uint32(elf.SHT_GROUP), Info: c.leader, Align: 1})
		r.d.headers = append(r.d.headers, r.d.headers[i])
		group[i] = uint32(len(r.d.groups))
	}
	for i := range list {
		if root, err := r.root(list, uint32(i)); err != nil {
			return err
		} else if list[i].selection != 0 && group[root] != 0 {
			g := &r.d.groups[group[root]-1]
			g.Members = append(g.Members, uint32(i))
			r.d.sections[i].Flags |= SectionGroup
		} else if list[i].selection == selectAssociate { // with what is one by itself: Strip has them stay together
			r.d.sections[i].Flags |= SectionLinkOrder
			r.d.sections[i].Link = root
		}
	}
	return nil
}

// comdats returns what COMDAT sections say of themselves, by section; nil if there are none.
func (r *coffReader) comdats() (list []coffCOMDAT, err error) {
	for i := uint32(1); i <= r.sections; i++ {
		if r.d.sections[i].RawFlags&pe.IMAGE_SCN_LNK_COMDAT == 0 {
			continue
		}
		if list == nil {
			list = make([]coffCOMDAT, r.sections+1)
		}
		c := &list[i]
		if r.section[i] == 0 { // GNU strip takes the symbol if nothing refers to it, and GNU ld takes the section for this
			c.selection, c.length = SelectAny, uint32(r.d.sections[i].Size)
			continue
		}
		aux := r.records[uint64(r.section[i])*r.symbolSize():]
		c.selection, c.length = Selection(aux[14]), binary.LittleEndian.Uint32(aux)
		switch c.selection {
		case selectOne, SelectAny, SelectSameSize, SelectExact, SelectLargest, SelectNewest:
		case selectAssociate:
			c.parent = uint32(binary.LittleEndian.Uint16(aux[12:]))
			if r.big {
				c.parent |= uint32(binary.LittleEndian.Uint16(aux[16:])) << 16
			}
			if c.parent == 0 || c.parent > r.sections {
				return nil, r.sectionError(int(i), "is associated with section %d of %d", c.parent, r.sections)
			}
		default:
			return nil, r.sectionError(int(i), "COMDAT of unknown selection %d", c.selection)
		}
	}
	if list != nil {
		r.findLeaders(list)
	}
	return list, nil
}

// findLeaders finds the first symbol of each COMDAT section that is behind its own.
func (r *coffReader) findLeaders(list []coffCOMDAT) {
	for i := uint32(0); i < r.symbols; {
		s := r.symbol(r.records, i)
		if s.section > 0 {
			if c := &list[s.section]; c.selection != 0 && c.leader == 0 && i+1 > r.section[s.section] {
				c.leader = r.numbers[i]
			}
		}
		i += 1 + uint32(s.aux)
	}
}

// associateByName associates the unwind information that GNU as writes with its function, by the names .xdata$NAME, .pdata$NAME and .text$NAME: GNU as has no associative sections.
func (r *coffReader) associateByName(list []coffCOMDAT) {
	var functions map[string]uint32
	for i := range list {
		c := &list[i]
		if c.selection == 0 || c.leader != 0 && r.d.symbols[c.leader].Binding != BindLocal {
			continue
		}
		kind, name, ok := strings.Cut(string(cstring(r.names[r.d.sections[i].Name:])), "$")
		if !ok || kind != ".xdata" && kind != ".pdata" && kind != ".eh_frame" {
			continue
		}
		if functions == nil {
			functions = r.functionSections(list)
		}
		if parent := functions[name]; parent != 0 {
			c.selection, c.parent = selectAssociate, parent
		}
	}
}

// functionSections returns the COMDAT sections .text$NAME by NAME.
func (r *coffReader) functionSections(list []coffCOMDAT) map[string]uint32 {
	functions := map[string]uint32{}
	for i := range list {
		if name, ok := strings.CutPrefix(string(cstring(r.names[r.d.sections[i].Name:])), ".text$"); ok && list[i].selection != 0 {
			functions[name] = uint32(i)
		}
	}
	return functions
}

// root returns the section with which one is associated in the end: itself, mostly.
func (r *coffReader) root(list []coffCOMDAT, section uint32) (uint32, error) {
	at := section
	for n := 0; list[at].selection == selectAssociate; n++ {
		if n > len(list) {
			return 0, r.sectionError(int(section), "is associated with itself")
		}
		at = list[at].parent
	}
	for n := section; list[n].selection == selectAssociate; { // next time it is found at once
		n, list[n].parent = list[n].parent, at
	}
	return at, nil
}
