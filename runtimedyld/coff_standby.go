package runtimedyld

import (
	"iter"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
)

// What an object says that a name is if nobody defines it (a weak external, /alternatename) holds for all objects, as in every linker. It is settled in each link, when the resolver has
// been asked for the names.

// takeStandIns makes definitions of weak externals that libraries do not define, and finds out what other names are that nobody defines. It is called in a link, with the turn and d.mu.
func (d *RuntimeDyld) takeStandIns() {
	d.standbys = nil
	for _, o := range d.objects {
		if o == nil || o.coff == nil || o.globals == nil {
			continue
		}
		for _, i := range o.coff.late {
			if id := o.globals[i]; id != 0 && d.table.at(id).owner.Load() == 0 {
				var groups comdat
				groups.of(o.img)
				d.redefineBy(o, int(i), id, &groups)
			}
		}
	}
	for _, o := range d.objects {
		if o == nil || o.coff == nil || o.globals == nil {
			continue
		}
		for _, s := range o.coff.standIns {
			if id, to := d.standby(o, s); to != 0 && d.standbys[id] == 0 {
				if d.standbys == nil {
					d.standbys = map[symID]symID{}
				}
				d.standbys[id] = to
			}
		}
	}
}

// aliases returns the names that are others, whatever libraries and the process say. It is called with the turn and d.mu.
func (d *RuntimeDyld) aliases() map[symID]bool {
	if len(d.aliasers) == 0 {
		return nil
	}
	list := map[symID]bool{}
	for _, o := range d.aliasers {
		for id := range o.aliases() {
			list[id] = true
		}
	}
	return list
}

// aliases are the names that the object says are others.
func (o *Object) aliases() iter.Seq[symID] {
	return func(yield func(symID) bool) {
		for _, s := range o.coff.standIns {
			if s.strong && int(s.global) < len(o.globals) && !yield(o.globals[s.global]) {
				return
			}
		}
	}
}

// aliaser returns the object that says that a name is another, nil if there is none. Names of the objects that were removed are nobody's.
func (d *RuntimeDyld) aliaser(id symID) *Object {
	for _, o := range d.aliasers {
		if o.State() >= Retired {
			continue
		}
		for alias := range o.aliases() {
			if alias == id {
				return o
			}
		}
	}
	return nil
}

// enterAliases enters an object whose globals have been entered as one that says of names that they are others, if it does.
func (d *RuntimeDyld) enterAliases(o *Object, c *coffPart) (errs []error) {
	if slices.ContainsFunc(c.standIns, func(s standIn) bool { return s.strong }) {
		o.rare().coff = c
		errs = d.checkAliases(o)
		d.aliasers = append(d.aliasers, o)
	}
	return errs
}

// checkAliases returns errors for names of an object, which has been entered just now, that it says are others although they are defined. To Apple's linkers they are definitions, too, which are strong if
// the other is. Here they would yield to a definition.
func (d *RuntimeDyld) checkAliases(o *Object) (errs []error) {
	for id := range o.aliases() {
		first, s := "", d.table.at(id)
		switch owner := s.owner.Load(); {
		case s.bits&(bitCommon|bitStored) != 0:
			first = d.commons[id].object
		case s.bits&bitMapping != 0:
			first = mappingName
		case owner > hostIndex:
			first = d.objects[owner].Name()
		case s.bits&bitClaimed != 0:
			first = o.Name()
		default:
			if a := d.aliaser(id); a != nil {
				first = a.Name()
			}
			s.bits |= bitClaimed
		}
		if first != "" {
			errs = append(errs, &DuplicateError{Symbol: d.table.name(s), First: first, Second: o.Name(), Detail: detailAlias})
		}
	}
	for id := range o.aliases() {
		d.table.at(id).bits &^= bitClaimed
	}
	return errs
}

// detailAlias says what is duplicate where a name is another, which no definition is, of whatever binding.
const detailAlias = "one of them says that it is another name of a symbol (N_INDR)"

// standby returns the name that a stand-in is about, and the one that it is, which is defined; 0 if it is of no use.
func (d *RuntimeDyld) standby(o *Object, s standIn) (id, to symID) {
	first := uint32(o.img.FirstGlobal())
	if s.pointer || s.symbol < first {
		return 0, 0
	}
	id, to = o.globals[s.global], o.globals[s.symbol-first]
	if id == 0 || to == 0 || d.table.at(id).owner.Load() != 0 {
		return 0, 0
	}
	if s := d.table.at(to); s.owner.Load() == 0 && s.bits&bitCommon == 0 {
		return 0, 0
	}
	return id, to
}

// placeStandbys fills addrs for globals of the object that nobody defines and that are others.
func (f *fixer) placeStandbys() {
	first := f.o.img.FirstGlobal()
	for i, id := range f.o.globals {
		if to := f.dyld.standbys[id]; id != 0 && to != 0 {
			f.addrs[first+i] = f.globalAddress(f.dyld.table.at(to))
		}
	}
}

// DefaultAddress returns the address that a name has if nobody defines it, by what an object says (COFF's weak externals, /alternatename); false if no object says anything, or somebody
// defines it. It takes a lock.
func (d *RuntimeDyld) DefaultAddress(name string) (executor.Addr, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	wanted, id := d.table.lookup(name)
	if !d.hasStandIns || wanted == nil || wanted.owner.Load() != 0 {
		return 0, false
	}
	for _, o := range d.objects {
		if o == nil || o.coff == nil || o.globals == nil {
			continue
		}
		for _, i := range o.coff.late {
			if o.globals[i] == id {
				return executor.Addr(o.globalAddr(int(i))), true
			}
		}
		for _, s := range o.coff.standIns {
			if about, to := d.standby(o, s); about == id && to != 0 {
				a := d.table.at(to).addr.Load() // 0 of a common that has no storage yet
				return executor.Addr(a), a != 0
			}
		}
	}
	return 0, false
}
