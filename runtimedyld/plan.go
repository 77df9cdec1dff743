package runtimedyld

import (
	"bytes"
	"debug/elf"
	"fmt"
	"math"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/prefetch"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A plan is what is found out about an object before anything is allocated or entered into a table: which sections are loaded, which symbols
// need a GOT entry or a stub, and every reason to refuse the object. Its slices are reused from object to object.
type plan struct {
	img  *objimage.Object
	arch *arch

	sections [64]objimage.Section
	relocs   [256]objimage.Reloc
	reloc    objimage.Reloc // that arch.plan looks at

	requests   []memmgr.Section       // one a loaded section, then the GOT, then the stubs
	files      []uint32               // the section of the file that each request is for
	placed     []section              // by request, once they are answered
	bases      []base                 // of placed
	tables     []objimage.RelocTable  // of all sections
	extents    []extent               // by request of a section of the file
	loaded     []uint32               // by section of the file: index into requests, plus 1
	syms       []objimage.Symbol      // all symbols
	traits     []trait                // by symbol
	names      [][]byte               // by global symbol
	ownNames   []byte                 // what they are parts of
	hashes     []uint32               // by global symbol
	defined    []uint32               // the globals that the object defines, commons included
	globals    []symID                // by global symbol
	slots      []uint32               // symbols with a GOT entry
	stubs      []uint32               // symbols with a stub
	veneers    []veneer               // behind them
	supplied   []supplied             // functions behind these
	veneerSet  map[veneer]struct{}    // of veneers; nil before the first
	gotBase    int32                  // request of the GOT, or -1
	stubBase   int32                  // request of the stubs, or -1
	tocAt      int32                  // request of the section that the TOC base is for, or -1 if it is the GOT (PowerPC)
	storage    executor.ThreadStorage // of the linker; nil if there is none
	tls        *threadPart            // nil while the object has nothing to do with thread-local variables
	pages      pagePlan               // GOT entries of pages
	callee     uint32                 // the symbol arch.threadCalls; 0 if it was not looked for
	several    howto                  // row of a relocation that is several in one
	slotsPlus  map[slotPlus]uint32    // GOT entries of symbols plus addends: their numbers behind slots; nil if there are none
	coff       *coffPart              // nil for other formats
	islands    map[uint32]*island     // by request; nil if there are none
	large      bool                   // the object has more code than branches reach over
	landing    bool                   // the object asks for landing pads
	small      bool                   // it addresses small data (PowerPC)
	tocNear    bool                   // entries have to be in reach of 16 bits from the TOC base (PowerPC)
	needGOT    bool                   // something refers to the GOT, if only to its address
	debug      bool                   // the file has debug information
	all        bool                   // sections are loaded that a program does not have in memory
	left       func(string) bool      // names that the linker does not define by itself; nil for none
	extras     []objimage.RelocTable  // of these
	roles      Roles                  // of the sections
	strongData map[location]struct{}  // where global data is; made when it is asked for
	nameBytes  int                    // how many more bytes of names are believed
	comdat     comdat

	maybeBounds []uint32 // globals that are bounds if there are sections for them
	bounds      []bound
	followers   []follower
	ifuncs      ifuncs
	trims       trims             // of the sections that shrink
	aligns      map[uint32]uint64 // of sections that have to be aligned to more than the file says
	shrinks     bool              // there may be such
	elastics    []elastic
	elastic     elastic // that arch.elastic fills in
	cuts        []cut
	errs        []error
}

// A trait is what the scan of the relocations has to know of a symbol.
type trait uint16

const (
	traitForeign  trait = 1 << iota // not defined in the object
	traitFar                        // not in a section of the object: it may be out of reach
	traitUnloaded                   // defined in a section that is not loaded
	traitSlot                       // has a GOT entry
	traitStub                       // has a stub
	traitProvided                   // the linker defines it
	traitNeeded                     // traitForeign, and the reference is not weak
	traitThread                     // a thread-local variable
	traitDropped                    // its definition in the object was dropped with its COMDAT group
	traitDirect                     // something refers to it by 32 bits, without a GOT entry
	traitBased                      // in coffPart.based
	traitLate                       // in coffPart.late
)

var plans = sync.Pool{New: func() any { return new(plan) }}

// survey finds out what sections and symbols the object has. What it refuses is kept until everything has been looked at.
func (p *plan) survey(img *objimage.Object, table *symtab) error {
	p.reset(img)
	if p.arch = archOf(img); p.arch == nil {
		return &ObjectError{Object: img.Name(), Err: fmt.Errorf("%w: %d-bit %v %v", ErrUnsupportedArch, img.Bits(), img.Arch(), img.Format())}
	}
	if p.storage != nil && p.storage.Indexed() != (p.arch.format == objimage.COFF) {
		p.storage = nil // it is of no use to this format
	}
	p.planSections()
	if err := p.comdat.find(img); err != nil {
		return err
	}
	err := p.planSymbols(table)
	if err == nil && p.arch.format != 0 {
		p.planStandIns()
	}
	if err == nil && img.Buffer().Mapped() {
		p.ownTheNames()
	}
	return err
}

// complete finds out what relocations need, once it is known which groups are dropped.
func (p *plan) complete() error {
	p.leaveOut()
	if p.tls != nil {
		p.planThreadBlock()
	}
	if len(p.maybeBounds) > 0 {
		p.planBounds()
	}
	if p.arch.reach > 0 {
		p.findReach()
	}
	kept := p.tables[:0]
	for _, t := range p.tables {
		switch {
		case p.loaded[t.Target] == 0:
		case p.all && p.isExtra(t.Target):
			p.extras = append(p.extras, t)
		default:
			p.planRelocs(&t)
			t.Target = p.loaded[t.Target] - 1
			kept = append(kept, t)
		}
	}
	p.tables = kept
	if p.shrinks {
		p.planCuts()
	}
	p.tocNear = p.tocNear && p.tocAt >= 0 && p.requests[p.tocAt].Kind == memmgr.RWData
	p.planGOT()
	p.planIslands()
	p.planIFuncs()
	p.planThreadEntries()
	if p.arch.format == objimage.COFF {
		p.planFunctions()
	}
	return joined(p.errs)
}

func (p *plan) reset(img *objimage.Object) {
	p.img, p.tls, p.trims, p.aligns, p.shrinks = img, nil, nil, nil, false
	p.requests, p.files, p.tables, p.extents = p.requests[:0], p.files[:0], p.tables[:0], p.extents[:0]
	p.slots, p.stubs, p.defined, p.errs = p.slots[:0], p.stubs[:0], p.defined[:0], nil
	p.veneers, p.veneerSet, p.pages = p.veneers[:0], nil, pagePlan{}
	p.gotBase, p.stubBase, p.tocAt, p.needGOT, p.debug, p.roles = -1, -1, -1, false, false, 0
	p.callee = 0
	p.comdat.reset()
	p.maybeBounds, p.bounds, p.followers = p.maybeBounds[:0], p.bounds[:0], p.followers[:0]
	p.ifuncs.syms = p.ifuncs.syms[:0]
	p.strongData, p.islands, p.slotsPlus, p.landing, p.large, p.small, p.tocNear = nil, nil, nil, false, false, false, false
	p.supplied, p.coff, p.extras = nil, nil, nil
	p.loaded = zeroed(p.loaded, img.NumSections())
	p.syms = sized(p.syms, img.NumSymbols())
	p.traits = zeroed(p.traits, img.NumSymbols())
	p.names = sized(p.names, img.NumSymbols()-img.FirstGlobal())
	p.hashes = sized(p.hashes, img.NumSymbols()-img.FirstGlobal())
	p.globals = sized(p.globals, img.NumSymbols()-img.FirstGlobal())
}

// done lets go of the object, and gives the plan back for another one.
func (p *plan) done() {
	p.img, p.errs, p.tls, p.storage, p.trims, p.left = nil, nil, nil, nil, nil, nil
	clear(p.requests)
	clear(p.bases)
	clear(p.names)
	plans.Put(p)
}

// sized and zeroed return a slice of n elements, s itself if it is large enough.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

func zeroed[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// maxSectionBytes bounds one object's memory: no architecture's address space is larger.
const maxSectionBytes = 1 << 47

func (p *plan) planSections() {
	total := uint64(0)
	for from := 0; from < p.img.NumSections(); {
		k := p.img.Sections(from, p.sections[:])
		for i := range p.sections[:k] {
			switch s := &p.sections[i]; {
			case s.Relocs.Target != 0:
				p.tables = append(p.tables, s.Relocs)
			case s.Flags&objimage.SectionAlloc == 0 && !(p.all && isExtra(s)):
				if s.Type == uint32(elf.SHT_GROUP) {
					p.comdat.sections = append(p.comdat.sections, uint32(s.Index))
				}
				p.debug = p.debug || isDebug(p.img, s)
			case s.Size > maxSectionBytes-total:
				p.refuse(s.Index, ErrTooLarge, fmt.Sprintf("sections of %d bytes do not fit an address space", s.Size))
				return
			case s.Flags&objimage.SectionAlloc == 0:
				total += s.Size
				p.planExtra(s)
			default:
				total += s.Size
				p.planSection(s)
			}
		}
		from += k
	}
}

// isDebug says whether a section is DWARF, by its name, as everybody does.
func isDebug(img *objimage.Object, s *objimage.Section) bool {
	if s.Type != uint32(elf.SHT_PROGBITS) {
		return false
	}
	switch img.NameHead(s) {
	case [3]byte{'.', 'd', 'e'}, [3]byte{'.', 'z', 'd'}, [3]byte{'_', '_', 'd'}:
		name := img.NameOf(s)
		return bytes.HasPrefix(name, debugName) || bytes.HasPrefix(name, gnuDebugName) || bytes.HasPrefix(name, machoDebugName)
	}
	return false
}

var debugName, gnuDebugName, machoDebugName = []byte(".debug_"), []byte(".zdebug_"), []byte("__debug_")

func (p *plan) planSection(s *objimage.Section) {
	kind := memmgr.ROData
	switch s.Flags & (objimage.SectionTLS | objimage.SectionExec | objimage.SectionWrite) {
	case 0:
	case objimage.SectionExec:
		kind = memmgr.Code
	case objimage.SectionWrite:
		kind = memmgr.RWData
	case objimage.SectionExec | objimage.SectionWrite:
		p.refuse(s.Index, ErrUnsupportedSymbol, "it is writable and executable; no memory of an engine is ever both")
		return
	case objimage.SectionTLS | objimage.SectionWrite:
		if p.storage == nil {
			p.refuse(s.Index, ErrUnsupportedSymbol, p.arch.refuseThreads())
			return
		}
		p.planThreadSection(s)
	default:
		p.refuse(s.Index, ErrUnsupportedSymbol, "thread-local, but executable or not writable")
		return
	}
	p.comdat.ordered = p.comdat.ordered || s.Flags&objimage.SectionLinkOrder != 0
	zeroFill := s.Flags&objimage.SectionZeroFill != 0
	p.files = append(p.files, uint32(s.Index))
	e := extent{offset: s.Offset, size: s.Size}
	if zeroFill {
		e.offset = noContents
	}
	p.extents = append(p.extents, e)
	size, role := s.Size, RoleOf(p.img, s)
	p.roles = p.roles.With(role)
	p.landing = p.landing || elf.SectionType(s.Type) == elf.SHT_NOTE && asksLanding(p.img, p.arch, s)
	switch role {
	case RoleFrames:
		size, zeroFill = size+frameEnd, true
	case RoleInitCode, RoleFiniCode:
		size += p.arch.fragmentEnd
	}
	p.requests = append(p.requests, memmgr.Section{
		Index: s.Index, Kind: kind, Size: size, Align: s.Align, ZeroFill: zeroFill,
	})
	p.loaded[s.Index] = uint32(len(p.requests))
}

// refuse notes that a section cannot be loaded.
func (p *plan) refuse(section int, err error, msg string) {
	p.errs = append(p.errs, &ObjectError{Object: p.img.Name(), Msg: fmt.Sprintf("section %s: %s", shown(p.img.SectionName(section)), msg), Err: err})
}

func (p *plan) planSymbols(table *symtab) error {
	if _, err := p.img.Symbols(0, p.syms); err != nil {
		return err
	}
	first := p.img.FirstGlobal()
	for i := range p.syms[:first] {
		p.planLocal(uint32(i), &p.syms[i], &p.traits[i])
		if p.tls != nil || p.syms[i].Type == objimage.TypeTLS {
			p.traits[i] |= p.threadTrait(&p.syms[i])
		}
	}
	slots := table.cur.Load().slots
	p.nameBytes = maxNameBytes(len(p.img.Buffer().Bytes()))
	for i := range p.syms[first:] {
		s := &p.syms[first+i]
		name := p.img.GlobalName(s)
		h := table.hashBytes(name)
		p.names[i], p.hashes[i] = name, h
		prefetch.Line(&slots[h&uint32(len(slots)-1)])
		p.nameBytes -= len(name)
		p.planGlobal(uint32(i), s, &p.traits[first+i], name)
		if p.tls != nil || s.Type == objimage.TypeTLS {
			p.traits[first+i] |= p.threadTrait(s)
		}
	}
	if p.nameBytes < 0 {
		return &ObjectError{Object: p.img.Name(), Msg: "its symbols' names overlap to many times its size", Err: ErrTooLarge}
	}
	return nil
}

func (p *plan) planLocal(i uint32, s *objimage.Symbol, t *trait) {
	switch s.Place {
	case objimage.PlaceSection:
		if p.loaded[s.Section] == 0 {
			*t = traitUnloaded
		} else if s.Type == objimage.TypeIFunc {
			p.ifuncs.syms = append(p.ifuncs.syms, i)
		}
	case objimage.PlaceAbsolute:
		*t = traitFar
	case objimage.PlaceUndefined:
		*t = traitForeign | traitFar | traitNeeded
	case objimage.PlaceCommon:
		p.refuseSymbol(s, "a common that is local has no storage")
	}
}

// planGlobal tells definitions from references.
func (p *plan) planGlobal(i uint32, s *objimage.Symbol, t *trait, name []byte) {
	if s.Type == objimage.TypeOther && p.arch.ownSymbols {
		*t = traitProvided
		return
	}
	if len(name) == 0 {
		p.refuseSymbol(s, "a global symbol without a name")
		return
	}
	switch s.Place {
	case objimage.PlaceUndefined:
		*t = traitForeign | traitFar
		if s.Binding != objimage.BindWeak {
			*t |= traitNeeded
		}
		if p.left != nil && p.left(string(name)) {
			return
		}
		if p.planSupplied(i, name) {
			*t = traitProvided
		} else if isProvided(name) || p.arch.isProvided(name) {
			*t = traitProvided
			p.needGOT = true
		} else if section, _ := boundOf(name); section != nil {
			p.maybeBounds = append(p.maybeBounds, i)
		}
		return
	case objimage.PlaceSection:
		if p.loaded[s.Section] == 0 {
			*t = traitUnloaded
			return
		}
		if p.comdat.has(s.Section) {
			s.Binding = inGroup(s.Binding)
		}
		if s.Type == objimage.TypeIFunc {
			p.ifuncs.syms = append(p.ifuncs.syms, uint32(p.img.FirstGlobal())+i)
		}
		if s.Binding != objimage.BindGlobal { // another object's may win
			*t |= traitFar
		}
	case objimage.PlaceAbsolute:
		*t = traitFar
	case objimage.PlaceCommon:
		if p.refuseCommon(s) {
			return
		}
		*t |= traitFar
	}
	p.defined = append(p.defined, i)
}

// maxNameBytes bounds the names of a file of so many bytes. They may overlap, as ends of each other; a hostile file could make much of little that way.
func maxNameBytes(size int) int { return int(min(16*int64(size)+1<<16, math.MaxInt32)) }

// planRelocs checks the relocations of one section, and finds out which symbols need GOT entries and stubs.
func (p *plan) planRelocs(table *objimage.RelocTable) {
	target, n := int(table.Target), int(table.Num)
	if table.Implicit && !p.arch.implicit {
		p.refuse(target, ErrUnsupportedRelocation, "its relocations have no addends (SHT_REL), which do not exist for "+p.arch.name)
		return
	}
	size := p.extents[p.loaded[target]-1].size
	rows, traits := p.arch.rows, p.traits
	var contents []byte
	if table.Implicit {
		contents = p.img.SectionData(target)
	}
	for from := 0; from < n; {
		relocs := p.img.RelocsOf(table, from, p.relocs[:])
		from += len(relocs)
		for i := range relocs {
			r := relocs[i] // a copy: files that are mapped can change
			if uint64(r.Type) >= uint64(len(rows)) && !p.compound(r.Type) || uint64(r.Sym) >= uint64(len(traits)) {
				p.badReloc(&r, target)
				continue
			}
			row, t := &p.several, traits[r.Sym]
			if uint64(r.Type) < uint64(len(rows)) {
				row = &rows[r.Type]
			}
			if row.formula == nil || r.Offset > size || size-r.Offset < uint64(row.field.size) || t&(traitUnloaded|traitThread) != 0 && isUnreachable(row, t) {
				p.badReloc(&r, target)
				continue
			}
			if row.need&(needSlot|needGOT|needStub|needThread|needReach|needPlan) != 0 && !p.isGiven(row.need, t) {
				if table.Implicit && r.Offset < uint64(len(contents)) {
					r.Addend += row.field.addend(contents[r.Offset:])
				}
				p.planNeeds(row, &r, target)
			}
		}
	}
}

// isGiven says whether a symbol has what a relocation needs of it already, as most of the frequent kinds do: branches, and references by 32 bits.
func (p *plan) isGiven(n need, t trait) bool {
	return n&(needSlot|needGOT|needThread|needPlan) == 0 && (n&needReach == 0 || t&traitDirect != 0) &&
		(n&needStub == 0 || t&(traitFar|traitStub) != traitFar && !p.large)
}

// compound makes p.several the row of a type that is several in one.
func (p *plan) compound(typ uint32) bool {
	return p.arch.compound != nil && p.arch.compound(p.arch, typ, &p.several)
}

// isUnreachable says whether a relocation refers to a symbol that has no address.
func isUnreachable(row *howto, t trait) bool {
	return (row.field.size > 0 || row.formula == &formulaMinus) && (t&traitUnloaded != 0 || row.need&needThread == 0)
}

// planNeeds gives the symbol of a relocation what the relocation needs.
func (p *plan) planNeeds(row *howto, r *objimage.Reloc, target int) {
	if row.need&needPlan != 0 {
		p.reloc = *r // r itself is not to escape: most relocations need no such thing
		p.arch.plan(p, row, &p.reloc, target)
	}
	p.needGOT = p.needGOT || row.need&needGOT != 0
	if row.need&needThread != 0 {
		p.planThread(row, r, target)
		return
	}
	t := p.traits[r.Sym]
	want := trait(0)
	if row.need&needSlot != 0 {
		if row.need&addendInSlot == 0 || r.Addend == 0 {
			want = traitSlot
		} else {
			p.planSlotPlus(r)
		}
	}
	if row.need&needReach != 0 {
		want |= traitDirect
	}
	if row.need&needStub != 0 && (p.large || t&(traitFar|traitStub) == traitFar) {
		code := p.requests[p.loaded[target]-1].Kind == memmgr.Code
		if p.large && code {
			p.planIsland(r, target)
		} else if t&(traitFar|traitStub) == traitFar && p.arch.canUseStub(row, code, p.img.SectionData(target), r.Offset, r.Addend) {
			want |= traitStub
			if !p.arch.direct {
				want |= traitSlot
			}
		}
	}
	if want&^t != 0 {
		p.give(r.Sym, want)
	}
}

// give gives a symbol a GOT entry, a stub, or both, if it has none.
func (p *plan) give(sym uint32, want trait) {
	fresh := want &^ p.traits[sym]
	if fresh&traitSlot != 0 {
		p.slots = append(p.slots, sym)
	}
	if fresh&traitStub != 0 {
		p.stubs = append(p.stubs, sym)
	}
	p.traits[sym] |= want
}

// Numbers of the sections that the linker makes for an object, where it needs them. No file has them.
const (
	SectionGOT        = -1 // addresses that code loads
	SectionStubs      = -2 // jumps to what is out of a branch's reach
	SectionThreads    = -3 // entries for thread-local variables
	SectionIFuncSlots = -4 // addresses of the implementations of indirect functions
	SectionIFuncStubs = -5 // jumps to them
	SectionFunctions  = -6 // functions with unwind information, sorted: see FunctionTable
)

// sectionNames are the names of an object's sections, those that the linker makes included.
type sectionNames struct{ *objimage.Object }

func (n sectionNames) SectionName(index int) []byte {
	switch index {
	case SectionGOT:
		return []byte(".got")
	case SectionStubs:
		return []byte(".stubs")
	case SectionIFuncSlots:
		return []byte(".igot")
	case SectionIFuncStubs:
		return []byte(".iplt")
	case SectionFunctions:
		return []byte(".functions")
	case SectionThreads:
		return []byte(".got.tls")
	}
	return n.Object.SectionName(index)
}

// planGOT asks for the GOT and the stubs.
func (p *plan) planGOT() {
	if n := len(p.slots) + len(p.slotsPlus) + int(p.pages.count()); p.needGOT || n > 0 {
		p.gotBase = int32(len(p.requests))
		p.requests = append(p.requests, memmgr.Section{
			Index: SectionGOT, Kind: p.entryKind(), Size: max(uint64(n), 1) * p.arch.slotSize, Align: p.arch.slotSize,
		})
	}
	if n := len(p.stubs) + len(p.veneers); n+len(p.supplied) > 0 {
		p.stubBase = int32(len(p.requests))
		p.requests = append(p.requests, memmgr.Section{
			Index: SectionStubs, Kind: memmgr.Code, Size: uint64(n)*p.arch.stubStep(p.landing) + suppliedSize(p.supplied), Align: p.arch.stubAlign,
		})
	}
}

// elfArches are the architectures of ELF objects: those of 32 and those of 64 bits. Those with hooks enter themselves, since hooks report errors, which name rows.
var elfArches = [objimage.ArchM68k + 1][2]*arch{
	objimage.ArchX86_64:      {1: &x86_64},
	objimage.ArchRISCV32:     {0: &riscv32},
	objimage.ArchRISCV64:     {1: &riscv64},
	objimage.ArchI386:        {0: &i386},
	objimage.ArchAArch64:     {1: &aarch64},
	objimage.ArchAArch64BE:   {1: &aarch64BE},
	objimage.ArchS390X:       {1: &systemz},
	objimage.ArchLoongArch64: {1: &loongarch64},
}

// machoArches and coffArches are those of the other formats.
var machoArches, coffArches [objimage.ArchM68k + 1][2]*arch

// archTables are the architectures by format.
var archTables = [...]*[objimage.ArchM68k + 1][2]*arch{objimage.ELF: &elfArches, objimage.MachO: &machoArches, objimage.COFF: &coffArches}

// archOf returns what is known of an object's architecture and format, or nil.
func archOf(img *objimage.Object) *arch {
	if int(img.Arch()) >= len(elfArches) {
		return nil
	}
	a := archTables[img.Format()][img.Arch()][img.Bits()/64]
	if a != nil && a.choose != nil {
		return a.choose(img)
	}
	return a
}
