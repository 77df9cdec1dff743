package objimage

import (
	"cmp"
	"slices"
)

// Fields of an nlist: <mach-o/nlist.h>.
const (
	nStab = 0xe0 // any of these bits: for debuggers
	nPExt = 0x10 // private: not outside the linked image
	nType = 0x0e
	nExt  = 0x01

	nUndf = 0x0
	nAbs  = 0x2
	nIndr = 0xa
	nPbud = 0xc
	nSect = 0xe

	nWeakRef  = 0x40  // in n_desc of a reference: it may stay undefined
	nWeakDef  = 0x80  // in n_desc of a definition: one of several
	nThumb    = 0x08  // in n_desc of a definition: a function in Thumb code
	nResolver = 0x100 // in n_desc of a definition: an indirect function
)

// A machoSymtab is LC_SYMTAB, checked.
type machoSymtab struct {
	symoff uint64
	num    uint32
	strs   []byte
	found  bool
}

// A machoDysymtab is what LC_DYSYMTAB says of the table of indirect symbols.
type machoDysymtab struct{ indirect, num uint32 }

func (r *machoReader) nlistSize() uint64 { return uint64(8 + r.word) }

func (r *machoReader) noteSymtab(off uint64) error {
	if r.symtab.found {
		return r.o.errorf(off, "a second symbol table")
	}
	symoff, num, stroff, strsize := uint64(r.u32(off+8)), r.u32(off+12), uint64(r.u32(off+16)), uint64(r.u32(off+20))
	if !r.o.inFile(symoff, uint64(num)*r.nlistSize()) {
		return r.o.errorf(off, "%d symbols at %#x are outside the file of %#x bytes", num, symoff, len(r.data))
	}
	if !r.o.inFile(stroff, strsize) {
		return r.o.errorf(off, "string table of %#x bytes at %#x is outside the file of %#x bytes", strsize, stroff, len(r.data))
	}
	r.symtab = machoSymtab{symoff: symoff, num: num, strs: r.data[stroff : stroff+strsize : stroff+strsize], found: true}
	return nil
}

// An nlist is an entry of the symbol table.
type nlist struct {
	strx      uint32
	typ, sect byte
	desc      uint16
	value     uint64
}

func (r *machoReader) nlist(i uint32) (n nlist) {
	at := r.symtab.symoff + uint64(i)*r.nlistSize()
	b := r.data[at : at+r.nlistSize()]
	le := r.o.layout
	return nlist{strx: le.u32(b), typ: b[4], sect: b[5], desc: le.u16(b[6:]), value: le.uword(b[8:])}
}

// readSymbols decodes the symbol table: the empty symbol, one for each section, those that are local, and the others. Stabs are left out.
func (r *machoReader) readSymbols() error {
	d, num := r.d, r.symtab.num
	r.o.strs = emptyStrings
	if strs := r.symtab.strs; len(strs) > 0 {
		if r.o.strs = strs; strs[len(strs)-1] != 0 {
			r.o.strs = append(strs, 0) // a copy
		}
	}
	d.symbols = append(make([]Symbol, 0, len(d.sections)+int(num)), Symbol{})
	d.entries = append(make([]uint32, 0, cap(d.symbols)), 0)
	r.own = make([]uint32, len(d.sections))
	for i := 1; i < len(d.sections); i++ {
		r.own[i] = uint32(len(d.symbols))
		d.symbols = append(d.symbols, Symbol{Section: uint32(i), Place: PlaceSection, Type: TypeSection})
		d.entries = append(d.entries, 0)
	}
	r.numbers = make([]uint32, num)
	for i := range num {
		r.numbers[i] = noSymbol
	}
	first := 0
	for _, local := range []bool{true, false} {
		first = len(d.symbols) // of the others, at last
		for i := range num {
			n := r.nlist(i)
			if n.typ&nStab != 0 || (n.typ&nExt == 0) != local {
				continue
			}
			y, err := r.symbol(i, &n)
			if err != nil {
				return err
			}
			r.numbers[i] = uint32(len(d.symbols))
			d.symbols, d.entries = append(d.symbols, y), append(d.entries, uint32(r.symtab.symoff+uint64(i)*r.nlistSize()))
		}
	}
	r.setSizes()
	r.o.setDecoded(d, first)
	return r.settleAliases(first)
}

