package runtimedyld

import (
	"errors"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
)

// Removal. An object's names go at once; its memory goes when no other object's code refers to it any more. Who refers to whom was noted
// when relocations were applied: uses, and its inverse's count, users.

// Remove takes objects out of the engine: names, memory, everything. They must be Loaded or Finalized, and their code must not be running. A name
// that a remaining object defines too, and had lost, is that object's from now on. Memory that remaining objects refer to stays until they
// are removed (the object is Retired), as with dlclose. Remaining objects that are not finalized are linked without the removed ones.
//
// Errors: an *ObjectError of ErrState for an object that is not there, and then nothing is removed; whatever the hook and the memory manager say.
func (d *RuntimeDyld) Remove(objects ...*Object) (err error) {
	if err := d.takeTurn(); err != nil {
		return err
	}
	d.lastMark++
	for _, o := range objects {
		if !d.owns(o) || o.mark == d.lastMark {
			err := d.stateError(o, "remove", o.State())
			d.endTurn()
			return err
		}
		o.mark = d.lastMark
	}
	d.locals.forget(d, objects)
	d.cancelReopen(objects)
	finals := d.finalized(objects)
	d.removeNames(objects)
	d.version++
	if len(finals) == 0 {
		return d.giveBack(objects)
	}
	for _, o := range finals {
		o.users++ // their memory is held as long as the hook is told
	}
	d.endTurn()
	defer func() { // also when the hook panics
		if d.takeTurn() != nil {
			return // closed meanwhile, and that has given back everything
		}
		for _, o := range finals {
			o.users--
		}
		err = errors.Join(err, d.giveBack(objects))
	}()
	return d.tellFreeing(finals)
}

// giveBack frees the memory of objects that have just been retired, as far as nothing refers to it. It is called with the turn and ends it.
func (d *RuntimeDyld) giveBack(objects []*Object) error {
	d.retired = append(d.retired, objects...)
	for _, o := range objects {
		if o.users == 0 && o.State() == Retired {
			d.free(o)
		}
	}
	d.freeCycles()
	for _, o := range objects {
		if o.State() == Retired { // its file is still to be read: by a link, or by those who see it off
			o.file = o.img.Buffer().Retain()
		}
	}
	return d.clearOut()
}

// finalized returns those objects of which Freeing has to be told.
func (d *RuntimeDyld) finalized(objects []*Object) (list []*Object) {
	if d.hooks.Freeing == nil {
		return nil
	}
	for _, o := range objects {
		if o != nil && o.img != nil && o.State() == Finalized {
			list = append(list, o)
		}
	}
	return list
}

// tellFreeing calls the hook for each object, whatever it does: after it has panicked, too. It is called without the turn.
func (d *RuntimeDyld) tellFreeing(objects []*Object) (err error) {
	if len(objects) == 0 {
		return nil
	}
	defer func() { err = errors.Join(err, d.tellFreeing(objects[1:])) }()
	return d.hooks.Freeing(objects[0])
}

// owns says whether o is one of the linker's objects, and not removed.
func (d *RuntimeDyld) owns(o *Object) bool { return d.holds(o) && o.State() < Retired }

// holds says whether o is one of the linker's objects, or was and has its memory still.
func (d *RuntimeDyld) holds(o *Object) bool {
	return o != nil && o.img != nil && int(o.index) < len(d.objects) && d.objects[o.index] == o
}

// removeNames takes the objects' definitions away, and finds others for names that have some.
func (d *RuntimeDyld) removeNames(objects []*Object) {
	shared := false
	d.hasRemoved = true
	for _, o := range objects {
		o.unlinked, o.going = o.State() == Loaded, true
		o.setState(Retired)
	}
	for _, o := range objects {
		for _, id := range o.globals {
			if id == 0 {
				continue
			}
			s := d.table.at(id)
			switch {
			case s.bits&bitRelied != 0 && d.isRetired(s.owner.Load()): // by whom, without o?
				if d.objects[s.owner.Load()].going || s.bits&bitOrphan == 0 && !d.isStillRelied(id, s) {
					s.bits |= bitOrphan
					shared = true
				}
			case s.bits&bitCommon != 0: // is it still one, and how large, without o?
				d.dropCommon(id, s)
				s.bits |= bitOrphan
				shared = true
			case s.owner.Load() == o.index:
				s.undefine()
				s.bits &^= bitsOfDefinition
				if s.bits&bitShared != 0 {
					d.giveNameBack(s)
					s.bits |= bitOrphan
					shared = true
				}
			}
		}
	}
	if shared {
		d.redefine()
	}
	held := make([]bool, len(objects)) // of all, before any lets go of the names
	for i, o := range objects {
		held[i] = d.settleNames(o)
	}
	var wanted []symID
	for i, o := range objects {
		wanted = append(wanted, d.releaseNames(o, held[i])...)
	}
	for _, o := range objects {
		o.going = false
	}
	d.expectWanted(wanted)
	d.compact()
}

