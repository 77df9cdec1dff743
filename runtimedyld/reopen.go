package runtimedyld

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Reasons why something that is finalized cannot be linked again.
var (
	// ErrCannotRewrite says that the memory manager is no memmgr.Rewriter.
	ErrCannotRewrite = errors.New("the memory manager cannot change finalized memory")
	// ErrNotRetained says that relocations were not kept: see SetRetention.
	ErrNotRetained = errors.New("relocations were not retained")
)

// Reopen makes Finalized objects Loaded again, so that their sections can be mapped elsewhere and their names bound anew. Nothing happens to their code meanwhile, which may go on running: they are linked in copies
// of their memory (SectionContent), and what has changed is published by the next Finalize, together with what follows from it in other objects that refer to them, which stay Finalized. No memory is writable and executable at any time.
//
//   - What runs meanwhile: GOT entries, and the slots through which stubs jump, change at once, so that callers may run while what they call moves. Where code itself has to change, in objects that were moved or that refer
//     to moved ones directly, it must not run during Finalize. SetRelaxation(false) keeps calls and position-independent code from such direct references.
//   - Written data (SectionWrite) keeps what the program has written. Words that the linker has written, and that the program has not changed, follow what they point to.
//   - A section that goes elsewhere leaves its bytes behind, so that who is still running there is not harmed; its working memory is SectionContent from then on.
//     What these were is found out here, from the definitions in force: replace what they point to (Remove, LoadObject) after Reopen, not before, or they keep what they have.
//   - Names are unknown to FinalizedAddress until the next Finalize. Undefined ones are bound anew; those of objects that were removed are not found any more.
//   - An object that is removed before it is finalized again goes as it was.
//
// Objects that are Loaded stay so. Errors, with which nothing has changed: ErrClosed, and *ObjectError of ErrState for objects in other states, of ErrCannotRewrite, of ErrNotRetained, and of ErrThreadLocal for objects whose
// thread-local variables are initialized with addresses, which threads have copied; and *objimage.FormatError for objects whose files have been overwritten or truncated since they were loaded.
func (d *RuntimeDyld) Reopen(objects ...*Object) error {
	if err := d.takeTurn(); err != nil {
		return err
	}
	defer d.endTurn()
	d.freeze()
	defer func() { d.frozen = false }()
	for _, o := range objects {
		if st := o.State(); !d.owns(o) || st != Finalized && st != Loaded {
			return d.stateError(o, "reopen", st)
		}
	}
	return d.reopen(slices.DeleteFunc(slices.Clone(objects), func(o *Object) bool { return o.State() == Loaded }))
}

// Reopened says whether the object is one on which Reopen was used and that is not Finalized since. It is for Hooks.Finalizing and Hooks.Finalized.
func (o *Object) Reopened() bool { return o.again }

// before is what linking made of relocated sections of written data when everything was where it was when it was finalized.
type before map[*Object][]dataImage

// A dataImage is what a link makes of a section, an index into Object.sections.
type dataImage struct {
	section int
	bytes   []byte
}

// reopen is Reopen for objects that are Finalized, blocks of commons included. It is called frozen, with the turn and d.mu.
func (d *RuntimeDyld) reopen(objects []*Object) error {
	slices.SortFunc(objects, func(a, b *Object) int { return int(a.index) - int(b.index) })
	objects = slices.Compact(objects)
	var errs []error
	for _, o := range objects {
		errs = append(errs, d.relinkError(o))
		if d.retention != RetainAll && o.img != nil {
			errs = append(errs, d.notRetained(o))
		}
	}
	if err := joined(slices.DeleteFunc(errs, func(err error) bool { return err == nil })); err != nil {
		return err
	}
	if err := d.noteBefore(slices.Concat(objects, d.usersOf(objects))); err != nil {
		return err
	}
	for _, o := range objects {
		d.openCopy(o)
		o.again, o.located, o.fixedAt = true, false, 0
		o.setState(Loaded)
		d.addFresh(o)
		d.reopened = append(d.reopened, o)
		d.unpublishNames(o)
	}
	d.version++
	return nil
}

