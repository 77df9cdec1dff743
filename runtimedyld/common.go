package runtimedyld

import (
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Commons are C's tentative definitions: `int x;` in several objects is one variable, of the largest size and alignment that any of them asks
// for (System V gABI, "Symbol Table", SHN_COMMON). Storage is given when it is first needed, by a link or a look-up. It then belongs to no
// object of the file system but to a block of its own, an Object without image, which lives until the last object that mentions one of
// its names is gone.

// A common is a name whose definition is tentative.
type common struct {
	size, align uint64  // the largest of those seen
	object      string  // who asked for that size
	block       *Object // where the storage is; nil while there is none
}

// conflict says why a definition cannot follow the storage that was given.
func (c *common) conflict(y *objimage.Symbol) string {
	switch {
	case isStrong(y):
		return "the common already has its storage; load the object that defines it first"
	case y.Place == objimage.PlaceCommon && (y.Size > c.size || y.Value > c.align):
		return fmt.Sprintf("a common of %d bytes aligned to %d, but its storage was given as %d aligned to %d; load the larger one first",
			y.Size, max(y.Value, 1), c.size, c.align)
	}
	return ""
}

// defineCommon takes a tentative definition into account.
func (d *RuntimeDyld) defineCommon(id symID, y *objimage.Symbol, o *Object) {
	s := d.table.at(id)
	c, owner := d.commons[id], s.owner.Load()
	switch {
	case s.bits&bitStored != 0:
		return
	case c != nil:
	case s.bits&bitMapping != 0 || owner > hostIndex && s.bits&bitWeak == 0:
		s.bits |= bitShared
		return
	default:
		c = &common{}
		d.commons[id] = c
		if len(d.waiting) > 2*len(d.commons) { // objects have come and gone
			d.dropServed()
		}
		d.waiting = append(d.waiting, id)
	}
	if y.Size >= c.size {
		c.size, c.object = y.Size, o.Name()
	}
	c.align = max(c.align, y.Value, 1)
	s.undefine()
	s.bits = s.bits&^bitsOfDefinition | bitCommon
}

// dropCommon forgets that a name is a common, because it is defined otherwise or gone.
func (d *RuntimeDyld) dropCommon(id symID, s *symbol) {
	if s.bits&(bitCommon|bitStored) == 0 {
		return
	}
	c := d.commons[id]
	delete(d.commons, id)
	s.bits &^= bitCommon | bitStored
	if c.block != nil {
		d.unuse(c.block)
	}
}

// lockedAddress is SymbolLoadAddress with the lock. It gives a common its storage because somebody asks for its address.
func (d *RuntimeDyld) lockedAddress(name string) (executor.Addr, bool) {
	d.mu.Lock()
	d.settle()
	s, _ := d.table.lookup(name)
	if s == nil || s.bits&bitCommon == 0 { // defined meanwhile, or only mentioned: nothing to wait for
		defer d.mu.Unlock()
		return d.definition(s)
	}
	d.mu.Unlock()
	if d.takeTurn() != nil {
		return 0, false
	}
	defer d.endTurn()
	d.freeze()
	defer func() { d.frozen = false }()
	s, id := d.table.lookup(name)
	if s != nil && s.bits&bitCommon != 0 && d.placeCommons([]symID{id}) != nil {
		return 0, false
	}
	return d.definition(s)
}

// definition returns the address of a symbol, which may be nil; false if nobody defines it, or it is a thread-local variable.
func (d *RuntimeDyld) definition(s *symbol) (executor.Addr, bool) {
	if s == nil || s.owner.Load() == 0 || d.hasThreads.Load() && d.isThread(s) {
		return 0, false
	}
	a := s.addr.Load()
	return executor.Addr(a), !s.isHandled(a)
}

// commonNames are the names of a block's commons. Their sections have the numbers 0, -1, -2 and so on, none of which a file has.
type commonNames []string

func (n commonNames) SectionName(index int) []byte { return []byte(n[-index]) }

// waitingCommons returns the commons without storage. It does not look at those that have some: a link costs what is new in it.
func (d *RuntimeDyld) waitingCommons() []symID {
	d.dropServed()
	list := slices.Clone(d.waiting)
	slices.Sort(list)
	return slices.Compact(list) // a number may have been given twice
}

// dropServed takes out of waiting what has its storage, or is no common any more.
func (d *RuntimeDyld) dropServed() {
	d.waiting = slices.DeleteFunc(d.waiting, func(id symID) bool {
		c := d.commons[id]
		return c == nil || c.block != nil
	})
}

// placeCommons gives storage to commons. It is called frozen, with the turn and d.mu, and lets go of d.mu while it allocates.
func (d *RuntimeDyld) placeCommons(list []symID) error {
	if len(list) == 0 {
		return nil
	}
	requests, names := make([]memmgr.Section, len(list)), make(commonNames, len(list))
	for i, id := range list {
		c := d.commons[id]
		requests[i] = memmgr.Section{Index: -i, Kind: memmgr.RWData, ZeroFill: true, Size: c.size, Align: c.align}
		names[i] = d.table.name(d.table.at(id))
	}
	d.nextID++
	block := &Object{rarities: &noRarities, layout: &noLayout, id: d.nextID, batch: d.batch, gotBase: -1, stubBase: -1, written: true}
	err := d.outside(func() (err error) {
		block.alloc, err = d.mm.Allocate(block.batch, memmgr.Module{ID: block.id, Name: block.Name(), Sections: names}, requests)
		return err
	})
	if err != nil {
		return &ObjectError{Object: block.Name(), Err: err}
	}
	p := plan{requests: requests}
	p.place()
	block.sections, block.bases = p.placed, p.bases
	block.setState(Loaded)
	d.add(block)
	d.addFresh(block)
	for i, id := range list {
		s := d.table.at(id)
		d.commons[id].block = block
		block.users++
		block.globals = append(block.globals, id)
		s.bits = s.bits&^bitCommon | bitStored
		s.define(block, uint32(i), block.loadAddr(i))
	}
	d.version++
	return nil
}

// commonSize returns the bytes of a common's storage, 0 for what is not one. The caller has the turn; d.mu does not matter, since what has
// storage stays as it is.
func (d *RuntimeDyld) commonSize(id symID) uint64 {
	if c := d.commons[id]; c != nil {
		return c.size
	}
	return 0
}
