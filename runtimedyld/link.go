package runtimedyld

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// ResolveRelocations applies the relocations of every Loaded object for the addresses that hold now, and leaves the objects Loaded: sections can
// still be mapped elsewhere, and resolved again. Names that no object defines are asked of the resolver first.
//
// Errors: *UndefinedError with all names, *RelocationError, a LinkError of several, whatever the resolver or the memory manager says. The objects
// are Loaded then as well. A *FreeError alone says that they were resolved.
func (d *RuntimeDyld) ResolveRelocations() error {
	_, err := d.link(false, d.resolver)
	return err
}

// Finalize does what ResolveRelocations does, and has the memory manager give the memory its final protection: LLVM's
// finalizeWithMemoryManagerLocking. All Loaded objects become Finalized together; they are returned, in the order in which they
// were loaded. On error none does, unless it is a *FreeError, with which they are returned, or a *PublishError, with which those are returned that are Finalized
// for the first time.
func (d *RuntimeDyld) Finalize() ([]*Object, error) { return d.link(true, d.resolver) }

// FinalizeWith is Finalize with a resolver of its own for this one link, as one that knows when whoever links has lost patience. A linker that was made without a resolver
// asks none.
func (d *RuntimeDyld) FinalizeWith(r SymbolResolver) ([]*Object, error) { return d.link(true, r) }

// link asks the resolver, without the turn, until there is nothing left to ask, and then links.
func (d *RuntimeDyld) link(finalize bool, resolver SymbolResolver) ([]*Object, error) {
	var asked asked
	var freed []error
	for {
		done, ask, free, err := d.tryLink(finalize, &asked)
		freed = append(freed, free)
		if len(ask) == 0 {
			return done, withFreed(err, freed...)
		}
		if err := d.resolve(ask, resolver); err != nil {
			return nil, withFreed(err, freed...)
		}
	}
}

// tryLink takes the turn and links, unless there are names to ask the resolver for. It gives the turn back however it ends: a memory manager that panics
// does not stop the linker for everybody else. free is what goes wrong when that gives back what nobody uses any more.
func (d *RuntimeDyld) tryLink(finalize bool, asked *asked) (done []*Object, ask []Reference, free, err error) {
	if err := d.takeTurn(); err != nil {
		return nil, nil, nil, err
	}
	d.freeze()
	defer func() {
		d.frozen = false
		free = d.clearOut()
	}()
	err = objimage.Guard(func() (err error) {
		if ask = d.unresolved(asked); len(ask) == 0 {
			done, err = d.linkLoaded(finalize)
		}
		return err
	})
	return done, ask, nil, err
}

// outside lets go of d.mu while f runs.
func (d *RuntimeDyld) outside(f func() error) error {
	d.mu.Unlock()
	defer d.mu.Lock()
	return f()
}

// freeze waits for the loads that are on their way and keeps others from beginning, so that what is linked stays as it is.
func (d *RuntimeDyld) freeze() {
	d.frozen = true
	for d.loading > 0 {
		d.cond.Wait()
	}
}

// resolve asks the resolver for names, and enters what it knows.
func (d *RuntimeDyld) resolve(ask []Reference, resolver SymbolResolver) error {
	ask = d.resolveThreadFunctions(ask)
	refs := slices.Clone(ask) // what the resolver does to its slice is its own
	if d.resolver != nil && len(refs) > 0 {
		if err := resolver.ResolveSymbols(refs); err != nil {
			return fmt.Errorf("symbol resolver: %w", err)
		}
	}
	if err := d.resolveThreadVariables(ask); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var data map[string]executor.Addr
	for i := range ask {
		a := uint64(refs[i].Addr)
		if a == 0 {
			continue
		}
		if ask[i].Data {
			if data == nil {
				data = map[string]executor.Addr{}
			}
			data[ask[i].Name] = refs[i].Addr
			continue
		}
		s, _ := d.table.lookup(ask[i].Name)
		if !ask[i].ThreadLocal && s != nil && s.owner.Load() == 0 && s.bits&bitCommon == 0 {
			s.define(d.host, 0, a)
			s.publish()
			d.version++
		}
	}
	d.bindData(data)
	return nil
}

