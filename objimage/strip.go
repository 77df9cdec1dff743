package objimage

import (
	"bytes"
	"debug/elf"
	"debug/pe"
	"slices"
)

// Dead stripping: what nobody needs is left out, section by section. A section is live if it is a root, or if a live one refers to it; unwind tables refer to nothing by themselves, and keep the
// records of live functions only. Linkers call that --gc-sections, -dead_strip, /OPT:REF.

// Strip returns objects without the sections that nothing live refers to, in the order of the objects given, which stay as they are and share their buffers. They are stripped together, since
// they may refer to each other. An object of which nothing goes is itself.
//
// root says which global names are needed by others than the objects; nil is none. Roots are the sections with such definitions, constructors and destructors, whatever the format says is to stay
// (SHF_GNU_RETAIN, S_ATTR_NO_DEAD_STRIP, N_NO_DEAD_STRIP), Mach-O files without MH_SUBSECTIONS_VIA_SYMBOLS, sections of COFF that are no COMDAT ones, and notes and sections of ELF whose names are C's
// (__start_NAME). Of a name that several define all definitions stay, whichever will count. Groups stay or go as a whole.
//
// Numbers of sections and symbols stay the same. A section that is gone has type SHT_NULL and no flags. What only dead code refers to is not undefined any more.
//
// How fine it is depends on the objects: see [ParseAtoms] for Mach-O; compilers take -ffunction-sections -fdata-sections (/Gy) for the other formats. Errors are *FormatError.
func Strip(objects []*Object, root func(name string) bool) (stripped []*Object, err error) {
	err = Guard(func() (err error) {
		stripped, err = strip(objects, root)
		return err
	})
	return stripped, err
}

func strip(objects []*Object, root func(name string) bool) ([]*Object, error) {
	s := stripper{definitions: map[string][]node{}, aliases: map[string][]alias{}, wanted: map[string]bool{}}
	for _, o := range objects {
		if err := s.add(o); err != nil {
			return nil, err
		}
	}
	for i := range s.objects {
		s.markRoots(i, root)
	}
	for len(s.work)+len(s.later) > 0 {
		if k := len(s.later) - 1; k >= 0 {
			a := s.later[k]
			s.later = s.later[:k]
			s.markSymbol(a.object, a.symbol)
			continue
		}
		n := s.work[len(s.work)-1]
		s.work = s.work[:len(s.work)-1]
		s.follow(n)
	}
	list := make([]*Object, len(objects))
	for i, o := range objects {
		list[i] = s.objects[i].stripped(o)
	}
	return list, nil
}

// A stripper finds out what is live.
type stripper struct {
	objects     []*stripObject
	definitions map[string][]node  // of global names
	aliases     map[string][]alias // what global names stand for that nobody defines
	wanted      map[string]bool    // global names that were followed
	later       []alias            // what they stand for, if it was not followed yet
	work        []node             // live sections that were not followed yet
}

// A node is a section of an object.
type node struct{ object, section uint32 }

// An alias is the symbol of an object for which others stand.
type alias struct{ object, symbol uint32 }

// A stripObject is an object that is being stripped.
type stripObject struct {
	*Object
	d      *decoded // its own
	live   []bool   // by section
	used   []bool   // by symbol: something live refers to it
	tables [][]RelocTable
	behind map[uint32][]edge // by section: what is live if it is, beyond what its relocations say
	frames []*frameTable
}

// An edge leads to a section, or if that is 0 to a symbol.
type edge struct{ section, symbol uint32 }

func (s *stripper) add(o *Object) error {
	d, err := o.decode()
	if err != nil {
		return err
	}
	x := &stripObject{Object: o, d: d, live: make([]bool, len(d.sections)), used: make([]bool, len(d.symbols)), tables: make([][]RelocTable, len(d.sections)), behind: map[uint32][]edge{}}
	n := uint32(len(s.objects))
	s.objects = append(s.objects, x)
	for i := range d.sections {
		if t := d.sections[i].Relocs; t.Target != 0 {
			x.tables[t.Target] = append(x.tables[t.Target], t)
		}
	}
	for i := range d.groups {
		x.addGroup(&d.groups[i])
	}
	for i := 1; i < len(d.sections); i++ {
		x.addSection(i)
	}
	for i := o.firstGlobal; i < len(d.symbols); i++ {
		switch y := &d.symbols[i]; {
		case y.Place == PlaceSection:
			name := string(o.GlobalName(y))
			s.definitions[name] = append(s.definitions[name], node{n, y.Section})
		case y.Place == PlaceUndefined && y.Value != 0 && d.format != ELF:
			name := string(o.SymbolName(y))
			s.aliases[name] = append(s.aliases[name], alias{n, uint32(y.Value)})
		}
	}
	return nil
}

