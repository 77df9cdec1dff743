package runtimedyld

// findAddresses fills starts, addrs, slots and stubs for the object.
func (f *fixer) findAddresses() error {
	o := f.o
	f.starts = zeroed(f.starts, o.img.NumSections())
	for k := range o.layout.extents {
		f.starts[o.sections[k].file] = o.loadAddr(k)
	}
	f.trims = o.trims
	if len(o.anchors) > 0 {
		f.placeDropped()
	}
	n, first := o.img.NumSymbols(), o.img.FirstGlobal()
	f.addrs = sized(f.addrs, n)
	if len(f.trims)|len(o.anchors) == 0 {
		if err := o.img.Addresses(f.starts, f.addrs[:first]); err != nil {
			return err
		}
	} else if err := f.placeLocals(first); err != nil {
		return err
	}
	tab := f.dyld.table.cur.Load()
	for i, id := range o.globals {
		if id == 0 {
			f.addrs[first+i] = o.gotAddr()
			continue
		}
		f.addrs[first+i] = f.globalAddress(tab.at(id))
	}
	if f.hasHandled {
		f.placeHandled()
	}
	if f.dyld.standbys != nil {
		f.placeStandbys()
	}
	if o.isOpen() && !o.again {
		f.placeFormer()
	}
	f.placeBounds()
	f.slots = sized(f.slots, n)
	for k, sym := range o.slots() {
		f.slots[sym] = uint32(k)
	}
	if len(f.stubs) < n {
		f.stubs = make([]uint64, n)
	}
	if o.stubBase >= 0 {
		at, step := o.loadAddr(int(o.stubBase)), o.stubStep()
		for k, sym := range o.stubs() {
			f.stubs[sym] = at + uint64(k)*step + 1
		}
	}
	if o.coff != nil {
		f.placeStandIns()
	}
	return nil
}

// placeLocals fills addrs for the local symbols of an object whose sections have shrunk, or that has dropped some.
func (f *fixer) placeLocals(first int) error {
	o := f.o
	for from := 0; from < first; {
		k, err := o.img.Symbols(from, f.syms[:min(len(f.syms), first-from)])
		if err != nil {
			return err
		}
		if len(f.trims) > 0 {
			f.trims.trimSymbols(f.syms[:k])
		}
		for i := range f.syms[:k] {
			f.addrs[from+i] = f.syms[i].Address(f.starts)
		}
		if len(o.anchors) > 0 {
			f.noteDropped(from, f.syms[:k])
		}
		from += k
	}
	return nil
}

// globalAddress returns where a name is, and notes whom the object depends on for that. Nothing is loaded while a link is on its way, so whatever is
// defined is in this link or in a finished one. The address of what is not defined is 0, and only weak references have got here.
func (f *fixer) globalAddress(s *symbol) uint64 {
	owner := s.owner.Load()
	if owner == 0 {
		return 0
	}
	if owner == hostIndex {
		return f.hostAddress(s)
	}
	if owner != f.o.index {
		f.use(owner)
	}
	return s.addr.Load()
}

// use adds an object to uses. The last few are compared first: looking into the object itself would cost a cache miss.
func (f *fixer) use(owner uint32) {
	const few = 8
	for i := len(f.uses) - 1; i >= max(0, len(f.uses)-few); i-- {
		if f.uses[i] == owner {
			return
		}
	}
	if o := f.dyld.objects[owner]; o.mark != f.mark {
		o.mark = f.mark
		f.uses = append(f.uses, owner)
	}
}