// linkLoaded links what is Loaded. It is called frozen, with the turn and d.mu, and lets go of d.mu while it works.
func (d *RuntimeDyld) linkLoaded(finalize bool) (done []*Object, err error) {
	if d.hasStandIns {
		d.takeStandIns()
	}
	if err := d.undefinedError(); err != nil {
		return nil, err
	}
	if err := d.placeCommons(d.waitingCommons()); err != nil {
		return nil, err
	}
	d.settle()
	list, relied := d.toLink()
	all := list
	if len(relied) > 0 {
		all = slices.Concat(list, relied)
	}
	again := d.follow(list)
	version, batch := d.version, d.batch
	for _, o := range list {
		o.setState(Linking)
	}
	protected := false
	defer func() { // also when a hook panics
		if protected { // it cannot be linked another time
			done = d.linked(list, relied, again)
			return
		}
		for _, o := range list {
			o.setState(Loaded)
		}
	}()
	return nil, d.outside(func() error {
		if err := d.fixAll(all, version); err != nil || !finalize {
			return err
		}
		return again.finalize(func(publish func() error) error {
			defer d.unload(list)
			return d.protect(all, batch, func() error {
				protected = true
				return publish()
			})
		})
	})
}

// linked makes objects Finalized whose memory has its final protection, and returns them. Those that were reopened are not if publishing them has failed.
func (d *RuntimeDyld) linked(list, relied []*Object, again *relink) []*Object {
	if again.unpublished {
		list = slices.DeleteFunc(list, (*Object).isOpen)
		defer d.stayReopened()
	}
	if d.hooks.Finalized != nil {
		d.hooks.Finalized(list)
	}
	for _, o := range relied {
		d.publishNames(o)
		d.completed(o)
	}
	d.publish(list)
	return list
}

// toLink returns the objects that are Loaded, in the order in which they were loaded, blocks of commons included; and those that were
// removed while others relied on their COMDAT groups.
func (d *RuntimeDyld) toLink() (list, relied []*Object) {
	list = make([]*Object, 0, len(d.fresh))
	for _, o := range d.fresh {
		switch {
		case o.State() == Loaded:
			list = append(list, o)
		case o.isRelied() && d.ownsName(o):
			relied = append(relied, o)
		case o.isRelied(): // those who did so are gone, and whoever has been linked to it is linked anew
			d.completed(o)
			o.unlinked = true // as it stays: see giveNameBack
		}
	}
	clear(d.fresh)
	d.fresh = append(append(d.fresh[:0], list...), relied...)
	return list, relied
}

// ownsName says whether a definition of the object is in force.
func (d *RuntimeDyld) ownsName(o *Object) bool {
	tab := d.table.cur.Load()
	return slices.ContainsFunc(o.globals, func(id symID) bool { return id != 0 && tab.at(id).owner.Load() == o.index })
}

// isRelied says whether a removed object still has to be linked.
func (o *Object) isRelied() bool { return o.unlinked && o.globals != nil }

// fixAll applies the relocations of objects that are Linking.
func (d *RuntimeDyld) fixAll(list []*Object, version uint64) error {
	f := d.takeFixer()
	if err := d.addThreads(f, list, version); err != nil {
		return err
	}
	var errs []error
	for _, o := range slices.Backward(list) { // what was loaded last may still be in the cache
		if o.img == nil || o.fixedAt == version {
			continue
		}
		if err := guarded(o.img, func() error { return f.object(o) }); err != nil {
			errs = append(errs, err)
			if errors.Is(err, objimage.ErrTruncated) {
				f = d.takeFixer() // the other one was in the middle of something
			}
			continue
		}
		if o.isOpen() {
			o.copy.uses = slices.Clone(f.uses)
			d.addUses(o, f.uses)
		} else {
			d.setUses(o, f.uses)
		}
		o.fixedAt = version
	}
	putFixer(f)
	slices.Reverse(errs)
	return joined(errs)
}

// publish makes objects Finalized, and their symbols ready for FinalizedAddress.
func (d *RuntimeDyld) publish(list []*Object) {
	tab := d.table.cur.Load()
	for _, o := range list {
		o.setState(Finalized)
		o.layout, o.again = &noLayout, false
		o.tls.settle(d.retention != RetainNone)
		d.publishNames(o)
	}
	d.keepSmallBases(list)
	d.locals.drop(d.fresh)
	for _, id := range d.pending { // weak references to nothing: settled, until somebody mentions the name again
		tab.at(id).bits &^= bitPending
	}
	for _, id := range d.weakData {
		tab.at(id).bits &^= bitNoted
	}
	clear(d.fresh)
	d.pending, d.weakData, d.fresh = d.pending[:0], d.weakData[:0], d.fresh[:0]
	d.layouts.drop()
	d.batch++
}

