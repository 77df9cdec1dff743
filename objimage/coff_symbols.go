package objimage

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
)

// maxWeakChain bounds weak externals that stand for each other.
const maxWeakChain = 16

// readSymbols makes the symbols, local ones first.
func (r *coffReader) readSymbols() error {
	r.numbers = make([]uint32, r.symbols)
	r.section = make([]uint32, r.sections+1)
	locals, globals := uint32(1), uint32(0)
	for i := uint32(0); i < r.symbols; {
		s := r.symbol(r.records, i)
		if uint64(i)+uint64(s.aux) >= uint64(r.symbols) {
			return r.symbolError(i, "its %d auxiliary records are not in the table of %d", s.aux, r.symbols)
		}
		if s.section > int32(r.sections) || s.section < coffDebug {
			return r.symbolError(i, "is in section %d of %d", s.section, r.sections)
		}
		if s.isGlobal() {
			globals++
			r.numbers[i] = globals
		} else {
			r.numbers[i] = locals
			locals++
		}
		i += 1 + uint32(s.aux)
	}
	r.d.symbols = make([]Symbol, locals+globals)
	r.d.entries = make([]uint32, locals+globals)
	left := maxNameBytes(len(r.data))
	for i := uint32(0); i < r.symbols; {
		s := r.symbol(r.records, i)
		if s.isGlobal() {
			r.numbers[i] += locals - 1
		}
		n := r.numbers[i]
		if err := r.readSymbol(i, &s, &r.d.symbols[n]); err != nil {
			return err
		}
		r.d.entries[n] = uint32(r.symtab + uint64(i)*r.symbolSize())
		if left -= len(cstring(r.names[r.d.symbols[n].Name:])); left < 0 {
			return r.symbolError(i, "names of symbols overlap to many times the file's size")
		}
		i += 1 + uint32(s.aux)
	}
	r.setSizes()
	if err := r.settleWeak(); err != nil {
		return err
	}
	r.firstGlobal = locals
	r.addDirected(locals)
	r.addImports(locals)
	return nil
}

// readSymbol makes one symbol. What weak externals stand for is found out when all are known.
func (r *coffReader) readSymbol(i uint32, s *coffSymbol, y *Symbol) error {
	global := s.isGlobal()
	var err error
	if y.Name, err = r.symbolName(i, r.o.arch == ArchI386 && s.class != classFile && s.section != coffDebug); err != nil {
		return err
	}
	y.Value = uint64(s.value)
	if global {
		y.Binding = BindGlobal
	}
	if s.typ>>4&15 == coffFunction {
		y.Type = TypeFunc
	}
	switch {
	case s.class == classFile || s.section == coffDebug:
		y.Type, y.Place, y.Value = TypeFile, PlaceAbsolute, 0
	case s.class == classWeakExternal && s.section == coffUndefined:
		y.Value, y.Binding = 0, BindWeak
	case s.section == coffAbsolute || s.class == classFunction:
		y.Place = PlaceAbsolute
	case s.section == coffUndefined && global && s.value != 0:
		r.makeCommon(y)
	case s.section != coffUndefined:
		r.placeSymbol(i, s, y)
	default:
		y.Value = 0 // of a local one it means nothing; ours says what a symbol stands for
	}
	return nil
}

// placeSymbol is readSymbol for one in a section.
func (r *coffReader) placeSymbol(i uint32, s *coffSymbol, y *Symbol) {
	sec := &r.d.sections[s.section]
	y.Place, y.Section = PlaceSection, uint32(s.section)
	y.Value -= min(sec.Addr, y.Value)
	if s.class == classWeakExternal {
		y.Binding = BindWeak
	}
	switch {
	case s.class == classStatic && s.value == 0 && s.aux > 0 && y.Type != TypeFunc && r.section[s.section] == 0:
		y.Type = TypeSection
		r.section[s.section] = i + 1
	case sec.Flags&SectionTLS != 0:
		y.Type = TypeTLS
	}
	if r.o.arch == ArchARM && sec.Flags&SectionExec != 0 {
		y.Value |= 1 // code is Thumb's on Windows, and its addresses are odd: linkers make them so
	}
}