// settleNames takes the definitions away that were kept in case somebody relies on them, and nobody does. It says whether somebody relies on a definition of
// the object.
func (d *RuntimeDyld) settleNames(o *Object) (held bool) {
	for _, id := range o.globals {
		if id == 0 {
			continue
		}
		s := d.table.at(id)
		if s.bits&bitOrphan != 0 && s.bits&bitHeld == 0 && s.bits&bitRelied != 0 && d.isRetired(s.owner.Load()) {
			s.undefine()
			s.bits &^= bitsOfDefinition
		}
		held = held || s.bits&bitHeld != 0 && s.owner.Load() == o.index
	}
	return held
}

// releaseNames drops the mentions of an object whose definitions have been taken away, and returns those names that are still mentioned and have no
// definition. An object that is relied on and was never linked keeps its mentions: the next link completes it.
func (d *RuntimeDyld) releaseNames(o *Object, held bool) (wanted []symID) {
	complete := !o.unlinked || !held
	for _, id := range o.globals {
		if id == 0 {
			continue
		}
		s := d.table.at(id)
		s.bits &^= bitOrphan | bitHeld
		if complete {
			d.release(id)
		}
		if s.refs > 0 && s.owner.Load() == 0 {
			wanted = append(wanted, id)
		}
	}
	if complete {
		o.globals, o.layout = nil, &noLayout // the layout's memory is used again once what was loaded together is linked
	}
	return wanted
}

func (d *RuntimeDyld) isRetired(owner uint32) bool {
	return owner > hostIndex && d.objects[owner].State() == Retired
}

// completed drops the mentions of a removed object that was linked because others rely on it.
func (d *RuntimeDyld) completed(o *Object) {
	for _, id := range o.globals {
		if id != 0 {
			d.release(id)
		}
	}
	o.globals, o.layout, o.unlinked = nil, &noLayout, false
}

// expectWanted is expect for names that have lost their definition, but only those that an object mentions which is going to be linked: what
// finalized objects have referred to is settled.
func (d *RuntimeDyld) expectWanted(names []symID) {
	if len(names) == 0 {
		return
	}
	for _, id := range names {
		s := d.table.at(id)
		s.bits = s.bits&^bitNeeded | bitOrphan // those who needed it may be gone
	}
	for _, o := range d.fresh {
		if o.img == nil || o.State() != Loaded && !o.isRelied() {
			continue
		}
		for i, id := range o.globals {
			if id == 0 {
				continue
			}
			if s := d.table.at(id); s.bits&bitOrphan != 0 {
				if d.needs(o, i) {
					s.bits |= bitNeeded
				}
				d.expect(id, s)
			}
		}
	}
	for _, id := range names {
		d.table.at(id).bits &^= bitOrphan
	}
}

// redefine gives orphaned names the definitions that had lost against the removed ones, and then finds out which of those in force are relied on.
func (d *RuntimeDyld) redefine() {
	var groups comdat
	var reliant []*Object
	for _, o := range d.objects {
		if o == nil || o.img == nil || o.State() == Retired {
			continue
		}
		if len(o.anchors) > 0 {
			reliant = append(reliant, o)
		}
		looked := false
		for i, id := range o.globals {
			if id == 0 || d.table.at(id).bits&bitOrphan == 0 {
				continue
			}
			if !looked {
				looked = true
				groups.of(o.img)
			}
			d.redefineBy(o, i, id, &groups)
		}
	}
	for _, o := range reliant {
		d.hold(o)
	}
}

// free gives an object's memory back, and with it that of retired objects that only it referred to.
func (d *RuntimeDyld) free(o *Object) {
	d.strip(o)
	if o.attended {
		d.leaving = append(d.leaving, o)
		return
	}
	d.finishFree(o)
}

// strip takes away what an object still has besides its memory.
func (d *RuntimeDyld) strip(o *Object) {
	o.setState(Removed)
	if o.again { // a block of commons: cancelReopen was for the others
		d.endReopen(o)
	}
	if o.isRelied() {
		d.completed(o)
	}
}

// finishFree is free for an object that has been seen off, if it had to be.
func (d *RuntimeDyld) finishFree(o *Object) {
	d.garbage = append(d.garbage, o)
	if o.copy != nil {
		d.countCopies(o.copy, nil)
	}
	uses := o.uses
	o.uses = nil
	for _, u := range uses {
		if p := d.objects[u]; p != nil { // else it was of the same ring, and went before
			d.unuse(p)
		}
	}
	d.drop(o) // no sooner: in a ring of objects one of these uses o, by its number
}

// unuse drops one reference to an object's memory.
func (d *RuntimeDyld) unuse(o *Object) {
	o.users--
	if o.users == 0 && (o.img == nil || o.State() == Retired) && o.State() != Removed {
		d.free(o)
	}
}

