package runtimedyld

// Functions that linkers supply: compilers call them without a TOC or a nop behind the call, so that an object has to have its own. They are behind its stubs.

// A supplied is such a function of an object.
type supplied struct {
	global uint32 // the object's name for it, by its number among the globals
	code   []uint32
}

// planSupplied makes a name that the object does not define one of a supplied function, if it is such a name.
func (p *plan) planSupplied(i uint32, name []byte) bool {
	if p.arch.supply == nil {
		return false
	}
	code := p.arch.supply(string(name))
	if code != nil {
		p.supplied = append(p.supplied, supplied{i, code})
	}
	return code != nil
}

// suppliedSize returns the bytes of the supplied functions.
func suppliedSize(list []supplied) (size uint64) {
	for i := range list {
		size += 4 * uint64(len(list[i].code))
	}
	return size
}

// writeSupplied writes the supplied functions, and notes where they are.
func (f *fixer) writeSupplied() {
	o, first := f.o, f.o.img.FirstGlobal()
	off := uint64(len(o.stubs())+len(o.veneers)) * o.stubStep()
	b, at := o.mem(int(o.stubBase), off+suppliedSize(o.supplied)), o.loadAddr(int(o.stubBase))
	for _, s := range o.supplied {
		f.addrs[first+int(s.global)] = at + off | o.arch.codeBit
		for _, word := range s.code {
			o.arch.word.order.store(b[off:], 4, uint64(word))
			off += 4
		}
	}
}
