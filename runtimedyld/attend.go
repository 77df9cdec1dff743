package runtimedyld

import (
	"errors"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
)

// Attended objects. Some objects cannot just go when nobody refers to them any more: destructors have to run, an unwinder has to forget their tables. The
// client has a last look at these while their memory, and that of all that they refer to, is still there:
//
//	free ─► leaving ─► Hooks.Leaving, without a lock or the turn ─► finishFree: what they used may be next ─► garbage ─► given back
//
// Objects that are not attended go from free to finishFree at once.

// Attend makes the linker call Hooks.Leaving before the object's memory is given back. It is for Hooks.Finalizing.
func (d *RuntimeDyld) Attend(o *Object) { o.attended = true }

// Uses says whether relocations of o refer to the object used. It is for Hooks.Finalizing, and for objects of its list.
func (o *Object) Uses(used *Object) bool { return slices.Contains(o.uses, used.index) }

// Hold keeps the memory of objects, and Attends to them, until Unhold: an object that is removed meanwhile is Retired, as if somebody used it. It
// returns the objects that are held, which are those that are Finalized, reopened or Retired, and of a linker that is closed none. It waits for links and removals that are on their way.
func (d *RuntimeDyld) Hold(objects []*Object) (held []*Object) {
	if d.takeTurn() != nil {
		return nil
	}
	defer d.endTurn()
	for _, o := range objects {
		if st := o.State(); st == Finalized || st == Retired || o.again {
			o.users++
			o.attended = true
			held = append(held, o)
		}
	}
	return held
}

// Unhold ends a Hold. Those that were removed meanwhile go now. Errors are those of Hooks.Leaving and of the memory manager. If
// the linker was closed meanwhile there is nothing to do.
func (d *RuntimeDyld) Unhold(held []*Object) error {
	if d.takeTurn() != nil {
		return nil
	}
	for _, o := range held {
		d.unuse(o)
	}
	d.freeCycles()
	return d.clearOut()
}

// clearOut gives back the memory of what nobody uses any more. What is leaving is seen off before, and then what only that has used, until nothing
// is. It is called with the turn and d.mu, and ends the turn.
func (d *RuntimeDyld) clearOut() (err error) {
	list := d.leaving
	if len(list) == 0 {
		garbage := d.takeGarbage()
		d.endTurn()
		return d.deallocate(garbage)
	}
	d.leaving = nil
	d.seeing++
	d.endTurn()
	defer func() { // also when the hook panics
		d.seen(list)
		if d.takeTurn() != nil {
			return // closed meanwhile, and that has given back everything
		}
		for _, o := range list {
			d.finishFree(o)
		}
		d.freeCycles()
		err = errors.Join(err, d.clearOut())
	}()
	return d.hooks.leaving(list)
}

// seen says that objects have been seen off.
func (d *RuntimeDyld) seen(list []*Object) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, o := range list {
		o.attended = false
	}
	d.seeing--
	d.cond.Broadcast()
}

// takeLastTurn is takeTurn for closing: what is seen off needs its memory until it has been.
func (d *RuntimeDyld) takeLastTurn() error {
	for {
		if err := d.takeTurn(); err != nil || d.seeing == 0 {
			return err
		}
		d.busy = false
		d.cond.Broadcast()
		for d.seeing > 0 {
			d.cond.Wait()
		}
		d.mu.Unlock()
	}
}

// leaving calls the hook for those of a list that are attended.
func (h *Hooks) leaving(list []*Object) error {
	attended := attendedOf(list)
	if h.Leaving == nil || len(attended) == 0 {
		return nil
	}
	return h.Leaving(attended)
}

func attendedOf(list []*Object) (attended []*Object) {
	for _, o := range list {
		if o != nil && o.attended {
			attended = append(attended, o)
		}
	}
	return attended
}

// freeRing frees retired objects that refer to each other. If one of them is attended, all stay until it has been seen off.
func (d *RuntimeDyld) freeRing(ring []*Object) {
	if len(attendedOf(ring)) == 0 {
		for _, o := range ring {
			if o.State() != Removed { // by one that went before
				d.free(o)
			}
		}
		return
	}
	for _, o := range ring {
		d.strip(o)
	}
	d.leaving = append(d.leaving, ring...)
}

// tidy gives back what has begun to leave where there was no turn to see it off.
func (d *RuntimeDyld) tidy() error {
	d.mu.Lock()
	leaving := len(d.leaving) > 0
	d.mu.Unlock()
	if leaving && d.takeTurn() == nil {
		return d.clearOut()
	}
	return nil // closed, and that has given back everything
}

// protect gives the memory of a batch its final protection, publishes what has been linked again, and lets the client do what has to be done before anybody can run the code.
func (d *RuntimeDyld) protect(list []*Object, batch memmgr.Batch, publish func() error) error {
	protect := func() error {
		if err := d.mm.Finalize(batch); err != nil {
			return err
		}
		return publish()
	}
	if d.hooks.Finalizing == nil {
		if err := refuseIFuncs(list); err != nil {
			return err
		}
		return protect()
	}
	return d.hooks.Finalizing(list, protect)
}
