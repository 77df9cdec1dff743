package runtimedyld

import (
	"bytes"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// What follows from linking objects again: others refer to them, and have to be told where they are now.

// A relink is the part of a link that is about objects which were finalized before.
type relink struct {
	dyld        *RuntimeDyld
	reopened    []*Object // linked in copies, as all that are Loaded
	users       []*Object // Finalized, and to follow what has moved
	patches     []memmgr.Patch
	unpublished bool // the batch is finalized, and publishing has failed
	moved       symID
	movedTo     uint64
}

// follow finds out what has to follow the objects of a link that were reopened. It is called with d.mu.
func (d *RuntimeDyld) follow(list []*Object) *relink {
	var open, moved []*Object
	for _, o := range list {
		if o.remapped.Load() {
			o.remapped.Store(o.isAnywhere())
		}
		if o.isOpen() {
			open = append(open, o)
			if o.hasMoved() {
				moved = append(moved, o)
			}
		}
	}
	if len(open) == 0 {
		return &noRelink
	}
	return &relink{dyld: d, reopened: open, users: d.usersOf(moved)}
}

// noRelink is the relink of most links. Nothing is ever written to it.
var noRelink relink

// isAnywhere says whether a section is to run elsewhere than where the memory manager put it.
func (o *Object) isAnywhere() bool {
	for i := range o.sections {
		if o.isAway(i, o.loadAddr(i)) {
			return true
		}
	}
	return false
}

// hasMoved says whether a section of an object is elsewhere than when it was last finalized.
func (o *Object) hasMoved() bool {
	for i, addr := range o.copy.linked {
		if o.loadAddr(i) != addr {
			return true
		}
	}
	return false
}

// finalize calls protect, with what publishes the objects that have been linked again.
func (r *relink) finalize(protect func(publish func() error) error) error {
	if len(r.reopened) == 0 {
		return protect(func() error { return nil })
	}
	defer r.closeUsers()
	if err := r.fixUsers(); err != nil {
		return err
	}
	for _, o := range slices.Concat(r.reopened, r.users) {
		r.compare(o)
	}
	return protect(func() error {
		r.unpublished = true // also if the memory manager panics
		if err := r.publish(); err != nil {
			return &PublishError{err}
		}
		r.unpublished = false
		for _, o := range r.reopened {
			r.settle(o)
		}
		r.dyld.reopened, r.dyld.before = nil, nil
		return nil
	})
}

// fixUsers links what follows, in copies.
func (r *relink) fixUsers() error {
	d := r.dyld
	f := d.takeFixer()
	var errs []error
	for _, o := range r.users {
		err := d.relinkError(o)
		if err == nil && d.retention == RetainNone {
			err = d.notRetained(o)
		}
		if err == nil {
			d.openCopy(o)
			f.moved, f.movedTo = r.moved, r.movedTo
			err = f.object(o)
			f.moved = 0
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		o.copy.uses = slices.Clone(f.uses)
	}
	putFixer(f)
	return joined(errs)
}

// closeUsers ends what fixUsers has begun and publish has not ended.
func (r *relink) closeUsers() {
	for _, o := range r.users {
		if o.isOpen() {
			r.dyld.cancelCopy(o)
		}
	}
}

// publish has the memory manager change what has changed, and ends the linking of what follows.
func (r *relink) publish() error {
	if len(r.patches) > 0 {
		if err := r.dyld.mm.(memmgr.Rewriter).Rewrite(r.patches); err != nil {
			return err
		}
	}
	for _, o := range r.users { // what they have referred to stays, beside what they refer to now: somebody may be running there
		r.dyld.addUses(o, o.copy.uses)
		r.dyld.closeCopy(o)
	}
	return nil
}

// settle ends the linking of an object that was reopened.
func (r *relink) settle(o *Object) {
	uses, followed := o.copy.uses, true
	for _, m := range r.dyld.before[o] {
		followed = followed && bytes.Equal(o.homeMem(m.section, uint64(len(m.bytes))), o.mem(m.section, uint64(len(m.bytes))))
	}
	r.dyld.closeCopy(o)
	if o.img != nil && followed { // else a pointer that the program has written, or that was bound before, may lead to what is not used any more
		r.dyld.setUses(o, uses)
	}
}

// addUses adds to what an object refers to.
func (d *RuntimeDyld) addUses(o *Object, uses []uint32) {
	all := slices.Clone(o.uses)
	for _, u := range uses {
		if !slices.Contains(all, u) {
			all = append(all, u)
			d.objects[u].users++
		}
	}
	o.uses = all
}

// compare finds out what has changed in an object.
func (r *relink) compare(o *Object) {
	if o.img == nil {
		return
	}
	c := o.copy
	clear(c.keep) // of a link that has failed
	for i := range o.sections {
		s := &o.sections[i]
		away := o.isAway(i, o.loadAddr(i))
		if away && !o.isData(i) && (c.kept[s.base] || !o.isAway(i, c.linked[i])) {
			c.keep[s.base] = true
			continue
		}
		if o.isData(i) || o.tls.has(uint32(max(s.file, 0))) {
			continue
		}
		n := o.extentOf(i)
		r.diff(o.homeMem(i, n), o.mem(i, n))
		if is := o.islands[uint32(i)]; is != nil {
			r.diff(c.islands[uint32(i)][1], is.mem[1])
		}
	}
	for _, m := range r.dyld.before[o] {
		r.compareData(o, &m)
	}
}

// compareData does so with written data, of which it looks at what is relocated only.
func (r *relink) compareData(o *Object, m *dataImage) {
	n := uint64(len(m.bytes))
	home, linked := o.homeMem(m.section, n), o.mem(m.section, n)
	var relocs [64]objimage.Reloc
	var several howto
	for t := range o.layout.tables {
		table := &o.layout.tables[t]
		if int(table.Target) != m.section {
			continue
		}
		for from := 0; from < int(table.Num); {
			batch := o.img.RelocsOf(table, from, relocs[:])
			from += len(batch)
			for i := range batch {
				row := o.arch.row(batch[i].Type)
				if row == nil && o.arch.compound != nil && o.arch.compound(o.arch, batch[i].Type, &several) {
					row = &several
				}
				if at := batch[i].Offset; row != nil && row.field != nil && at <= n && uint64(row.field.size) <= n-at {
					end := at + uint64(row.field.size)
					r.replace(home[at:end], m.bytes[at:end], linked[at:end])
				}
			}
		}
	}
}

// replace adds a patch of data that changes if it still is what was linked before.
func (r *relink) replace(at, old, linked []byte) {
	if !bytes.Equal(old, linked) {
		r.patches = append(r.patches, memmgr.Patch{At: at, Old: old, New: bytes.Clone(linked)})
	}
}

// diff adds patches of what is not as it is linked now: of whole words, at addresses that are multiples of their size, because that is what changes at once (memmgr.Rewriter), and who runs reads addresses there.
func (r *relink) diff(at, linked []byte) {
	const word, step = 8, 256
	if len(at) == 0 {
		return
	}
	lead := int(memmgr.Distance(&at[0], nil) % word)
	end := func(from, size int) int { return min(len(at), (lead+from)/size*size+size-lead) }
	for from := 0; from < len(at); {
		to := end(from, step)
		if bytes.Equal(at[from:to], linked[from:to]) {
			from = to
			continue
		}
		n := from
		for n < to && !bytes.Equal(at[n:end(n, word)], linked[n:end(n, word)]) {
			n = end(n, word)
		}
		if n > from {
			r.patches = append(r.patches, memmgr.Patch{At: at[from:n], New: bytes.Clone(linked[from:n])})
		}
		from = max(n, end(from, word))
	}
}

// placeFormer is findAddresses for a Finalized object that follows: names that have no definition any more are where they were, in removed objects that have their memory still, or where
// they are moved to.
func (f *fixer) placeFormer() {
	o, first := f.o, f.o.img.FirstGlobal()
	for i, id := range o.globals {
		if id == 0 {
			continue
		}
		if id == f.moved {
			f.addrs[first+i] = f.movedTo
			f.handled = slices.DeleteFunc(f.handled, func(sym uint32) bool { return int(sym) == first+i })
			continue
		}
		s := f.dyld.table.at(id)
		if s.owner.Load() != 0 || f.dyld.standbys[id] != 0 || o.global(i).Place != objimage.PlaceUndefined && !f.dyld.needs(o, i) {
			continue
		}
		addr, owner, ok := f.dyld.formerAddress(o, f.dyld.table.name(s))
		if !ok {
			if !f.dyld.needs(o, i) { // a weak reference to nothing
				continue
			}
			f.errs = append(f.errs, &UndefinedError{Symbols: []Undefined{{Name: f.dyld.table.name(s), Refs: []string{o.Name()}}}})
			continue
		}
		f.use(owner)
		f.addrs[first+i] = addr
	}
}

// keepSlots leaves the GOT entries of names that nobody has an address for any more, in a Finalized object that follows: what is bound stays.
func (f *fixer) keepSlots() {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	for k, sym := range o.slots() {
		if f.addrs[sym] != 0 || sym < first || o.globals[sym-first] == 0 {
			continue
		}
		if f.dyld.table.at(o.globals[sym-first]).owner.Load() <= hostIndex {
			n := uint64(k+1) * o.arch.slotSize
			copy(o.mem(int(o.gotBase), n)[n-o.arch.slotSize:], o.homeMem(int(o.gotBase), n)[n-o.arch.slotSize:])
		}
	}
}

// keepHandled leaves the places of ClientHandled symbols as the client has made them, in an object that is linked in a copy.
func (f *fixer) keepHandled() {
	o := f.o
	for t := range o.layout.tables {
		table := &o.layout.tables[t]
		k := int(table.Target)
		size := o.layout.extents[k].size
		for from := 0; from < int(table.Num); {
			batch := f.relocs[:copy(f.relocs[:], o.img.RelocsOf(table, from, f.relocs[:]))]
			from += len(batch)
			trimRelocs(o.trims.of(uint32(o.sections[k].file)), batch)
			for i := range batch {
				r := &batch[i]
				row := o.arch.row(r.Type)
				if row == nil || row.field == nil || row.need&needSlot != 0 || !slices.Contains(f.handled, r.Sym) || r.Offset > size || uint64(row.field.size) > size-r.Offset {
					continue
				}
				copy(o.mem(k, size)[r.Offset:r.Offset+uint64(row.field.size)], o.homeMem(k, size)[r.Offset:])
			}
		}
	}
}

// formerAddress looks for a definition in the removed objects to which an object refers.
func (d *RuntimeDyld) formerAddress(o *Object, name string) (addr uint64, owner uint32, ok bool) {
	for _, u := range o.uses {
		r := d.objects[u]
		if r == nil || r.img == nil || r.State() != Retired {
			continue
		}
		for i := range r.img.NumSymbols() - r.img.FirstGlobal() {
			y := r.global(i)
			loaded := y.Place == objimage.PlaceAbsolute || y.Place == objimage.PlaceSection && r.sectionIndex(int(y.Section)) >= 0
			if loaded && string(r.img.GlobalName(&y)) == name {
				return r.globalAddr(i), u, true
			}
		}
	}
	return 0, 0, false
}
