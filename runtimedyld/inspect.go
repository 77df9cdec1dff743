package runtimedyld

// StubOffset returns where the object's stub for a symbol is, in bytes behind the start of the section SectionStubs; false if it has none. The symbol is one of
// Image, by its number there. A branch goes through the stub only where it does not reach the symbol itself. The object must not be removed meanwhile.
func (o *Object) StubOffset(symbol int) (offset uint64, ok bool) {
	if o.arch == nil {
		return 0, false
	}
	return entryOffset(o.stubs(), symbol, o.stubStep())
}

// GOTOffset returns where the object's GOT entry for a symbol is, in bytes behind the start of the section SectionGOT; false if it has none. What StubOffset says of the
// symbol and of the object holds here. Entries for thread-local variables are elsewhere.
func (o *Object) GOTOffset(symbol int) (offset uint64, ok bool) {
	if o.arch == nil {
		return 0, false
	}
	return entryOffset(o.slots(), symbol, o.arch.slotSize)
}

// entryOffset returns the offset of a symbol's entry in a table of entries of a size.
func entryOffset(symbols []uint32, symbol int, size uint64) (uint64, bool) {
	for i, s := range symbols {
		if int(s) == symbol {
			return uint64(i) * size, true
		}
	}
	return 0, false
}