// makeCommon makes a symbol without a section, whose value is its size, a common. Its alignment is the size up to 32 bytes, as link.exe has it, but what the
// compiler says in a directive.
func (r *coffReader) makeCommon(y *Symbol) {
	y.Place, y.Type, y.Size = PlaceCommon, TypeCommon, y.Value
	y.Value = min(32, uint64(1)<<bits.Len64(y.Size-1))
	if align, ok := r.align[string(cstring(r.names[y.Name:]))]; ok {
		y.Value = max(y.Value, align)
	}
}

// setSizes gives functions sizes, which files do not have: up to the next function or variable of the section, or to its end.
func (r *coffReader) setSizes() {
	var order []uint32
	for i := range r.d.symbols {
		if y := &r.d.symbols[i]; y.Place == PlaceSection && y.Type != TypeSection && (y.Type == TypeFunc || y.Binding != BindLocal) {
			order = append(order, uint32(i))
		}
	}
	slices.SortFunc(order, func(a, b uint32) int {
		x, y := &r.d.symbols[a], &r.d.symbols[b]
		return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.Value, y.Value))
	})
	section, next, end := uint32(0), uint64(0), uint64(0)
	for _, i := range slices.Backward(order) {
		y := &r.d.symbols[i]
		at := y.Value
		if r.o.arch == ArchARM {
			at &^= 1
		}
		if y.Section != section {
			section, end = y.Section, r.d.sections[y.Section].Size
			next = end
		}
		if at < next {
			next, end = at, next
		}
		if y.Type == TypeFunc && at < end {
			y.Size = end - at
		}
	}
}

// settleWeak makes weak externals ("PE Format", "Auxiliary Format 3: Weak Externals") definitions that others come before, if they stand for something in the object; weak references,
// if for nothing; else they say for what they stand.
func (r *coffReader) settleWeak() error {
	for i := uint32(0); i < r.symbols; {
		s := r.symbol(r.records, i)
		if s.class == classWeakExternal && s.section == coffUndefined {
			if err := r.settle(i, &s); err != nil {
				return err
			}
		}
		i += 1 + uint32(s.aux)
	}
	return nil
}

func (r *coffReader) settle(i uint32, s *coffSymbol) error {
	y := &r.d.symbols[r.numbers[i]]
	at, t := i, *s
	for n := 0; t.class == classWeakExternal && t.section == coffUndefined; n++ {
		if t.aux == 0 || n == maxWeakChain {
			return r.symbolError(i, "a weak external that does not say for what it stands")
		}
		aux := r.records[uint64(at+1)*r.symbolSize():]
		at = binary.LittleEndian.Uint32(aux)
		if n == 0 {
			y.Other = aux[4] // the low byte of its characteristics: how it is searched
		}
		if at >= r.symbols || r.numbers[at] == 0 {
			return r.symbolError(i, "a weak external that stands for symbol %d, which is none", at)
		}
		t = r.symbol(r.records, at)
	}
	switch z := &r.d.symbols[r.numbers[at]]; {
	case z.Place == PlaceSection || z.Place == PlaceAbsolute && z.Value != 0:
		y.Place, y.Section, y.Value, y.Type, y.Size = z.Place, z.Section, z.Value, z.Type, z.Size
		if y.Type == TypeSection {
			y.Type = TypeNone
		}
	case z.Place == PlaceUndefined || z.Place == PlaceCommon:
		y.Value = uint64(r.numbers[at])
	}
	return nil
}

