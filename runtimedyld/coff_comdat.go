package runtimedyld

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// selectGroups looks at COMDAT groups that are about to be dropped whose kind asks for more than that there is another one ("PE Format", "COMDAT Sections (Object Only)"). One that is to be
// the largest, or the newest, and is larger or newer than that in force comes before it: what is linked from now on has it.
func (d *RuntimeDyld) selectGroups(p *plan) {
	groups, _ := p.img.Groups()
	first := uint32(p.img.FirstGlobal())
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
			if size != has && !sameLength(&groups[g], other.img, theirs.Section) {
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

// sameLength says whether a COMDAT section is as long as one of another object before both were filled up: compilers fill up differently.
func sameLength(group *objimage.Group, other *objimage.Object, section uint32) bool {
	groups, _ := other.Groups()
	for g := range groups {
		if slices.Contains(groups[g].Members, section) {
			return groups[g].Length == group.Length
		}
	}
	return false
}

// preferGroup has a group come before that in force, if it is to.
func (p *plan) preferGroup(g int, prefer bool) {
	if prefer {
		p.comdat.groups[g] = groupWanted
		p.coff.preferred = append(p.coff.preferred, uint32(g)+1)
	}
}
