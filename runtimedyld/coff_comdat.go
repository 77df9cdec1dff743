package runtimedyld

import (
	"bytes"
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
)

// selectGroups looks at COMDAT groups that are about to be dropped whose kind asks for more than that there is another one ("PE Format", "COMDAT Sections (Object Only)"). One that is to be
// the largest, or the newest, and is larger or newer than that in force comes before it: what is linked from now on has it.
func (d *RuntimeDyld) selectGroups(p *plan) {
	groups, _ := p.img.Groups()
	first, lengths := uint32(p.img.FirstGlobal()), groupLengths{}
	for g := range groups {
		if p.comdat.groups[g] != groupLost || groups[g].Selection == objimage.SelectAny {
			continue
		}
		leader := p.img.Section(groups[g].Section).Info
		s, ours := d.table.at(p.globals[leader-first]), p.syms[leader].Section
		other := d.objects[s.owner.Load()]
		if other == nil || other.img == nil { // nobody has it in memory: the group was recognised by what goes with it
			continue
		}
		theirs := other.global(int(s.index))
		if theirs.Place != objimage.PlaceSection {
			continue
		}
		size, has := p.img.Section(int(ours)).Size, other.img.Section(int(theirs.Section)).Size
		detail := ""
		switch groups[g].Selection {
		case objimage.SelectLargest:
			p.preferGroup(g, size > has)
		case objimage.SelectNewest:
			p.preferGroup(g, p.img.Timestamp() > other.img.Timestamp())
		case objimage.SelectSameSize:
			if size != has && !lengths.have(groups[g].Length, other.img, theirs.Section) {
				detail = fmt.Sprintf("the COMDAT sections have to be of the same size, and have %d and %d bytes", has, size)
			}
		case objimage.SelectExact:
			if !bytes.Equal(p.img.SectionData(int(ours)), other.img.SectionData(int(theirs.Section))) {
				detail = "the COMDAT sections have to be the same, and differ"
			}
		}
		if detail != "" {
			p.errs = append(p.errs, &DuplicateError{Symbol: groups[g].Signature, First: other.Name(), Second: p.img.Name(), Detail: detail})
		}
	}
}

// groupLengths are the lengths of the COMDAT sections of objects before they were filled up, by their members: compilers fill up differently.
type groupLengths map[*objimage.Object]map[uint32]uint32

// have says whether a section of an object is in a group of a length.
func (l groupLengths) have(length uint32, img *objimage.Object, section uint32) bool {
	of := l[img]
	if of == nil {
		of = map[uint32]uint32{}
		groups, _ := img.Groups()
		for g := range groups {
			for _, m := range groups[g].Members {
				of[m] = groups[g].Length
			}
		}
		l[img] = of
	}
	has, ok := of[section]
	return ok && has == length
}

// preferGroup has a group come before that in force, if it is to.
func (p *plan) preferGroup(g int, prefer bool) {
	if prefer {
		p.comdat.groups[g] = groupWanted
		p.coff.preferred = append(p.coff.preferred, uint32(g)+1)
	}
}