// addGroup makes a group's members need each other, in a ring.
func (x *stripObject) addGroup(g *Group) {
	for k, m := range g.Members {
		next := g.Members[(k+1)%len(g.Members)]
		x.behind[m] = append(x.behind[m], edge{section: next})
	}
}

// addSection finds out what is behind others because of a section.
func (x *stripObject) addSection(i int) {
	s := &x.d.sections[i]
	switch {
	case s.Flags&SectionAlloc == 0:
	case x.isFrames(s):
		x.addFrames(i)
	case s.Flags&SectionLinkOrder != 0 && s.Link != 0 && uint64(s.Link) < uint64(len(x.d.sections)):
		x.behind[s.Link] = append(x.behind[s.Link], edge{section: uint32(i)})
	case x.d.format == MachO && s.RawFlags&machoLiveSupport != 0:
		x.eachReloc(i, func(r *Reloc) {
			if t := x.sectionOf(r.Sym); t != 0 {
				x.behind[t] = append(x.behind[t], edge{section: uint32(i)})
			}
		})
	}
}

func (x *stripObject) eachReloc(section int, f func(r *Reloc)) {
	for k := range x.tables[section] {
		list := x.d.relocsOf(&x.tables[section][k], 0)
		for i := range list {
			f(&list[i])
		}
	}
}

// sectionOf returns the section in which the object has a symbol; 0 if it has not.
func (x *stripObject) sectionOf(sym uint32) uint32 {
	if uint64(sym) >= uint64(len(x.d.symbols)) {
		return 0
	}
	return x.d.symbols[sym].Section
}

// markRoots makes an object's roots live.
func (s *stripper) markRoots(n int, root func(name string) bool) {
	x := s.objects[n]
	for i := 1; i < len(x.d.sections); i++ {
		if p := &x.d.sections[i]; p.Flags&SectionAlloc != 0 && !x.isFrames(p) && x.isRoot(p) {
			s.mark(uint32(n), uint32(i))
		}
	}
	for i := x.firstGlobal; i < len(x.d.symbols); i++ {
		if y := &x.d.symbols[i]; y.Place == PlaceSection && root != nil && root(string(x.GlobalName(y))) {
			s.mark(uint32(n), y.Section)
		}
	}
	for _, t := range x.frames {
		for _, sym := range t.always {
			s.markSymbol(uint32(n), sym)
		}
		if t.whole {
			s.mark(uint32(n), uint32(t.section))
		}
	}
}

// isRoot says whether a section stays whoever refers to it.
func (x *stripObject) isRoot(s *Section) bool {
	if s.Flags&SectionRetain != 0 {
		return true
	}
	switch x.d.format {
	case MachO:
		switch s.RawFlags & machoTypeMask {
		case machoRegular, machoZeroFill, machoGBZeroFill, machoCStrings, machoLiterals4, machoLiterals8, machoLiteralPointers, machoLiterals16, machoNonLazyPointers, machoLazyPointers,
			machoSymbolStubs, machoThreadRegular, machoThreadZeroFill, machoThreadVariables, machoThreadPointers:
			return false
		}
		return true // constructors, destructors, and what is made for dyld
	case COFF:
		return s.RawFlags&pe.IMAGE_SCN_LNK_COMDAT == 0
	}
	switch elf.SectionType(s.Type) {
	case elf.SHT_PROGBITS, elf.SHT_NOBITS:
		return isKeptName(x.NameOf(s))
	}
	return s.Flags&SectionLinkOrder == 0
}

