// Package llvmstubs adds to objects what LLVM's RuntimeDyld makes for them: stubs, and in Mach-O pointers, behind the section that uses them, in its order, in its shapes, and used where it uses them: on
// some architectures for every branch. Rules about them hold then that hold in llvm-rtdyld. What is added is contents, symbols and relocations; a linker has nothing to know of it.
//
// This project's linker makes stubs and GOT entries of its own, and uses them where something is out of reach. Where LLVM makes none, those stay.
package llvmstubs

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/objimage"
)

// A Stub is one that was added.
type Stub struct {
	Section int    // whose relocations use it, and behind which it is
	Offset  uint64 // from the start of the section
	Symbol  uint32 // of Result.Object: where it leads,
	Behind  int64  // plus so many bytes

	rank  int64 // among those of a symbol
	shape *shape
	bytes binary.ByteOrder
}

// Finish writes the stub as LLVM has it, once relocations have been applied. b is the section's memory; if that is shorter, the section was not loaded.
func (s *Stub) Finish(b []byte) {
	if s.shape.write == nil || uint64(len(b)) < s.Offset+s.shape.size {
		return
	}
	if b = b[s.Offset:][:s.shape.size]; s.shape.wide {
		s.shape.write(s.bytes, b, s.bytes.Uint64(b[s.shape.word:]))
	} else {
		s.shape.write(s.bytes, b, uint64(s.bytes.Uint32(b[s.shape.word:])))
	}
}

// A Request is what RuntimeDyld asks of a memory manager for a section.
type Request struct{ Size, Align uint64 }

// A Result is an object with stubs.
type Result struct {
	Object   *objimage.Object
	Stubs    []Stub    // by section; of several that lead to one place, LLVM means the last one
	Requests []Request // by section, with room for a stub for each relocation; nil if nothing is known of the architecture
	NoGOT    bool      // LLVM has no GOT for it
	Pages    []Page    // GOT entries that have pages
}

// Add adds stubs to an object. known says which names are defined by objects that are loaded before it. The object is the same if LLVM's RuntimeDyld does not know its architecture.
func Add(img *objimage.Object, known func(name string) bool) (*Result, error) {
	m := machineOf(img)
	if m == nil {
		return &Result{Object: img}, nil
	}
	edit, err := img.Edit()
	if err != nil {
		return nil, err
	}
	a := adder{img: img, machine: m, edit: edit, known: known, syms: make([]objimage.Symbol, img.NumSymbols()), slots: map[uint32]bool{}}
	if _, err := img.Symbols(0, a.syms); err != nil {
		return nil, err
	}
	for i := 1; i < img.NumSections(); i++ {
		if target, n, implicit, ok := img.RelocTarget(i); ok && n > 0 {
			a.table(i, target, n, implicit)
		}
	}
	object, numbers := edit.Object()
	for i := range a.stubs {
		a.stubs[i].Symbol = numbers[a.stubs[i].Symbol]
	}
	slices.SortStableFunc(a.stubs, func(x, y Stub) int {
		return cmp.Or(cmp.Compare(x.Section, y.Section), cmp.Compare(x.rank, y.rank))
	})
	for i := range a.pages {
		a.pages[i].Symbol = numbers[a.pages[i].Symbol]
	}
	noGOT := !m.got || m.pages && len(a.slots) == 0 // those with pages have one only if something has an entry
	return &Result{object, a.stubs, m.requests(img), noGOT, a.pages}, nil
}

// An adder adds stubs to one object.
type adder struct {
	img     *objimage.Object
	machine *machine
	edit    *objimage.Edit
	known   func(name string) bool
	syms    []objimage.Symbol
	slots   map[uint32]bool // symbols that have a GOT entry
	stubs   []Stub
	pages   []Page

	section int    // that is being looked at
	data    []byte // its contents, with stubs
	made    map[key]stubSymbol
	relocs  []objimage.Reloc // of the table, changed
	further []objimage.Reloc // of the stubs
}

// A key is a place to which a stub leads: a place in a section of the object, or a symbol of another one.
type key struct {
	sym     uint32
	section uint32
	value   uint64
	rank    int64 // the addend, or the place of the relocation if each has its own
	thumb   bool
}

// A stubSymbol is a stub by its symbol.
type stubSymbol struct {
	number uint32
	offset uint64
}

// table changes the relocations of one table.
func (a *adder) table(table, target, n int, implicit bool) {
	a.section, a.made, a.further = target, map[key]stubSymbol{}, nil
	file := a.img.SectionData(target)
	// What is appended makes it a copy, which not each of many tables of a section does.
	a.data = slices.Clip(file)
	if k := len(a.stubs); k > 0 && a.stubs[k-1].Section == target { // the section has several tables
		return
	}
	relocs := make([]objimage.Reloc, n)
	relocs = relocs[:a.img.Relocs(table, 0, relocs)]
	a.relocs = make([]objimage.Reloc, 0, n)
	for _, r := range relocs {
		if a.machine.pages && uint64(r.Sym) < uint64(len(a.syms)) {
			a.page(&r)
		}
		u, ok := a.useOf(&r)
		if !ok || r.Sym == 0 || uint64(r.Sym) >= uint64(len(a.syms)) || r.Offset > uint64(len(file)) || uint64(len(file))-r.Offset < 4 {
			a.relocs = append(a.relocs, r)
			continue
		}
		stored := int64(0)
		if implicit && u.stored != nil {
			stored = u.stored(a.img.ByteOrder().Uint32(file[r.Offset:]))
		}
		if r, ok := a.use(&u, r, stored); ok {
			a.relocs = append(a.relocs, r)
		}
		if a.machine.slots {
			a.relocs, a.further = append(a.relocs, a.further...), nil // GOT entries are in the order of relocations
		}
	}
	a.edit.SetRelocs(table, append(a.relocs, a.further...))
	if len(a.data) > len(file) && len(a.made) > 0 {
		a.edit.SetData(target, a.data)
	}
}

