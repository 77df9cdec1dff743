package runtimedyld

import (
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
)

// MoveExternal is DefineAbsolute for objects that are Finalized, too: LLVM's updateGlobalMapping as its users understand it. A name that no object defines, but the resolver or a mapping did, gets another address, and the
// objects that refer to it are linked again, and no others, with the definitions in force: GOT entries and the slots of stubs change at once, so that callers may run meanwhile; objects that refer to the name directly must not run. Everything is as with Reopen. It takes
// time in proportion to the number of names that objects mention, and to the size of those that mention this one. Address 0 takes a mapping away, and ClientHandled leaves it to the client; what is bound stays.
//
// Errors, with which nothing has changed: *DuplicateError if an object defines the name; ErrClosed; *RelocationError if the address is out of reach; *UndefinedError if an object refers to another name, whose mapping was taken away; an *ObjectError of ErrCannotRewrite or ErrNotRetained that names an object
// which refers to it and cannot be linked again, or of ErrState while objects are reopened, or while one is not finalized that defines something else to which they refer.
func (d *RuntimeDyld) MoveExternal(name string, addr executor.Addr) (err error) {
	if err := d.takeTurn(); err != nil {
		return err
	}
	d.freeze()
	defer func() {
		d.frozen = false
		err = withFreed(err, d.clearOut())
	}()
	s, id := d.table.lookup(name)
	if s == nil || addr == 0 || addr == ClientHandled {
		return d.defineAbsolute(name, addr)
	}
	if err := d.mappingError(id, s); err != nil {
		return err
	}
	r := &relink{dyld: d, moved: id, movedTo: uint64(addr)}
	if s.owner.Load() == 0 || s.addr.Load() != uint64(addr) {
		r.users = d.mentioning(id)
	}
	if len(r.users) > 0 && len(d.reopened) > 0 {
		return &ObjectError{Object: mappingName, Err: ErrState, Msg: fmt.Sprintf("%q cannot move while objects are reopened, such as %s; finalize them first", name, d.reopened[0].Name())}
	}
	if err := r.follow(name); err != nil {
		return err
	}
	return d.defineAbsolute(name, addr)
}

// follow links the users of a name again.
func (r *relink) follow(name string) error {
	d := r.dyld
	if len(r.users) == 0 {
		return nil
	}
	d.settle()
	if err := d.noteBefore(r.users); err != nil {
		return err
	}
	defer func() { d.before = nil }()
	return d.outside(func() error {
		defer r.closeUsers()
		if err := r.fixUsers(); err != nil {
			return err
		}
		if err := r.unfinishedError(name); err != nil {
			return err
		}
		for _, o := range r.users {
			r.compare(o)
		}
		return r.publish()
	})
}

// unfinishedError returns an error if users have come to refer to what is not finalized, such as an object that has been loaded since, and defines what a resolver knew before.
func (r *relink) unfinishedError(name string) error {
	for _, o := range r.users {
		for _, u := range o.copy.uses {
			if used := r.dyld.objects[u]; used.State() == Loaded {
				return &ObjectError{Object: used.Name(), Err: ErrState, Msg: fmt.Sprintf("%q cannot move: %s, which refers to it, would be linked to this object, which is not finalized; finalize it first", name, o.Name())}
			}
		}
	}
	return nil
}

// mentioning returns the Finalized objects that mention a name.
func (d *RuntimeDyld) mentioning(id symID) (list []*Object) {
	for _, o := range d.objects {
		if o != nil && o.img != nil && o.State() == Finalized && slices.Contains(o.globals, id) {
			list = append(list, o)
		}
	}
	return list
}