// A machoAlias is another name of a symbol that the object does not define.
type machoAlias struct {
	entry, number uint32
	name          string
}

// settleAliases says of other names which symbols they are for, when all are known: undefined ones, which assemblers write beside.
func (r *machoReader) settleAliases(first int) error {
	if len(r.aliases) == 0 {
		return nil
	}
	known, left := map[string]uint32{}, maxNameBytes(len(r.data))
	for k := range r.d.symbols[first:] {
		if r.d.symbols[first+k].Place != PlaceUndefined {
			continue
		}
		name := cstring(r.symtab.strs[r.nlist(r.entryOf(first+k)).strx:])
		if left -= len(name); left < 0 {
			return r.o.errorf(r.symtab.symoff, "names of symbols are many times longer than the string table")
		}
		known[string(name)] = uint32(first + k)
	}
	for _, a := range r.aliases {
		delete(known, string(cstring(r.symtab.strs[r.nlist(a.entry).strx:])))
	}
	for _, a := range r.aliases {
		to, y := known[a.name], &r.d.symbols[a.number]
		if n := r.nlist(a.entry); to == 0 || y.Binding == BindLocal {
			e := r.symbolError(a.entry, &n, "is another name (N_INDR) of what the object neither defines nor refers to, or of another name")
			e.Err = ErrUnsupportedFormat
			return e
		}
		y.Value, y.Other = uint64(to), OtherIndirect
	}
	return nil
}

// entryOf returns which entry of the symbol table a symbol is from.
func (r *machoReader) entryOf(number int) uint32 {
	return uint32((uint64(r.d.entries[number]) - r.symtab.symoff) / r.nlistSize())
}

// setSizes gives symbols sizes, which files do not have: up to the next symbol of the section, or to its end.
func (r *machoReader) setSizes() {
	syms := r.d.symbols
	list := make([]uint32, 0, len(syms))
	for i := range syms {
		if y := &syms[i]; y.Place == PlaceSection && y.Type != TypeSection {
			list = append(list, uint32(i))
		}
	}
	start := func(i uint32) uint64 { return syms[i].Value &^ r.o.modeBit(&syms[i]) }
	slices.SortFunc(list, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(syms[a].Section, syms[b].Section), cmp.Compare(start(a), start(b)))
	})
	section, end, last := uint32(0), uint64(0), uint64(0)
	for _, i := range slices.Backward(list) {
		y, at := &syms[i], start(i)
		if y.Section != section {
			section, last = y.Section, r.d.sections[y.Section].Size
			end = last
		}
		if at < last {
			end, last = last, at
		}
		if end > at {
			y.Size = end - at
		}
	}
}

// noSymbol is the number of what relocations cannot refer to.
const noSymbol = ^uint32(0)

// symbol translates a symbol.
func (r *machoReader) symbol(i uint32, n *nlist) (y Symbol, err error) {
	if y.Name, err = r.symbolName(i, n.strx); err != nil {
		return y, err
	}
	if n.typ&nExt != 0 {
		y.Binding = BindGlobal
		if n.typ&nPExt != 0 {
			y.Visibility = VisibilityHidden
		}
	}
	switch n.typ & nType {
	case nUndf, nPbud:
		return y, r.setUndefined(&y, i, n)
	case nAbs:
		y.Place, y.Value = PlaceAbsolute, n.value
	case nSect:
		if n.sect == 0 || int(n.sect) >= r.fileSections {
			return y, r.symbolError(i, n, "is in section %d of %d", n.sect, r.fileSections)
		}
		r.setSection(&y, n)
	case nIndr:
		return y, r.setAlias(&y, i, n)
	default:
		return y, r.symbolError(i, n, "type %#x is unknown", n.typ)
	}
	return y, nil
}

func (r *machoReader) setUndefined(y *Symbol, i uint32, n *nlist) error {
	switch {
	case y.Binding == BindLocal:
		return r.symbolError(i, n, "is undefined, and local")
	case n.value != 0:
		y.Place, y.Size, y.Value = PlaceCommon, n.value, 1<<(n.desc>>8&0xf)
		y.Type = TypeObject
	case n.desc&nWeakRef != 0:
		y.Binding = BindWeak
	}
	return nil
}

