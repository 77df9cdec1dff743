package objimage

// threadIndex is the name, in C, of what compilers for Windows have for thread-local variables: the number of the module's block in each thread's array of them.
const threadIndex = "_tls_index"

// markThreads gives symbols that are thread-local variables of other objects their type, which files do not have: code adds their distance from the start of the section .tls (SECREL) to the address of
// the block. Other code that knows distances within sections is not compiled; debug information has them.
func (r *coffReader) markThreads() error {
	symbols, uses := r.d.symbols[r.firstGlobal:], false
	for i := range symbols {
		uses = uses || symbols[i].Place == PlaceUndefined && string(cstring(r.names[symbols[i].Name:])) == threadIndex
	}
	if !uses {
		return nil
	}
	for i := range r.d.sections {
		t := &r.d.sections[i].Relocs
		if t.Target == 0 || r.d.sections[t.Target].Flags&(SectionExec|SectionAlloc) != SectionExec|SectionAlloc {
			continue
		}
		for _, rel := range r.d.relocsOf(t, 0) {
			if uint64(rel.Sym) >= uint64(len(r.d.symbols)) || !isSectionRelative(r.o.arch, rel.Type) {
				continue
			}
			if y := &r.d.symbols[rel.Sym]; y.Place == PlaceUndefined && y.Type == TypeNone {
				y.Type = TypeTLS
			}
		}
	}
	return nil
}

// isSectionRelative knows the relocations SECREL, SECREL7, SECREL_LOW12A, SECREL_HIGH12A and SECREL_LOW12L.
func isSectionRelative(a Arch, typ uint32) bool {
	switch a {
	case ArchX86_64:
		return typ == 0x0b || typ == 0x0c
	case ArchI386:
		return typ == 0x0b || typ == 0x0d
	case ArchARM:
		return typ == 0x0f
	}
	return typ >= 0x08 && typ <= 0x0b
}