// addImports has pointers to imported names, which the object does not define, say to what they point: linkers make them of it. A name to which nothing else refers gets a symbol.
func (r *coffReader) addImports(firstGlobal uint32) {
	prefix := "__imp_"
	if r.o.arch == ArchI386 {
		prefix = prefix[1:]
	}
	var known map[string]uint32
	for i := firstGlobal; i < uint32(len(r.d.entries)); i++ {
		y := r.d.symbols[i]
		name := cstring(r.names[y.Name:])
		if y.Place != PlaceUndefined || y.Binding == BindWeak || len(name) <= len(prefix) || string(name[:len(prefix)]) != prefix {
			continue
		}
		if known == nil {
			known = r.globals(firstGlobal)
		}
		n := r.global(known, importName(r.o.arch, string(name[len(prefix):])), Symbol{Binding: BindGlobal, Other: OtherImported, Value: uint64(i)})
		r.d.symbols[i].Value, r.d.symbols[i].Other = uint64(n), OtherPointer
	}
	r.d.entries = append(r.d.entries, make([]uint32, len(r.d.symbols)-len(r.d.entries))...)
}

// globals returns the numbers of global symbols by name.
func (r *coffReader) globals(first uint32) map[string]uint32 {
	known := map[string]uint32{}
	for k, z := range r.d.symbols[first:] {
		known[string(cstring(r.names[z.Name:]))] = first + uint32(k)
	}
	return known
}

// global returns the number of a global symbol, which is made if there is none of the name.
func (r *coffReader) global(known map[string]uint32, name string, made Symbol) uint32 {
	n, ok := known[name]
	if !ok {
		n = uint32(len(r.d.symbols))
		known[name] = n
		made.Name = r.addName("", []byte(name))
		r.d.symbols = append(r.d.symbols, made)
	}
	return n
}

// Values of Symbol.Other for undefined symbols of COFF and, the last, of Mach-O. Value is the number of another symbol, or 0.
const (
	OtherNoLibrary = 1    // weak: if nobody defines it, it is the other symbol (IMAGE_WEAK_EXTERN_SEARCH_NOLIBRARY)
	OtherLibrary   = 2    // the same, after libraries have been searched for it
	OtherAlias     = 3    // the same as the first
	OtherAlternate = 0x0f // if nobody defines it, it is the other symbol; a reference all the same (/alternatename)
	OtherPointer   = 0x10 // if nobody defines it, it is a pointer to the other symbol ("__imp_")
	OtherImported  = 0x11 // only such a pointer refers to it, which is the other symbol
	OtherIndirect  = 0x12 // it is the other symbol, for all objects, if none defines it (N_INDR)
)

// symbolName returns where a symbol's name is. On i386, C's names have an underscore before them, which they lose here; those that have none get
// "\x01" instead, as in LLVM's IR. A name has up to 8 bytes, or 4 zero bytes and the offset in the string table.
func (r *coffReader) symbolName(i uint32, decorated bool) (uint32, error) {
	b, le := r.records[uint64(i)*r.symbolSize():], binary.LittleEndian
	if le.Uint32(b) != 0 {
		switch {
		case decorated && b[0] == '_':
			return r.addName("", b[1:8]), nil
		case decorated:
			return r.addName("\x01", b[:8]), nil
		}
		return r.addName("", b[:8]), nil
	}
	off := le.Uint32(b[4:])
	if off != 0 && uint64(off) >= r.strings {
		return 0, r.symbolError(i, "name at %#x is outside the string table of %#x bytes", off, r.strings)
	}
	switch {
	case off != 0 && decorated && r.names[off] == '_':
		return off + 1, nil
	case off != 0 && decorated:
		return r.addName("\x01", r.names[off:]), nil
	}
	return off, nil
}

func (r *coffReader) symbolError(i uint32, format string, args ...any) *FormatError {
	e := r.errorf(r.symtab+uint64(i)*r.symbolSize(), format, args...)
	e.Msg = "symbol " + strconv.Itoa(int(i)) + ": " + e.Msg
	return e
}
