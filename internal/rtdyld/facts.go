package rtdyld

import (
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
	"github.com/gomcjit/gomcjit/runtimedyld/checker"
)

// facts answers rules about what is linked.
type facts struct {
	*linked
	target checker.Target
	places map[string]checker.Place // by symbol
}

// newFacts looks at all symbols of all inputs. Of local symbols of one name the last one counts, as in LLVM; a global one goes before them.
func newFacts(l *linked, target checker.Target) (*facts, error) {
	f := &facts{linked: l, target: target, places: map[string]checker.Place{}}
	f.target.Data = l.inputs[0].img.ByteOrder() // whatever the triple says, as in LLVM
	for _, global := range []bool{false, true} {
		for i := range l.inputs {
			if err := f.addSymbols(i, global); err != nil {
				return nil, err
			}
		}
	}
	for _, b := range l.memory.blocks {
		if l.inputOf(b) == nil { // a common
			f.places[b.name] = checker.Place{Addr: uint64(b.section.Addr), Content: b.section.Mem}
		}
	}
	return f, nil
}

// addSymbols enters the local or the global symbols of an input.
func (f *facts) addSymbols(input int, global bool) error {
	img := f.inputs[input].img
	syms, err := symbolsOf(img)
	if err != nil {
		return err
	}
	modes := modesOf(img, syms)
	if from := img.FirstGlobal(); global {
		syms = syms[from:]
	} else {
		syms = syms[:from]
	}
	for i := range syms {
		y := &syms[i]
		link := linkName(img, y)
		name := img.FileName(link)
		if link == "" || y.Type == objimage.TypeSection || y.Type == objimage.TypeFile {
			continue
		}
		place, ok := f.placeOf(input, y)
		if ok && global {
			place, ok = f.inForce(link, y, place)
		}
		if ok {
			if y.Place == objimage.PlaceSection {
				place.Mode = modes.at(y.Section, y.Value)
				if isMIPS(img) && objimage.IsMIPSCompressed(y.Other) {
					place.Mode = compressedMode(y.Other)
				}
			}
			f.places[name] = place
		}
	}
	return nil
}

// compressedMode returns the mode of compressed code of MIPS.
func compressedMode(other uint8) checker.Mode {
	if objimage.IsMIPS16(other) {
		return checker.ModeMIPS16
	}
	return checker.ModeMicroMIPS
}

// placeOf returns where an input defines a symbol; false if it does not.
func (f *facts) placeOf(input int, y *objimage.Symbol) (checker.Place, bool) {
	switch y.Place {
	case objimage.PlaceAbsolute:
		return checker.Place{Addr: y.Value}, true
	case objimage.PlaceSection:
		img := f.inputs[input].img
		bit := y.Value & modeBit(img, y)
		value := f.objects[input].SectionOffset(int(y.Section), y.Value-bit)
		if b := f.blockOf(input, int(y.Section)); b != nil {
			place := f.placeIn(b, value)
			if y.Type == objimage.TypeTLS { // there, it is the offset from the thread pointer
				place.Addr += uint64(f.threads.offsets[f.inputs[input].path])
			}
			if img.Format() == objimage.MachO { // there, LLVM has it in addresses
				place.Addr += bit
			}
			return place, true
		}
	}
	return checker.Place{}, false
}

// inForce says whether the definition of a global that is at place is the one that the linker uses. An indirect function is somewhere else: in a stub.
func (f *facts) inForce(name string, y *objimage.Symbol, place checker.Place) (checker.Place, bool) {
	addr, ok := f.dyld.SymbolLoadAddress(name)
	if !ok || uint64(addr)&^1 == place.Addr&^1 { // a thread-local variable has no address
		return place, true
	}
	if y.Type != objimage.TypeIFunc {
		return place, false
	}
	for _, b := range f.memory.blocks {
		if off := uint64(addr - b.section.Addr); b.section.Index == runtimedyld.SectionIFuncStubs && off < b.section.Size {
			return checker.Place{Addr: uint64(addr), Content: b.section.Mem, Offset: off}, true
		}
	}
	return place, false
}

// Target says how instructions are decoded.
func (f *facts) Target() checker.Target { return f.target }

// Symbol returns where a symbol is: in an input, or where an option says.
func (f *facts) Symbol(name string) (checker.Place, error) {
	if place, ok := f.places[name]; ok {
		return place, nil
	}
	if a, ok := f.linked.symbols[name]; ok {
		return checker.Place{Addr: a}, nil
	}
	for _, in := range f.inputs {
		if a, ok := f.dyld.SymbolLoadAddress(in.img.LinkName(name)); ok {
			return checker.Place{Addr: uint64(a)}, nil
		}
	}
	return checker.Place{}, &checker.NotFoundError{Kind: checker.NoSymbol, Name: name}
}

// Section returns where a section of an input is, or one that the linker made for it.
func (f *facts) Section(file, section string) (checker.Place, error) {
	b, err := f.find(file, section)
	if missing, ok := err.(*NameError); ok && !missing.Many {
		kind := checker.NoSection
		if missing.Section == "" {
			kind = checker.NoFile
			section = file
		}
		return checker.Place{}, &checker.NotFoundError{Kind: kind, Name: section, In: file}
	}
	if err != nil {
		return checker.Place{}, err
	}
	return f.placeIn(b, 0), nil
}