// useOf returns how a relocation uses a stub; false if it does not.
func (a *adder) useOf(r *objimage.Reloc) (u use, ok bool) {
	if p := a.machine.pointer; p != nil && a.pointee(r.Sym) != 0 {
		return use{shape: always(p), becomes: r.Type, keeps: true, shared: true}, true
	}
	u, ok = a.machine.uses[r.Type]
	return u, ok
}

// pointee returns X if a symbol is __imp_X, which nothing in the object is; 0 if not.
func (a *adder) pointee(sym uint32) uint32 {
	if uint64(sym) < uint64(len(a.syms)) {
		if y := &a.syms[sym]; y.Place == objimage.PlaceUndefined && y.Other == objimage.OtherPointer && a.machine.pointer != nil {
			return uint32(y.Value)
		}
	}
	return 0
}

// use returns a relocation as it is with stubs, if there still is one. stored is the part of its addend that is in its place.
func (a *adder) use(u *use, r objimage.Reloc, stored int64) (objimage.Reloc, bool) {
	if u.shape == nil {
		r.Sym = a.slot(r.Sym)
		return r, true
	}
	if y := &a.syms[r.Sym]; u.when != nil && !u.when(a, y) {
		return r, true
	}
	stub := a.stub(u, &r, r.Addend+stored)
	if u.after != nil {
		u.after(a, r.Offset)
	}
	if u.stores {
		a.img.ByteOrder().PutUint32(a.data[r.Offset:], uint32(stub.offset-r.Offset))
		return r, false
	}
	r.Type, r.Sym = u.becomes, stub.number
	if u.keeps {
		r.Addend += int64(u.entry)
	} else {
		r.Addend = u.bias - stored
	}
	return r, true
}

// stub returns the stub for a relocation, which it makes if there is none yet.
func (a *adder) stub(u *use, r *objimage.Reloc, addend int64) stubSymbol {
	shape, y := u.shape(a, r), &a.syms[r.Sym]
	behind := int64(0)
	if !u.keeps {
		behind = addend - u.bias
	}
	k := key{sym: r.Sym, value: uint64(behind), thumb: shape == &thumbShape}
	if y.Place == objimage.PlaceSection {
		k.sym, k.section, k.value = 0, y.Section, y.Value+uint64(behind)
	}
	switch {
	case u.alone:
		k.rank = int64(r.Offset)
	case !u.shared:
		k.rank = addend
	}
	if s, ok := a.made[k]; ok {
		return s
	}
	if len(a.made) == 0 && a.machine.frameEnd && string(a.img.SectionName(a.section)) == ".eh_frame" {
		a.data = append(a.data, 0, 0, 0, 0)
	}
	offset := uint64(len(a.data))
	if align := shape.align; align > 0 {
		offset = (offset + align - 1) &^ (align - 1)
	} else if align := a.machine.align; len(a.made) == 0 {
		offset = (offset + align - 1) &^ (align - 1)
	}
	a.data = append(append(a.data, make([]byte, int(offset)-len(a.data))...), shape.bytes(a.img.ByteOrder())...)
	symbol := objimage.Symbol{Value: offset, Section: uint32(a.section), Place: objimage.PlaceSection, Type: objimage.TypeFunc}
	if shape == &thumbShape {
		symbol.Value++
	}
	target := r.Sym
	if x := a.pointee(target); x != 0 {
		target = x
	} else if shape.slot {
		target = a.slot(target)
	}
	a.further = append(a.further, objimage.Reloc{Offset: offset + shape.word, Type: shape.typ, Sym: target, Addend: behind + shape.addend})
	a.stubs = append(a.stubs, Stub{Section: a.section, Offset: offset, Symbol: r.Sym, Behind: behind, rank: k.rank, shape: shape, bytes: a.img.ByteOrder()})
	a.made[k] = stubSymbol{a.edit.AddSymbol(symbol), offset}
	return a.made[k]
}

// slot returns a symbol that has no GOT entry yet, of what another one means: LLVM makes one for each use.
func (a *adder) slot(sym uint32) uint32 {
	if !a.slots[sym] {
		a.slots[sym] = true
		return sym
	}
	y := a.syms[sym]
	if y.Binding != objimage.BindLocal {
		y = objimage.Symbol{Name: y.Name, Binding: y.Binding, Type: y.Type, Visibility: y.Visibility, Other: y.Other}
	}
	return a.edit.AddSymbol(y)
}

// isForeign says whether LLVM knows no definition of a symbol.
func isForeign(a *adder, y *objimage.Symbol) bool {
	return y.Place == objimage.PlaceUndefined && !a.known(string(a.img.SymbolName(y)))
}

// isUndefined says whether the object does not define a symbol.
func isUndefined(_ *adder, y *objimage.Symbol) bool { return y.Place == objimage.PlaceUndefined }
