package objimage

import (
	"cmp"
	"debug/elf"
	"slices"
)

// An Edit is a changed copy of an object in the making: contents, relocations, names and further symbols. It is for tools that add to an object what a linker would make for it.
// The object stays as it is, and the copy shares its buffer. An Edit serves one goroutine.
type Edit struct {
	object *Object
	d      *decoded
	relocs map[int][]Reloc // by table: those that were changed
	names  []byte          // behind the object's
	added  []Symbol        // numbered behind the object's until Object puts the local ones before the global ones
}

// Edit begins with a copy. Errors are those of Symbols.
func (o *Object) Edit() (*Edit, error) {
	d, err := o.decode()
	if err != nil {
		return nil, err
	}
	d.made = slices.Clone(d.made)
	return &Edit{object: o, d: d, relocs: map[int][]Reloc{}}, nil
}

// SetData gives a section other contents, and their size.
func (e *Edit) SetData(section int, data []byte) {
	s := &e.d.sections[section]
	s.Offset, s.Size = uint64(len(e.object.buf.data)+len(e.d.made)), uint64(len(data))
	e.d.made = append(e.d.made, data...)
}

// SetRelocs replaces the relocations of a table, which is a section for which RelocTarget says ok. They may refer to symbols by what AddSymbol returned.
func (e *Edit) SetRelocs(table int, relocs []Reloc) { e.relocs[table] = relocs }

// AddSymbol adds a symbol, whose name is one that the object has, or none, and returns its number for SetRelocs.
func (e *Edit) AddSymbol(y Symbol) uint32 {
	e.added = append(e.added, y)
	return uint32(e.object.numSymbols + len(e.added) - 1)
}

// SetSymbol changes a symbol of the object. It stays a local one, or a global one.
func (e *Edit) SetSymbol(number uint32, y Symbol) { e.d.symbols[number] = y }

// Rename gives a symbol of the object a name of its own, as SymbolName has it. It is to be called before SetSymbol.
func (e *Edit) Rename(number uint32, name string) {
	e.d.symbols[number].Name = uint32(len(e.object.strs) + len(e.names))
	e.names = append(append(e.names, name...), 0)
}

// Ungroup makes the copy one without section groups: linkers that know none take all sections.
func (e *Edit) Ungroup() { e.d.groups = nil }

// Object returns the copy, and the numbers that symbols have there, by those that they had: local ones that were added come before the global ones. The Edit must not be used any more.
func (e *Edit) Object() (changed *Object, numbers []uint32) {
	n, d := *e.object, e.d
	n.whole = cmp.Or(n.whole, e.object)
	n.strs = append(slices.Clip(n.strs), e.names...)
	e.concatenate()
	numbers, firstGlobal := e.place()
	for i := range d.relocs {
		if r := &d.relocs[i]; uint64(r.Sym) < uint64(len(numbers)) {
			r.Sym = numbers[r.Sym]
		}
	}
	for i := range d.symbols {
		if y := &d.symbols[i]; d.format != ELF && y.Place == PlaceUndefined && y.Value != 0 { // it stands for another one
			y.Value = uint64(numbers[y.Value])
		}
	}
	for i := range d.sections { // a group's symbol
		if s := &d.sections[i]; s.Type == uint32(elf.SHT_GROUP) && uint64(s.Info) < uint64(len(numbers)) {
			s.Info = numbers[s.Info]
		}
	}
	n.setDecoded(d, firstGlobal)
	return &n, numbers
}

// concatenate makes one list of the relocations of all tables.
func (e *Edit) concatenate() {
	var all []Reloc
	for i := range e.d.sections {
		t := &e.d.sections[i].Relocs
		if t.Target == 0 {
			continue
		}
		list, changed := e.relocs[i]
		if !changed {
			list = e.d.relocsOf(t, 0)
		}
		t.Offset, t.Num = uint64(len(all)), uint32(len(list))
		all = append(all, list...)
	}
	e.d.relocs = all
}

// place puts the symbols into their order: local ones first. It returns the numbers that they have there, by those that they had.
func (e *Edit) place() (numbers []uint32, firstGlobal int) {
	d, first := e.d, e.object.firstGlobal
	symbols := slices.Concat(d.symbols, e.added)
	entries := make([]uint32, len(symbols)) // of ELF there are none
	copy(entries, d.entries)
	d.symbols, d.entries = make([]Symbol, 0, len(symbols)), make([]uint32, 0, len(symbols))
	numbers = make([]uint32, len(symbols))
	take := func(from, to int, want func(y *Symbol) bool) {
		for i := from; i < to; i++ {
			if want(&symbols[i]) {
				numbers[i] = uint32(len(d.symbols))
				d.symbols, d.entries = append(d.symbols, symbols[i]), append(d.entries, entries[i])
			}
		}
	}
	isLocal := func(y *Symbol) bool { return y.Binding == BindLocal }
	all := func(*Symbol) bool { return true }
	take(0, first, all)
	take(e.object.numSymbols, len(symbols), isLocal)
	firstGlobal = len(d.symbols)
	take(first, e.object.numSymbols, all)
	take(e.object.numSymbols, len(symbols), func(y *Symbol) bool { return !isLocal(y) })
	return numbers, firstGlobal
}