func (f *facts) placeIn(b *block, offset uint64) checker.Place {
	return checker.Place{Addr: f.addressOf(b) + offset, Content: b.section.Mem, Offset: offset}
}

// Stub returns the stub that a section's code has for a symbol, or the GOT entry if there is no stub: LLVM's tool keeps them in one map. Until LLVM 8, the section was an argument of its own.
func (f *facts) Stub(container, symbol, kind string) (checker.Place, error) {
	if _, err := f.find(container, symbol); err == nil && kind != "" {
		container, symbol = container+"/"+symbol, kind
	}
	return f.entry(container, symbol, runtimedyld.SectionStubs, runtimedyld.SectionGOT)
}

// GOT returns the GOT entry that a section uses for a symbol, or the stub if that does without one.
func (f *facts) GOT(container, symbol, _ string) (checker.Place, error) {
	return f.entry(container, symbol, runtimedyld.SectionGOT, runtimedyld.SectionStubs)
}

// entry finds a symbol's entry in the first of two tables that has one. The section has to refer to the symbol, or to what is at the same place: assemblers write
// relocations against a section for a local symbol.
func (f *facts) entry(container, symbol string, tables ...int) (checker.Place, error) {
	slash := strings.LastIndexByte(container, '/')
	if slash < 0 {
		return checker.Place{}, &checker.NotFoundError{Kind: checker.NoContainer, Name: container}
	}
	b, err := f.find(container[:slash], container[slash+1:])
	if err != nil {
		return checker.Place{}, &checker.NotFoundError{Kind: checker.NoContainer, Name: container}
	}
	input := slices.Index(f.inputs, f.inputOf(b))
	syms, err := symbolsOf(f.inputs[input].img)
	if err != nil {
		return checker.Place{}, err
	}
	missing := &checker.NotFoundError{Kind: checker.NoContainer, Name: container}
	used, modes := map[int]references{}, modesOf(f.inputs[input].img, syms)
	for _, each := range f.namesakes(b) {
		if place, ok := f.stub(each, input, syms, symbol); ok {
			return place, nil
		}
		if f.hasStubs(input, each) {
			missing = &checker.NotFoundError{Kind: checker.NoStub, Name: symbol, In: container}
		}
		f.referredTo(input, each.section.Index, modes, used)
	}
	for _, table := range tables {
		entries := f.objects[input].Stubs()
		if table == runtimedyld.SectionGOT {
			entries = f.objects[input].GOTEntries()
		}
		entries = slices.DeleteFunc(entries, func(e runtimedyld.Entry) bool { return used[e.Symbol] == 0 })
		if len(entries) > 0 {
			missing = &checker.NotFoundError{Kind: checker.NoStub, Name: symbol, In: container}
		}
		entries = slices.DeleteFunc(entries, func(e runtimedyld.Entry) bool { return !f.isFor(input, syms, e, symbol) })
		if len(entries) > 0 {
			return f.placeIn(f.blockOf(input, table), f.oneOf(entries, used).Offset), nil
		}
	}
	return checker.Place{}, missing
}

// oneOf returns the first of a symbol's entries that is for the mode of the code that refers to it; the first one if there is none.
func (f *facts) oneOf(entries []runtimedyld.Entry, used map[int]references) runtimedyld.Entry {
	for _, e := range entries {
		if mode := used[e.Symbol]; e.Thumb && mode&inThumb != 0 || !e.Thumb && mode&inARM != 0 || f.target.Thumb == e.Thumb && mode&inTarget != 0 {
			return e
		}
	}
	return entries[0]
}

// isFor says whether an entry is for a symbol.
func (f *facts) isFor(input int, syms []objimage.Symbol, e runtimedyld.Entry, symbol string) bool {
	y := &syms[e.Symbol]
	if img := f.inputs[input].img; e.Behind == 0 && fileName(img, y) == symbol {
		return true
	}
	start, ok := f.placeOf(input, y)
	at, known := f.places[symbol]
	return ok && known && y.Type == objimage.TypeSection && start.Addr+uint64(e.Behind) == at.Addr
}

// references are the modes of the code that refers to a symbol.
type references uint8

const (
	inTarget references = 1 << checker.ModeTarget
	inARM    references = 1 << checker.ModeARM
	inThumb  references = 1 << checker.ModeThumb
)

// referredTo adds to list the numbers of the symbols to which relocations of a section refer, themselves or by pointers that the linker makes.
func (f *facts) referredTo(input, section int, modes modes, list map[int]references) {
	img := f.inputs[input].img
	for i := 1; i < img.NumSections(); i++ {
		target, n, _, ok := img.RelocTarget(i)
		if !ok || target != section {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		for _, r := range relocs[:img.Relocs(i, 0, relocs)] {
			list[int(r.Sym)] |= 1 << modes.at(uint32(section), r.Offset)
			var y [1]objimage.Symbol
			if n, _ := img.Symbols(int(r.Sym), y[:]); n > 0 && img.Format() == objimage.COFF && y[0].Other == objimage.OtherPointer {
				list[int(y[0].Value)] |= inTarget
			}
		}
	}
}
