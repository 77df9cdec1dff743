package runtimedyld

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// COMDAT groups (System V gABI, "Section Groups"): of the groups that define the same things in several objects, inline functions mostly, the first
// one that is loaded counts. A later one is dropped whole, before it gets memory: its definitions become references to the first one's. It is recognised
// by what it defines: every global of it has a definition in force already, of another COMDAT group. (Objects that are being loaded at the same time may both keep
// theirs. Names lead to one of them then, as with weak symbols.)
//
// The dropped group's object needs the other one from then on, even if nothing in it refers there: when the other object is removed, its memory stays,
// and the names that the group defines, until the last object that relies on them is removed too.

// A comdat is what a plan knows of the COMDAT groups of its object.
type comdat struct {
	sections []uint32     // the group sections
	group    []uint32     // by section: its COMDAT group's number, plus 1; empty if there are none
	groups   []groupState // by group's number
	members  []uint32     // scratch of find
	anchors  []anchor     // of the dropped sections that define globals
	anchored []bool       // by section; meaningful if there are anchors
	owners   []uint32     // objects whose groups are used instead
	version  uint64       // RuntimeDyld.version when groups were dropped, and p.globals was filled
	found    bool         // they were
	ordered  bool         // a loaded section has the flag SHF_LINK_ORDER
}

type groupState uint8

const (
	groupKept   groupState = iota // nothing is known that speaks against it
	groupLost                     // all definitions seen so far are those of other objects
	groupWanted                   // it has a definition that nobody else has
	groupDropped
)

// An anchor says where a dropped section is: where another object has a global that the section defines. What stays refers to the inside of dropped sections hardly
// ever (gABI, "Section Groups": "References to this symbol table entry from outside the group are not allowed"). Where it does, the copies have to be the same byte by
// byte, or it would be led anywhere.
type anchor struct {
	section uint32 // of the file
	global  uint32 // the i-th global of the object
	value   uint64 // its offset in the section
	owner   uint32 // the other object
	index   uint32 // the i-th global of the other object
	inside  bool   // the object refers to the section otherwise than by its globals
}

func (c *comdat) reset() {
	c.found, c.ordered = false, false
	c.sections, c.group, c.groups, c.anchors, c.owners = c.sections[:0], c.group[:0], c.groups[:0], c.anchors[:0], c.owners[:0]
}

// find notes which sections are in which COMDAT group.
func (c *comdat) find(img *objimage.Object) error {
	total := 0
	for _, i := range c.sections {
		members, isCOMDAT, err := img.AppendGroup(c.members[:0], int(i))
		if err != nil {
			return err
		}
		c.members = members
		if total += len(members); total >= img.NumSections() {
			return &objimage.FormatError{Object: img.Name(), Section: shown(img.SectionName(int(i))), Msg: "groups have more members than there are sections"}
		}
		if !isCOMDAT {
			continue
		}
		if len(c.groups) == 0 {
			c.group = zeroed(c.group, img.NumSections())
		}
		c.groups = append(c.groups, groupKept)
		for _, m := range members {
			if c.group[m] != 0 {
				return &objimage.FormatError{Object: img.Name(), Section: shown(img.SectionName(int(m))), Msg: "is in two groups"}
			}
			c.group[m] = uint32(len(c.groups))
		}
	}
	return nil
}

// of notes the groups of an object that has been loaded.
func (c *comdat) of(img *objimage.Object) {
	c.reset()
	for i := range img.NumSections() {
		if img.Section(i).Type == uint32(elf.SHT_GROUP) {
			c.sections = append(c.sections, uint32(i))
		}
	}
	c.find(img)
}

// findAnchor returns the anchor of a section, or nil. They are in the order of the file.
func findAnchor(anchors []anchor, section uint32) *anchor {
	if i, ok := slices.BinarySearchFunc(anchors, section, func(a anchor, n uint32) int { return cmp.Compare(a.section, n) }); ok {
		return &anchors[i]
	}
	return nil
}

