package runtimedyld

import "github.com/gomcjit/gomcjit/objimage"

// Veneers are stubs that lead to places behind symbols, local ones included: where branches reach less far than an object is large, or cannot change the
// instruction set, and where they go to sections and not to functions. An architecture asks for them itself, in arch.plan, and uses them in arch.fix.

// A veneer is where a stub leads to: so many bytes behind a symbol.
type veneer struct {
	sym   uint32
	bytes int64
	thumb bool // it is for code of the second instruction set (Thumb, microMIPS), and arch.thumbStub writes it
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
		if f.writeVeneer(&v, b[off:off+size], at+off) {
			f.veneers[v] = at + off
		}
	}
}

func (f *fixer) writeVeneer(v *veneer, b []byte, at uint64) bool {
	target := f.addrs[v.sym] + uint64(v.bytes)
	if v.thumb {
		f.o.arch.thumbStub(f, b, at, target)
		return true
	}
	return f.writeStub(b, at, 0, target)
}

// symbolType returns the type of a symbol: that of its definition, wherever it is; TypeOther of what the process defines, which may be anything.
func (f *fixer) symbolType(sym uint32) objimage.SymbolType {
	if y, own := f.definition(sym); own || y.Place != objimage.PlaceUndefined {
		return y.Type
	}
	return objimage.TypeOther
}