// publishNames makes what an object defines ready for FinalizedAddress.
func (d *RuntimeDyld) publishNames(o *Object) {
	tab := d.table.cur.Load()
	for i, id := range o.globals {
		if id != 0 {
			if s := tab.at(id); s.owner.Load() == o.index && (o.tls == nil || !o.definesThread(i)) {
				s.publish()
			}
		}
	}
}

// undefinedError returns an error if an object that is to be linked refers strongly to a name that has no definition. Of one that was removed only the
// COMDAT groups count, on which others rely. A name of an ELF object to which no relocation of what is loaded refers is not missed, as other linkers have it: all its references may be in
// COMDAT groups that were dropped, or in debugging information.
func (d *RuntimeDyld) undefinedError() error {
	if len(d.pending) == 0 {
		return nil
	}
	var e UndefinedError
	at := map[symID]int{}
	for _, o := range d.fresh {
		relied := o.isRelied()
		if o.img == nil || o.State() != Loaded && !relied {
			continue
		}
		var inGroups map[uint32]bool
		if relied {
			inGroups = o.groupReferences()
		}
		var missing map[uint32]int
		for i, id := range o.globals {
			if id == 0 {
				continue
			}
			s := d.table.at(id)
			sym := uint32(o.img.FirstGlobal() + i)
			if s.owner.Load() != 0 || s.bits&bitCommon != 0 || !d.needs(o, i) || relied && !inGroups[sym] {
				continue
			}
			k, ok := at[id]
			if !ok {
				k = len(e.Symbols)
				at[id] = k
				e.Symbols = append(e.Symbols, Undefined{Name: d.table.name(s)})
			}
			if missing == nil {
				missing = map[uint32]int{}
			}
			missing[sym] = k
		}
		o.noteReferences(missing, e.Symbols)
	}
	e.Symbols = slices.DeleteFunc(e.Symbols, func(u Undefined) bool { return len(u.Refs) == 0 })
	if len(e.Symbols) == 0 {
		return nil
	}
	return &e
}

// needs reports whether the object cannot do without a definition of its i-th global: it is a reference, and not weak. A global in a section that is
// not loaded has no definition here either, but is no reference.
func (d *RuntimeDyld) needs(o *Object, i int) bool {
	y := o.global(i)
	return y.Place == objimage.PlaceUndefined && y.Binding != objimage.BindWeak && !d.forgives(o, i, &y) || y.Place == objimage.PlaceSection && o.hasDropped(y.Section)
}

// groupReferences returns the symbols to which the object's COMDAT groups refer.
func (o *Object) groupReferences() map[uint32]bool {
	var groups comdat
	groups.of(o.img)
	list := map[uint32]bool{}
	var relocs [64]objimage.Reloc
	for i := range o.layout.tables {
		table := &o.layout.tables[i]
		if !groups.has(uint32(o.sections[table.Target].file)) {
			continue
		}
		for from := 0; from < int(table.Num); {
			batch := o.img.RelocsOf(table, from, relocs[:])
			for k := range batch {
				list[batch[k].Sym] = true
			}
			from += len(batch)
		}
	}
	return list
}

// noteReferences adds to list where each missing symbol, by its number in the object, is first referred to: nothing, if it is by no relocation of ELF, and by no place in other formats, whose linkers take
// the symbol itself for a reference.
func (o *Object) noteReferences(missing map[uint32]int, list []Undefined) {
	var relocs [64]objimage.Reloc
	for i := 1; i < o.img.NumSections() && len(missing) > 0; i++ {
		target, n, _, ok := o.img.RelocTarget(i)
		if !ok || o.sectionIndex(target) < 0 {
			continue
		}
		for from := 0; from < n && len(missing) > 0; {
			k := o.img.Relocs(i, from, relocs[:min(len(relocs), n-from)])
			for _, r := range relocs[:k] {
				if u, ok := missing[r.Sym]; ok {
					list[u].Refs = append(list[u].Refs, fmt.Sprintf("%s:(%s+%#x)", o.Name(), shown(o.img.SectionName(target)), r.Offset))
					delete(missing, r.Sym)
				}
			}
			from += k
		}
	}
	if o.img.Format() == objimage.ELF {
		return
	}
	for _, u := range missing {
		list[u].Refs = append(list[u].Refs, o.Name())
	}
}