// hasDropped says whether a section of the file was dropped with its group.
func (o *Object) hasDropped(section uint32) bool { return findAnchor(o.anchors, section) != nil }

// has says whether a section is in a COMDAT group.
func (c *comdat) has(section uint32) bool { return len(c.group) > 0 && c.group[section] != 0 }

// dropped says whether a section has been dropped with its group.
func (c *comdat) dropped(section uint32) bool {
	return c.has(section) && c.groups[c.group[section]-1] == groupDropped
}

// inGroup is the binding that a definition in a COMDAT group has in effect: of the copies one counts, as with weak symbols.
func inGroup(b objimage.Binding) objimage.Binding {
	if b == objimage.BindGlobal {
		return objimage.BindWeak
	}
	return b
}

// dropGroups decides which groups of a plan are dropped, and keeps the objects that have the others. It is called with d.mu, while no link is on its way.
func (d *RuntimeDyld) dropGroups(p *plan) {
	c := &p.comdat
	if len(c.groups) == 0 {
		return
	}
	d.table.findAll(p.hashes, p.names, p.globals)
	c.version, c.found = d.version, true
	first := uint32(p.img.FirstGlobal())
	lost := false
	for _, i := range p.defined {
		y := &p.syms[first+i]
		if y.Place != objimage.PlaceSection || !c.has(y.Section) {
			continue
		}
		state := &c.groups[c.group[y.Section]-1]
		if !d.isElsewhere(p.globals[i]) {
			*state = groupWanted
		} else if *state == groupKept {
			*state, lost = groupLost, true
		}
	}
	if lost && p.coff != nil {
		d.selectGroups(p)
	}
	if lost {
		d.markDropped(p)
	}
}

// markDropped makes the groups that are lost dropped ones, and notes what is to be used in their place.
func (d *RuntimeDyld) markDropped(p *plan) {
	c := &p.comdat
	for g := range c.groups {
		if c.groups[g] == groupLost {
			c.groups[g] = groupDropped
		}
	}
	d.lastMark++
	c.anchored = zeroed(c.anchored, p.img.NumSections())
	first := uint32(p.img.FirstGlobal())
	for _, i := range p.defined {
		y := &p.syms[first+i]
		if y.Place != objimage.PlaceSection || !c.dropped(y.Section) {
			continue
		}
		s := d.table.at(p.globals[i])
		owner := s.owner.Load()
		if !c.anchored[y.Section] {
			c.anchors = append(c.anchors, anchor{section: y.Section, global: i, value: y.Value, owner: owner, index: s.index})
			c.anchored[y.Section] = true
		}
		if c.isRecent(owner) { // looking into the object would cost a cache miss
			continue
		}
		if o := d.objects[owner]; o.mark != d.lastMark {
			o.mark = d.lastMark
			o.users++
			c.owners = append(c.owners, owner)
		}
	}
	slices.SortFunc(c.anchors, func(a, b anchor) int { return cmp.Compare(a.section, b.section) })
}

// isRecent says whether an object is one of the last few in owners.
func (c *comdat) isRecent(owner uint32) bool {
	const few = 8
	return slices.Contains(c.owners[max(0, len(c.owners)-few):], owner)
}

// isElsewhere says whether a definition in a COMDAT group of an object that is loaded is in force for a name.
func (d *RuntimeDyld) isElsewhere(id symID) bool {
	if id == 0 {
		return false
	}
	s := d.table.at(id)
	return s.bits&bitGrouped != 0 && s.owner.Load() > hostIndex
}