// isKeptName knows sections of ELF that the beginning and the end of a program find by their names.
func isKeptName(name []byte) bool {
	for _, kept := range []string{".init", ".fini", ".ctors", ".dtors", ".jcr", ".preinit_array"} {
		if rest, ok := bytes.CutPrefix(name, []byte(kept)); ok && (len(rest) == 0 || rest[0] == '.' || rest[0] == '_') {
			return true
		}
	}
	return len(name) > 0 && !slices.ContainsFunc(name, func(c byte) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

func (s *stripper) mark(object, section uint32) {
	x := s.objects[object]
	if section == 0 || x.live[section] || x.d.sections[section].Flags&SectionAlloc == 0 {
		return
	}
	x.live[section] = true
	s.work = append(s.work, node{object, section})
}

// follow marks what a live section refers to.
func (s *stripper) follow(n node) {
	x := s.objects[n.object]
	if !x.isFrames(&x.d.sections[n.section]) || x.keepsFrames(int(n.section)) {
		x.eachReloc(int(n.section), func(r *Reloc) { s.markSymbol(n.object, r.Sym) })
	}
	for _, e := range x.behind[n.section] {
		if e.section == 0 {
			s.markSymbol(n.object, e.symbol)
		}
		s.mark(n.object, e.section)
	}
}

// markSymbol makes live what a symbol leads to.
func (s *stripper) markSymbol(object, sym uint32) {
	x := s.objects[object]
	if uint64(sym) >= uint64(len(x.d.symbols)) || x.used[sym] {
		return // the linker says what is wrong with it
	}
	x.used[sym] = true
	y := &x.d.symbols[sym]
	if y.Place == PlaceSection {
		s.mark(object, y.Section)
	}
	if int(sym) < x.firstGlobal || y.Place == PlaceSection && y.Binding == BindGlobal {
		return
	}
	name := string(x.GlobalName(y))
	s.markName(name)
	if imported, ok := x.ImportedName(name); ok {
		s.markName(imported)
	}
}

// markName makes all definitions of a name live.
func (s *stripper) markName(name string) {
	if s.wanted[name] {
		return
	}
	s.wanted[name] = true
	for _, n := range s.definitions[name] {
		s.mark(n.object, n.section)
	}
	s.later = append(s.later, s.aliases[name]...)
}

// stripped returns the object without what is dead.
func (x *stripObject) stripped(o *Object) *Object {
	dead := uint32(0)
	for i := range x.d.sections {
		if x.d.sections[i].Flags&SectionAlloc != 0 && !x.live[i] && !x.isFrames(&x.d.sections[i]) {
			dead = uint32(i)
		}
	}
	if dead == 0 {
		return o
	}
	x.forget(dead)
	for _, t := range x.frames {
		x.stripFrames(t)
	}
	for i := range x.d.sections {
		if s := &x.d.sections[i]; s.Flags&SectionAlloc != 0 && !x.live[i] {
			s.Type, s.Flags = uint32(elf.SHT_NULL), 0
		}
		if t := x.d.sections[i].Relocs.Target; t != 0 && x.d.sections[t].Type == uint32(elf.SHT_NULL) {
			x.d.sections[i].Relocs, x.d.sections[i].Type = RelocTable{}, uint32(elf.SHT_NULL)
		}
	}
	n := *o
	n.decoded, n.numSections, n.numSymbols, n.whole = x.d, len(x.d.sections), len(x.d.symbols), o
	return &n
}

// forget makes symbols to which only dead code refers those of a dead section: nobody has to define them.
func (x *stripObject) forget(dead uint32) {
	mentioned := make([]bool, len(x.d.symbols))
	for i := range x.tables {
		if x.d.sections[i].Flags&SectionAlloc != 0 && !x.live[i] {
			x.eachReloc(i, func(r *Reloc) {
				if uint64(r.Sym) < uint64(len(mentioned)) {
					mentioned[r.Sym] = true
				}
			})
		}
	}
	for i := range x.d.symbols {
		y := &x.d.symbols[i]
		if y.Place == PlaceUndefined && mentioned[i] && !x.used[i] {
			*y = Symbol{Name: y.Name, Place: PlaceSection, Section: dead, Binding: y.Binding, Visibility: y.Visibility}
		}
		if y.Type == TypeTLS && y.Place == PlaceSection && !x.live[y.Section] {
			y.Type = TypeObject
		}
	}
}

// decode returns the object's tables, to be changed.
func (o *Object) decode() (*decoded, error) {
	if o.decoded != nil {
		d := *o.decoded
		d.sections, d.symbols, d.relocs = slices.Clone(d.sections), slices.Clone(d.symbols), slices.Clone(d.relocs)
		d.made = slices.Clip(d.made)
		return &d, nil
	}
	d := &decoded{format: ELF, sections: make([]Section, o.numSections), symbols: make([]Symbol, o.numSymbols)}
	o.Sections(0, d.sections)
	if _, err := o.Symbols(0, d.symbols); err != nil {
		return nil, err
	}
	var err error
	if d.groups, err = o.Groups(); err != nil {
		return nil, err
	}
	var batch [256]Reloc
	for i := range d.sections {
		t := &d.sections[i].Relocs
		if t.Target == 0 {
			continue
		}
		d.sections[i].Offset, d.sections[i].Size = 0, 0 // contents are those of the tables
		first := uint64(len(d.relocs))
		for from := 0; from < int(t.Num); {
			list := o.RelocsOf(t, from, batch[:])
			d.relocs = append(d.relocs, list...)
			from += len(list)
		}
		t.Offset = first
	}
	return d, nil
}