// relinkError says why a Finalized object cannot be linked again.
func (d *RuntimeDyld) relinkError(o *Object) error {
	_, ok := d.mm.(memmgr.Rewriter)
	if can, asked := d.mm.(interface{ CanRewrite() bool }); asked && !can.CanRewrite() {
		return &ObjectError{Object: o.Name(), Err: ErrCannotRewrite, Msg: fmt.Sprintf("linked again after it was finalized; %T can do it in processes that are executor.Patchers", d.mm)}
	}
	if !ok {
		return &ObjectError{Object: o.Name(), Err: ErrCannotRewrite, Msg: fmt.Sprintf("linked again after it was finalized; %T has to implement memmgr.Rewriter for that", d.mm)}
	}
	if err := o.checkFile(); err != nil {
		return err
	}
	if o.tls != nil && slices.ContainsFunc(o.readLayout().tables, func(t objimage.RelocTable) bool { return o.tls.has(uint32(o.sections[t.Target].file)) }) {
		return &ObjectError{Object: o.Name(), Err: ErrThreadLocal, Msg: "linked again after it was finalized; threads have copied addresses in the initial contents of its variables"}
	}
	return nil
}

// checkFile makes sure that the object's file, which is read again, is what it was.
func (o *Object) checkFile() error {
	if o.img == nil {
		return nil
	}
	return o.img.Buffer().Check()
}

// unpublishNames is the opposite of publishNames. What nobody defines is asked for again.
func (d *RuntimeDyld) unpublishNames(o *Object) {
	for i, id := range o.globals {
		if id == 0 {
			continue
		}
		switch s := d.table.at(id); {
		case s.owner.Load() == o.index:
			s.owner.Store(o.index)
		case s.owner.Load() == 0 && o.img != nil:
			if d.needs(o, i) {
				s.bits |= bitNeeded
			}
			d.expect(id, s)
		}
	}
}

// cancelReopen makes objects Finalized again, as they were, because they are to be removed: others run on what is in their memory.
func (d *RuntimeDyld) cancelReopen(objects []*Object) {
	for _, o := range objects {
		if !o.again {
			continue
		}
		for i, addr := range o.copy.linked {
			if o.loadAddr(i) != addr {
				d.remap(o, i, executor.Addr(addr))
			}
		}
		o.again = false
		d.cancelCopy(o)
		o.setState(Finalized)
		d.endReopen(o)
		d.fresh = slices.DeleteFunc(d.fresh, func(r *Object) bool { return r == o })
	}
	d.settle()
}

// endReopen forgets that an object was reopened.
func (d *RuntimeDyld) endReopen(o *Object) {
	if d.reopened = slices.DeleteFunc(d.reopened, func(r *Object) bool { return r == o }); len(d.reopened) == 0 {
		d.before = nil
	}
}

// stayReopened is for a link after which objects that were reopened are not finalized again, and others are finalized.
func (d *RuntimeDyld) stayReopened() {
	for _, o := range d.reopened {
		o.setState(Loaded)
		d.addFresh(o)
	}
}

// usersOf returns the Finalized objects that refer to others.
func (d *RuntimeDyld) usersOf(objects []*Object) (list []*Object) {
	if len(objects) == 0 {
		return nil
	}
	wanted := make(map[uint32]bool, len(objects))
	for _, o := range objects {
		wanted[o.index] = true
	}
	for _, o := range d.objects {
		if o != nil && o.img != nil && o.State() == Finalized && !wanted[o.index] && slices.ContainsFunc(o.uses, func(u uint32) bool { return wanted[u] }) {
			list = append(list, o)
		}
	}
	return list
}

// noteBefore links the written data of objects as it was linked, so that what the program has written there can be told from what the linker has.
func (d *RuntimeDyld) noteBefore(objects []*Object) error {
	var errs []error
	for _, o := range objects {
		if err := o.checkFile(); err != nil {
			errs = append(errs, err)
		}
	}
	if err := joined(errs); err != nil {
		return err
	}
	return d.outside(func() error {
		f := d.takeFixer()
		for _, o := range objects {
			if _, ok := d.before[o]; ok || o.img == nil || !o.hasRelocatedData() {
				continue
			}
			d.openCopy(o)
			// What goes wrong here, because names were removed meanwhile, goes wrong again when it matters.
			_ = f.object(o)
			if d.before == nil {
				d.before = before{}
			}
			d.before[o] = o.dataImages()
			d.cancelCopy(o)
		}
		putFixer(f)
		return nil
	})
}