// keep makes what dropGroups has kept the object's.
func (o *Object) keep(d *RuntimeDyld, p *plan) {
	if len(p.comdat.owners) == 0 && len(p.comdat.anchors) == 0 {
		return
	}
	r := o.rare()
	o.uses = carve(&d.numbers, numbersPiece, p.comdat.owners)
	r.keeps = uint32(len(o.uses))
	for _, u := range o.uses {
		d.objects[u].addReliant(d, o)
	}
	if len(p.comdat.anchors) > 0 {
		r.anchors, r.frames = slices.Clone(p.comdat.anchors), p.frames()
	}
}

// hold notes which of the orphaned names an object relies on: it has dropped its own definition for that in force. A definition which came into force
// since then does not count, for nothing keeps its object.
func (d *RuntimeDyld) hold(o *Object) {
	for i, id := range o.globals {
		if id == 0 {
			continue
		}
		if s := d.table.at(id); s.bits&bitOrphan != 0 && o.reliesOn(s, i) {
			s.bits |= bitRelied | bitHeld
		}
	}
}

// reliesOn says whether an object has dropped its own definition of its i-th global for that in force.
func (o *Object) reliesOn(s *symbol, i int) bool {
	if s.bits&bitGrouped == 0 || !slices.Contains(o.uses[:o.keeps], s.owner.Load()) {
		return false
	}
	y := o.global(i)
	return y.Place == objimage.PlaceSection && o.hasDropped(y.Section)
}

// addReliant notes that another object relies on one.
func (o *Object) addReliant(d *RuntimeDyld, by *Object) {
	if d.hasRemoved && len(o.reliants) == cap(o.reliants) {
		o.reliants = slices.DeleteFunc(o.reliants, func(index uint32) bool { return !d.isReliant(index, o) })
	}
	o.reliants = append(o.reliants, by.index)
}

// isReliant says whether the object of a number relies on one, and has not been removed.
func (d *RuntimeDyld) isReliant(index uint32, on *Object) bool {
	o := d.objects[index]
	return o != nil && o.State() < Retired && slices.Contains(o.uses[:o.keeps], on.index)
}

// isStillRelied says whether an object that is not removed relies on the definition in force of a name. It looks at those first that have relied on its owner
// longest; mostly the first one does.
func (d *RuntimeDyld) isStillRelied(id symID, s *symbol) bool {
	owner := d.objects[s.owner.Load()]
	gone := 0
	for gone < len(owner.reliants) && !d.isReliant(owner.reliants[gone], owner) {
		gone++
	}
	owner.reliants = owner.reliants[gone:]
	for _, index := range owner.reliants {
		if d.isReliant(index, owner) && d.objects[index].reliesOnName(id, s) {
			return true
		}
	}
	return false
}

// reliesOnName is reliesOn for a name, which an object may mention more than once.
func (o *Object) reliesOnName(id symID, s *symbol) bool {
	for i, g := range o.globals {
		if g == id && o.reliesOn(s, i) {
			return true
		}
	}
	return false
}

// unpin lets go of what dropGroups has kept.
func (d *RuntimeDyld) unpin(p *plan) {
	for _, u := range p.comdat.owners {
		d.unuse(d.objects[u])
	}
	p.comdat.owners = p.comdat.owners[:0]
}

// stillElsewhere says whether what groups were dropped for is still there, when the object is entered. p.globals is filled.
func (d *RuntimeDyld) stillElsewhere(p *plan) bool {
	if len(p.comdat.anchors) == 0 || p.comdat.version == d.version {
		return true
	}
	first := p.img.FirstGlobal()
	for i, id := range p.globals {
		if p.traits[first+i]&traitDropped != 0 && !d.isElsewhere(id) {
			return false
		}
	}
	return true
}

