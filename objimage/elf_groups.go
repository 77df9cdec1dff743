package objimage

import "debug/elf"

const grpCOMDAT = 1

// Groups returns the section groups, in the order of their sections (gABI, "Section Groups"). It checks them: members exist and are in one
// group each, the signature is a symbol. It allocates; objects without groups cost a pass over the section headers.
func (o *Object) Groups() ([]Group, error) {
	if o.decoded != nil {
		return o.decoded.groups, nil
	}
	var groups []Group
	var taken []bool // by section number
	names := 0       // bytes of signatures
	for i := 1; i < o.numSections; i++ {
		var h shdr
		o.shdr(&h, i)
		if h.typ != uint32(elf.SHT_GROUP) {
			continue
		}
		if taken == nil {
			taken = make([]bool, o.numSections)
		}
		g, err := o.group(i, &h, taken)
		if err != nil {
			return nil, err
		}
		// Names may overlap in the string table, so that few bytes of file could name many groups at length.
		if names += len(g.Signature); names > len(o.buf.data) {
			return nil, o.sectionError(i, "signatures of groups are longer than the file")
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// group decodes one group: a word of flags, then section numbers.
func (o *Object) group(i int, h *shdr, taken []bool) (Group, error) {
	l := o.layout
	data := o.SectionData(i)
	if len(data)%4 != 0 || len(data) == 0 {
		return Group{}, o.sectionError(i, "size %d of a group is not a positive multiple of 4", len(data))
	}
	g := Group{Section: i, COMDAT: l.u32(data)&grpCOMDAT != 0, Selection: SelectAny}
	data = data[4:]
	if len(data)/4 >= o.numSections {
		return Group{}, o.sectionError(i, "group of %d members, in a file of %d sections", len(data)/4, o.numSections)
	}
	var err error
	if g.Signature, err = o.signature(i, h); err != nil {
		return Group{}, err
	}
	g.Members = make([]uint32, len(data)/4)
	for k := range g.Members {
		m := l.u32(data[4*k:])
		if m == 0 || uint64(m) >= uint64(o.numSections) {
			return Group{}, o.sectionError(i, "member %d of the group is section %d of %d", k, m, o.numSections)
		}
		if taken[m] {
			return Group{}, o.sectionError(i, "member %d of the group, section %s, is already in a group", k, o.sectionLabel(int(m)))
		}
		taken[m] = true
		g.Members[k] = m
	}
	return g, nil
}

// AppendGroup appends to dst the members of the group that a section describes, which must be one of type SHT_GROUP, and says whether it is a COMDAT
// group. It is Groups for linkers, which ask for neither names nor whether a section is in two groups. Errors are *FormatError.
func (o *Object) AppendGroup(dst []uint32, section int) (members []uint32, comdat bool, err error) {
	if o.decoded != nil {
		members, comdat = o.decoded.appendGroup(dst, section)
		return members, comdat, nil
	}
	data := o.SectionData(section)
	if len(data)%4 != 0 || len(data) == 0 {
		return dst, false, o.sectionError(section, "size %d of a group is not a positive multiple of 4", len(data))
	}
	l := o.layout
	for at := 4; at < len(data); at += 4 {
		m := l.u32(data[at:])
		if m == 0 || uint64(m) >= uint64(o.numSections) {
			return dst, false, o.sectionError(section, "member %d of the group is section %d of %d", at/4-1, m, o.numSections)
		}
		dst = append(dst, m)
	}
	return dst, l.u32(data)&grpCOMDAT != 0, nil
}

// signature returns a group's name, which is that of symbol sh_info of the symbol table sh_link. A section's symbol stands for its section: gas names
// groups so.
func (o *Object) signature(i int, h *shdr) (string, error) {
	if o.symtab == 0 || h.link != o.symtab || uint64(h.info) >= uint64(o.numSymbols) {
		return "", o.sectionError(i, "signature is symbol %d of section %d, which is not a symbol of the object", h.info, h.link)
	}
	s, err := o.symbol(int(h.info))
	if err != nil {
		return "", err
	}
	name := o.SymbolName(&s)
	if s.Type == TypeSection && len(name) == 0 && s.Place == PlaceSection {
		name = o.SectionName(int(s.Section))
	}
	return string(name), nil
}
