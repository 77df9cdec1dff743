package runtimedyld

// Definitions that are ceded. A strong definition takes a name from definitions that nothing but the table knows: the process's, of data, and that of a COMDAT group
// for which others have dropped theirs, whose object may have been removed. Code that was linked before refers to these, and to nothing else; so they get the name back
// when the strong one is removed.

// A ceded definition.
type ceded struct {
	owner *Object
	index uint32
	addr  uint64
	bits  symbolBits // of bitsOfDefinition
}

// cede notes the definition in force of a name that a strong one is about to take.
func (d *RuntimeDyld) cede(s *symbol) {
	owner := s.owner.Load()
	if owner != hostIndex && s.bits&bitRelied == 0 || owner == hostIndex && s.bits&bitData == 0 {
		return
	}
	if d.ceded == nil {
		d.ceded = map[string]ceded{}
	}
	d.ceded[d.table.name(s)] = ceded{d.objects[owner], s.index, s.addr.Load(), s.bits & bitsOfDefinition}
}

// giveNameBack makes a ceded definition that of a name again which has none, if it is still there.
func (d *RuntimeDyld) giveNameBack(s *symbol) {
	if len(d.ceded) == 0 {
		return
	}
	name := d.table.name(s)
	c, ok := d.ceded[name]
	if !ok {
		return
	}
	delete(d.ceded, name)
	o := c.owner
	if o != d.host && (!d.holds(o) || o.State() == Removed || o.unlinked && o.globals == nil) { // gone, or never linked
		return
	}
	if o != d.host { // its section may have been moved
		c.addr = o.globalAddr(int(c.index))
	}
	s.bits |= c.bits | bitShared
	s.define(o, c.index, c.addr)
	if st := o.State(); st == Finalized || st == Retired && !o.unlinked {
		s.publish()
	}
}

// forgetCeded is for a name that nobody mentions any more.
func (d *RuntimeDyld) forgetCeded(s *symbol) {
	if len(d.ceded) > 0 {
		delete(d.ceded, d.table.name(s))
	}
}