// leaveOut takes the dropped sections, and those that are ordered by them (SHF_LINK_ORDER), out of what is going to be allocated, and makes their
// definitions references.
func (p *plan) leaveOut() {
	c := &p.comdat
	if len(c.anchors) == 0 {
		return
	}
	kept := 0
	for k, file := range p.files {
		if c.dropped(file) || c.ordered && p.followsDropped(file) {
			p.loaded[file] = 0
			continue
		}
		if kept < k {
			to, from := &p.requests[kept], &p.requests[k] // without what is answered later, which are pointers: the collector would look on
			to.Index, to.Kind, to.ZeroFill, to.Size, to.Align = from.Index, from.Kind, from.ZeroFill, from.Size, from.Align
			p.files[kept], p.extents[kept] = p.files[k], p.extents[k]
			p.loaded[file] = uint32(kept + 1)
		}
		kept++
	}
	p.requests, p.files, p.extents = p.requests[:kept], p.files[:kept], p.extents[:kept]
	first := p.img.FirstGlobal()
	for i := range p.syms {
		y, t := &p.syms[i], &p.traits[i]
		switch {
		case y.Place != objimage.PlaceSection || p.loaded[y.Section] != 0 || *t&traitUnloaded != 0:
		case !c.dropped(y.Section):
			*t = traitUnloaded
		case i >= first:
			*t = traitForeign | traitFar | traitNeeded | traitDropped | *t&traitThread
		default:
			*t = traitUnloaded | traitDropped
		}
	}
	defined := p.defined[:0]
	for _, i := range p.defined {
		if p.traits[first+int(i)]&(traitDropped|traitUnloaded) == 0 {
			defined = append(defined, i)
		}
	}
	p.defined = defined
	p.ifuncs.syms = slices.DeleteFunc(p.ifuncs.syms, func(sym uint32) bool { return p.loaded[p.syms[sym].Section] == 0 })
}

func (p *plan) followsDropped(file uint32) bool {
	s := p.img.Section(int(file))
	return s.Flags&objimage.SectionLinkOrder != 0 && uint64(s.Link) < uint64(p.img.NumSections()) && p.comdat.dropped(s.Link)
}

// excuses says whether a relocation that refers to a dropped section may stay nevertheless: unwind tables are told of it by a 0, see fixer.dropFrames.
func (c *comdat) excuses(p *plan, r *objimage.Reloc, target int) bool {
	return uint64(r.Sym) < uint64(len(p.traits)) && p.traits[r.Sym]&traitDropped != 0 && isFrames(p.img, target) &&
		r.Offset <= p.extents[p.loaded[target]-1].size
}

// redirect has a relocation that refers to the inside of a dropped section refer to the other object's copy, and says whether it can.
func (p *plan) redirect(row *howto, r *objimage.Reloc, target int) bool {
	if uint64(r.Sym) >= uint64(len(p.traits)) || p.traits[r.Sym]&(traitUnloaded|traitDropped|traitThread) != traitUnloaded|traitDropped {
		return false
	}
	size := p.extents[p.loaded[target]-1].size
	if r.Offset > size || size-r.Offset < uint64(row.field.size) || row.need&needThread != 0 {
		return false
	}
	a := findAnchor(p.comdat.anchors, p.syms[r.Sym].Section)
	if a == nil || p.syms[r.Sym].Type == objimage.TypeIFunc { // the other object keeps to itself where the function's stub is
		return false
	}
	a.inside = true
	p.traits[r.Sym] = traitFar | traitDropped
	if row.need&(needSlot|needGOT|needStub) != 0 {
		p.planNeeds(row, r, target)
	}
	return true
}

// checkInsides looks whether the copies are the same of those dropped sections to whose insides the object refers. p.globals is filled.
func (d *RuntimeDyld) checkInsides(p *plan) error {
	for i := range p.comdat.anchors {
		a := &p.comdat.anchors[i]
		if !a.inside {
			continue
		}
		if s := d.table.at(p.globals[a.global]); s.owner.Load() != a.owner || s.index != a.index {
			return errGroupsGone
		}
		if o := d.objects[a.owner]; !o.hasCopy(p.img, a) {
			return insideError(p.img, a.section, "of "+o.Name()+", which differs")
		}
	}
	return nil
}