// setUses notes what an object's relocated bytes refer to. The caller has the turn, not d.mu.
func (d *RuntimeDyld) setUses(o *Object, uses []uint32) {
	old := o.uses
	o.uses = carve(&d.numbers, numbersPiece, uses)
	for _, u := range uses {
		d.objects[u].users++
	}
	if len(old) > 0 {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, u := range old {
			d.unuse(d.objects[u])
		}
	}
}

// freeCycles frees retired objects that only retired objects refer to, by trial deletion: subtract the references that come from retired
// objects; what still has some is in use, and so is what it refers to.
func (d *RuntimeDyld) freeCycles() {
	kept := d.retired[:0]
	for _, o := range d.retired {
		if o.State() == Retired {
			kept = append(kept, o)
		}
	}
	clear(d.retired[len(kept):])
	if d.retired = kept; len(kept) == 0 {
		return
	}
	outside := make(map[*Object]int32, len(kept))
	for _, o := range kept {
		outside[o] += o.users
		for _, n := range o.uses {
			if u := d.objects[n]; u.State() == Retired {
				outside[u]--
			}
		}
	}
	var work []*Object
	for _, o := range kept {
		if outside[o] > 0 {
			work = append(work, o)
		}
	}
	for len(work) > 0 {
		o := work[len(work)-1]
		work = work[:len(work)-1]
		for _, n := range o.uses {
			if u := d.objects[n]; u.State() == Retired && outside[u] <= 0 {
				outside[u] = 1
				work = append(work, u)
			}
		}
	}
	ring := work
	for _, o := range kept {
		if outside[o] <= 0 {
			ring = append(ring, o)
		}
	}
	d.freeRing(ring)
}

// garbage is what was freed.
type garbage struct {
	allocs  []memmgr.AllocID
	threads threadGarbage
}

// takeGarbage returns what was freed, to be given back without a lock.
func (d *RuntimeDyld) takeGarbage() (g garbage) {
	for _, o := range d.garbage {
		g.allocs = append(g.allocs, o.alloc)
		g.threads.add(d, o)
		o.closeFile()
	}
	clear(d.garbage)
	d.garbage = d.garbage[:0]
	return g
}

// deallocate gives back what was freed.
func (d *RuntimeDyld) deallocate(g garbage) error {
	if len(g.allocs) == 0 { // as after most links; every object has one
		return nil
	}
	return errors.Join(g.threads.giveBack(d), d.mm.Deallocate(g.allocs...))
}

// closeFile gives back the file of an object that was Retired. An error of unmapping it is of no use to anybody.
func (o *Object) closeFile() {
	if o.file != nil {
		_ = o.file.Close()
		o.file = nil
	}
}

func closeFiles(objects []*Object) {
	for _, o := range objects {
		if o != nil {
			o.closeFile()
		}
	}
}

// Close removes every object, whoever refers to it, and forgets all names. The linker cannot be used any more. It waits for links, loads and hooks that are on their
// way; no code of the objects may be running. Errors are ErrClosed the second time, and those of the hooks and of the memory manager, after all is gone.
func (d *RuntimeDyld) Close() (err error) {
	g, tell, err := d.shut()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.deallocate(g)) }() // also when a hook panics
	return tell()
}

// Abandon is Close for a memory manager that is about to be closed itself: it gives nothing back to it. Errors are ErrClosed and those of the hooks.
func (d *RuntimeDyld) Abandon() (err error) {
	g, tell, err := d.shut()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.threads.giveBack(d)) }()
	return tell()
}

// shut closes the linker, and returns what there was, and what tells the hooks. The error is ErrClosed, and then there is nothing to do.
func (d *RuntimeDyld) shut() (g garbage, tell func() error, err error) {
	if err := d.takeLastTurn(); err != nil {
		return g, nil, err
	}
	d.freeze()
	d.cancelReopen(slices.Clone(d.reopened)) // the client knows them as they were
	g.allocs = make([]memmgr.AllocID, 0, len(d.objects))
	objects := d.objects[hostIndex+1:]
	attended, finals := attendedOf(objects), d.finalized(objects)
	for _, o := range objects {
		if o == nil {
			continue
		}
		o.setState(Removed)
		o.layout = &noLayout
		g.allocs = append(g.allocs, o.alloc)
		g.threads.add(d, o)
	}
	d.objects, d.commons, d.waiting, d.pending, d.weakData, d.fresh = nil, nil, nil, nil, nil, nil
	d.retired, d.leaving, d.movedObjects, d.ceded = nil, nil, nil, nil
	d.reopened, d.before, d.locals, d.aliasers = nil, nil, locals{}, nil
	d.copied.Store(0)
	d.table.clear()
	d.layouts.drop()
	d.closed, d.frozen = true, false
	d.endTurn()
	return g, func() (err error) {
		defer closeFiles(objects)
		defer func() { err = errors.Join(err, d.tellFreeing(finals)) }()
		return d.hooks.leaving(attended)
	}, nil
}
