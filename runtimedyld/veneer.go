package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Veneers are stubs that lead to places behind symbols, local ones included: where branches reach less far than an object is large, or cannot change the
// instruction set, and where they go to sections and not to functions. An architecture asks for them itself, in arch.plan, and uses them in arch.fix.

// A veneer is where a stub leads to: so many bytes behind a symbol.
type veneer struct {
	sym   uint32
	bytes int64
}

// planVeneer asks for a veneer. It is the same for all who ask for it in an object.
func (p *plan) planVeneer(v veneer) {
	if p.veneerSet == nil {
		p.veneerSet = map[veneer]struct{}{}
	}
	if _, ok := p.veneerSet[v]; !ok {
		p.veneerSet[v] = struct{}{}
		p.veneers = append(p.veneers, v)
	}
}

// writeVeneers writes the veneers, behind the stubs of symbols, and notes where they are.
func (f *fixer) writeVeneers() {
	clear(f.veneers)
	o := f.o
	if len(o.veneers) == 0 {
		return
	}
	if f.veneers == nil {
		f.veneers = map[veneer]uint64{}
	}
	size, first := o.stubStep(), uint64(len(o.stubs()))
	b := o.mem(int(o.stubBase), (first+uint64(len(o.veneers)))*size)
	at := o.loadAddr(int(o.stubBase))
	for k, v := range o.veneers {
		off := (first + uint64(k)) * size
		if o.arch.stub(f, b[off:off+size], at+off, 0, f.addrs[v.sym]+uint64(v.bytes)) {
			f.veneers[v] = at + off
		}
	}
}

// symbolType returns the type of a symbol: that of its definition, wherever it is; TypeOther of what the process defines, which may be anything.
func (f *fixer) symbolType(sym uint32) objimage.SymbolType {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if sym >= first {
		id := o.globals[sym-first]
		if id == 0 {
			return objimage.TypeNone
		}
		s := f.dyld.table.at(id)
		switch owner := s.owner.Load(); {
		case owner == hostIndex:
			return objimage.TypeOther
		case owner == 0 || owner == o.index:
		case f.dyld.objects[owner].img == nil:
			return objimage.TypeObject
		default:
			y := f.dyld.objects[owner].global(int(s.index))
			return y.Type
		}
	}
	var y [1]objimage.Symbol
	o.img.Symbols(int(sym), y[:])
	return y[0].Type
}

// isMissing says whether a symbol is one that nobody defines, which only weak references can be.
func (f *fixer) isMissing(sym uint32) bool {
	first := uint32(f.o.img.FirstGlobal())
	if f.addrs[sym] != 0 || sym < first {
		return false
	}
	id := f.o.globals[sym-first]
	return id != 0 && f.dyld.table.at(id).owner.Load() == 0
}