// hasCopy says whether the section in which an object has a global is the same as one that img has.
func (o *Object) hasCopy(img *objimage.Object, a *anchor) bool {
	y := o.global(int(a.index))
	if y.Place != objimage.PlaceSection || y.Value != a.value {
		return false
	}
	theirs, ours := int(y.Section), int(a.section)
	return o.img.Section(theirs).Size == img.Section(ours).Size && bytes.Equal(o.img.SectionData(theirs), img.SectionData(ours))
}

func insideError(img *objimage.Object, section uint32, whose string) error {
	return &ObjectError{
		Object: img.Name(), Err: ErrUnsupportedSymbol,
		Msg: fmt.Sprintf("section %s was dropped with its COMDAT group for that %s, and the object refers to its inside from outside of the group; "+
			"compile both with the same compiler and options, or load this object first", shown(img.SectionName(int(section))), whose),
	}
}

// frames returns which of the loaded sections are unwind tables.
func (p *plan) frames() (list []uint32) {
	for k, file := range p.files {
		if p.requests[k].Kind != memmgr.Code && isFrames(p.img, int(file)) {
			list = append(list, uint32(k))
		}
	}
	return list
}

// isFrames says whether a section is a table of unwind information, which refers to functions wherever they are.
func isFrames(img *objimage.Object, section int) bool {
	return string(img.SectionName(section)) == ".eh_frame"
}

// placeDropped fills starts for the object's dropped sections, and prepares for noting which local symbols are in any.
func (f *fixer) placeDropped() {
	o, tab := f.o, f.dyld.table.cur.Load()
	for i := range o.anchors {
		a := &o.anchors[i]
		if !a.inside {
			continue
		}
		s := tab.at(o.globals[a.global])
		if s.owner.Load() != a.owner {
			f.errs = append(f.errs, insideError(o.img, a.section, "of an object whose definitions are not in force any more"))
			continue
		}
		owner := f.dyld.objects[a.owner]
		f.starts[a.section] = owner.startOf(a)
		if cuts := owner.trims.of(owner.global(int(a.index)).Section); len(cuts) > 0 {
			f.trims = append(slices.Clip(f.trims), trim{section: a.section, cuts: cuts})
		}
	}
	slices.SortFunc(f.trims, func(a, b trim) int { return cmp.Compare(a.section, b.section) })
	f.loaded = zeroed(f.loaded, o.img.NumSections())
	for i := range o.layout.extents {
		f.loaded[o.sections[i].file] = true
	}
	f.dropped = sized(f.dropped, o.img.FirstGlobal())
}

// startOf returns where the section begins in which the object has a global: an indirect function's address is elsewhere.
func (o *Object) startOf(a *anchor) uint64 {
	y := o.global(int(a.index))
	return o.loadAddr(o.sectionIndex(int(y.Section)))
}

// noteDropped notes which of the local symbols from number from on are in dropped sections.
func (f *fixer) noteDropped(from int, syms []objimage.Symbol) {
	for i := range syms {
		f.dropped[from+i] = syms[i].Place == objimage.PlaceSection && !f.loaded[syms[i].Section]
	}
}

// dropFrames makes relocations of an unwind table that refer to dropped functions into nothing, and what they relocate 0, by which unwinders know
// that there is no such function (LSB Core, "Exception Frames": linkers do so).
func (f *fixer) dropFrames(sec []byte, relocs []objimage.Reloc) {
	for i := range relocs {
		r := &relocs[i]
		if uint64(r.Sym) >= uint64(len(f.dropped)) || !f.dropped[r.Sym] {
			continue
		}
		if row := f.o.arch.row(r.Type); row != nil && r.Offset <= uint64(len(sec)) && uint64(len(sec))-r.Offset >= uint64(row.field.size) {
			clear(sec[r.Offset:][:row.field.size])
			r.Type, r.Sym = 0, 0 // R_*_NONE of every architecture
		}
	}
}
