package runtimedyld

import (
	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// threadVariable returns where a symbol of the object is as a thread-local variable: its module, and how far it is from the start of the block.
func (f *fixer) threadVariable(sym uint32) (m *executor.ThreadModule, off uint64, ok bool) {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if o.tls == nil {
		return nil, 0, false // the file has changed since it was loaded
	}
	if sym < first { // one in a section that was dropped with its group is in another object, whose module nothing tells
		var y [1]objimage.Symbol
		o.img.Symbols(int(sym), y[:])
		return o.tls.module(), f.addrs[sym], o.tls.block != nil && y[0].Place == objimage.PlaceSection && o.tls.has(y[0].Section)
	}
	id := o.globals[sym-first]
	if id == 0 { // moduleBase
		return o.tls.module(), 0, o.tls.block != nil
	}
	s := f.dyld.table.at(id)
	owner := s.owner.Load()
	if owner == 0 && o.global(int(sym-first)).Binding == objimage.BindWeak { // nobody defines it: it has no block, as with other linkers, and code does not use it
		return &executor.ThreadModule{}, 0, true
	}
	if !f.dyld.isThread(s) {
		return nil, 0, false
	}
	if owner == hostIndex {
		host := f.dyld.hostModule(s)
		return &host, s.addr.Load(), true
	}
	t := f.dyld.objects[owner].tls
	return t.module(), s.addr.Load(), t.block != nil
}

// module returns the module of the block, if there is one.
func (t *threadPart) module() *executor.ThreadModule {
	if t.block == nil {
		return nil
	}
	return &t.block.module
}

// thread fills in what a relocation wants that refers to a thread-local variable. It reports false if the symbol is none.
func (f *fixer) thread(row *howto, r *objimage.Reloc) bool {
	m, off, ok := f.threadVariable(r.Sym)
	if !ok {
		return false
	}
	t, v := f.o.tls, &f.v
	if kind := row.need & needEntry; kind != 0 {
		if t.entryBase < 0 {
			return false // the file has changed since it was loaded
		}
		v.G = f.o.loadAddr(int(t.entryBase)) + t.entries[entryOf(row, r, kind)] - v.GOT
		return true
	}
	v.M, v.T = m.ID, off+uint64(m.Offset)
	v.D = off - f.o.arch.threadBias
	if own := t.module(); own != nil && own.ID != m.ID { // both at a constant distance from the thread pointer
		v.D = v.T - uint64(own.Offset) - f.o.arch.threadBias
	}
	return true
}

// threadEntry returns where a symbol's entry of a kind is; false if it has none.
func (f *fixer) threadEntry(sym uint32, kind need) (uint64, bool) {
	t := f.o.tls
	if t == nil {
		return 0, false
	}
	off, ok := t.entries[threadEntry{sym: sym, kind: kind}]
	if !ok {
		return 0, false
	}
	return f.o.loadAddr(int(t.entryBase)) + off, true
}

// writeThreadEntries fills the entries. What is no thread-local variable is reported where the entry is used.
func (f *fixer) writeThreadEntries() {
	o, t := f.o, f.o.tls
	if t.entryBase < 0 {
		return
	}
	word := o.arch.slotSize
	b, at := o.mem(int(t.entryBase), t.bytes), o.loadAddr(int(t.entryBase))
	for e, off := range t.entries {
		if e.kind&needEntry == 0 {
			continue
		}
		words := [4]uint64{}
		switch m, d, ok := f.entryVariable(e); {
		case !ok:
		case e.kind == needDistance:
			if words[0] = d + uint64(m.Offset); e.minus {
				words[0] = -words[0]
			}
		case e.kind == needDescriptor:
			words = [4]uint64{uint64(f.dyld.storage.DescriptorFunction(m.Static)), at + off + 2*word, m.ID, d - o.arch.threadBias}
			if m.Static {
				words[1] = d + uint64(m.Offset)
			}
		case e.kind == needModule:
			words[0] = m.ID
		default:
			words = [4]uint64{m.ID, d - o.arch.threadBias}
		}
		for i := range entryWords[e.kind] {
			o.arch.word.store(b[off+i*word:], words[i])
		}
	}
}

func (f *fixer) entryVariable(e threadEntry) (m *executor.ThreadModule, off uint64, ok bool) {
	if e.kind == needModule {
		return f.o.tls.module(), 0, f.o.tls.block != nil
	}
	m, off, ok = f.threadVariable(e.sym)
	return m, off + uint64(e.addend), ok
}

// checkThreads reports the object's names that it takes for addresses, and that are thread-local variables.
func (f *fixer) checkThreads() {
	for i, id := range f.o.globals {
		if id == 0 {
			continue
		}
		if s := f.dyld.table.at(id); f.dyld.isThread(s) {
			if y := f.o.global(i); y.Place == objimage.PlaceUndefined && y.Type != objimage.TypeTLS {
				f.errs = append(f.errs, &ObjectError{
					Object: f.o.Name(), Msg: "symbol \"" + f.dyld.table.name(s) + "\" is a thread-local variable, which has no address; declare it _Thread_local", Err: ErrThreadLocal,
				})
			}
		}
	}
}