// setAlias is for another name of a symbol that the object defines, by its name at n_value.
func (r *machoReader) setAlias(y *Symbol, i uint32, n *nlist) error {
	if n.value >= uint64(len(r.symtab.strs)) {
		return r.symbolError(i, n, "is another name of a symbol whose name at %#x is outside the string table", n.value)
	}
	if r.definitions == nil {
		r.definitions = map[string]uint32{}
		left := maxNameBytes(len(r.data))
		for k := range r.symtab.num {
			if d := r.nlist(k); d.typ&nStab == 0 && d.typ&nType == nSect && uint64(d.strx) < uint64(len(r.symtab.strs)) {
				name := cstring(r.symtab.strs[d.strx:])
				if left -= len(name); left < 0 {
					return r.o.errorf(r.symtab.symoff, "names of symbols are many times longer than the string table")
				}
				r.definitions[string(name)] = k
			}
		}
		r.aliasBytes = left
	}
	name := cstring(r.symtab.strs[n.value:])
	if r.aliasBytes -= len(name); r.aliasBytes < 0 {
		return r.symbolError(i, n, "is one of so many other names that what they stand for is many times longer than the string table")
	}
	k, ok := r.definitions[string(name)]
	if !ok {
		r.aliases = append(r.aliases, machoAlias{entry: i, number: uint32(len(r.d.symbols)), name: string(name)})
		return nil
	}
	d := r.nlist(k)
	if d.sect == 0 || int(d.sect) >= r.fileSections {
		return r.symbolError(k, &d, "is in section %d of %d", d.sect, r.fileSections)
	}
	r.setSection(y, &d)
	return nil
}

// setSection is for definitions in sections.
func (r *machoReader) setSection(y *Symbol, n *nlist) {
	section := r.pieceAt(uint32(n.sect), n.value)
	s := &r.d.sections[section]
	y.Place, y.Section, y.Value, y.Type = PlaceSection, section, n.value-s.Addr, TypeObject
	if n.desc&(nReferenced|nNoDeadStrip) != 0 {
		s.Flags |= SectionRetain
	}
	if y.Binding == BindGlobal && n.desc&nWeakDef != 0 {
		y.Binding = BindWeak
	}
	switch {
	case s.Flags&SectionTLS != 0:
		y.Type = TypeTLS
	case s.Flags&SectionExec != 0 && n.desc&nResolver != 0:
		y.Type = TypeIFunc
	case s.Flags&SectionExec != 0:
		y.Type = TypeFunc
	}
	if r.o.arch == ArchARM && n.desc&nThumb != 0 && y.Type == TypeFunc {
		y.Value |= 1
	}
}

// symbolName returns where a symbol's C name is: without the underscore that compilers put before it. Names that have none get a byte 1 before them, as
// LLVM IR writes names that are not mangled.
func (r *machoReader) symbolName(i, strx uint32) (uint32, error) {
	strs := r.o.strs
	if strx == 0 && len(r.symtab.strs) == 0 {
		return 0, nil
	}
	if uint64(strx) >= uint64(len(r.symtab.strs)) {
		return 0, r.o.errorf(r.symtab.symoff+uint64(i)*r.nlistSize(), "name of symbol %d at %#x is outside the string table of %#x bytes", i, strx, len(r.symtab.strs))
	}
	switch strs[strx] {
	case 0:
		return strx, nil
	case '_':
		return strx + 1, nil
	}
	name := cstring(strs[strx:])
	if len(strs)+len(name)+2 > maxNameBytes(len(r.symtab.strs)) {
		return 0, r.o.errorf(r.symtab.symoff, "names of symbols are many times longer than the string table")
	}
	at := uint32(len(strs))
	r.o.strs = append(append(append(strs, 1), name...), 0)
	return at, nil
}

func (r *machoReader) symbolError(i uint32, n *nlist, format string, args ...any) *FormatError {
	e := r.o.errorf(r.symtab.symoff+uint64(i)*r.nlistSize(), format, args...)
	if uint64(n.strx) < uint64(len(r.symtab.strs)) {
		e.Msg = "symbol " + string(cstring(r.symtab.strs[n.strx:])) + " " + e.Msg
	}
	return e
}
