package runtimedyld

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/internal/prefetch"
	"github.com/gomcjit/gomcjit/objimage"
)

// A fixer applies the relocations of objects. What it writes is a function of the file's bytes, the addends and the addresses, so that
// applying again gives what applying once gives. Its slices are reused from object to object; it lives for one link.
type fixer struct {
	dyld    *RuntimeDyld
	o       *Object
	addrs   []uint64 // by symbol: S
	slots   []uint32 // by symbol: the GOT entry's number; meaningful for o.slots only
	stubs   []uint64 // by symbol: the stub's address plus 1; 0 for all but o.stubs
	starts  []uint64 // by section of the file: its address; 0 if it is not loaded
	loaded  []bool   // by section of the file; filled, as dropped is, only for objects with dropped sections
	dropped []bool   // by symbol: it is in a dropped section
	handled []uint32 // symbols whose places the client takes care of
	veneers map[veneer]uint64
	islands map[islandStub][2]uint64 // where their stubs are: behind a section and before it; 0 if not in reach of the GOT
	v       vars                     // of the relocation at hand
	site    site                     // of an irregular one
	uses    []uint32
	mark    uint64 // objects in uses have it
	syms    [128]objimage.Symbol
	relocs  [256]objimage.Reloc
	errs    []error
	groups  *comdat // of the object, if report has looked for them
	trims   trims   // of the sections to which the object's local symbols lead
	before  [fewBack]objimage.Reloc
	first   pairValue
	firsts  []objimage.Reloc // of the table firstsOf, sorted: see partner
	firstOf *objimage.RelocTable

	several howto             // row of a relocation that is several in one
	pages   map[uint64]uint32 // GOT entries of pages, by address
	page1   pageEntry         // that was asked for last
	mips    mipsState
	callee  uint32 // the symbol arch.threadCalls; 0 if the object has none

	opd        []uint64 // addresses in descriptors of functions (PowerPC), by word of that section of the file
	opdSection int

	groupStarts map[sectionGroup]uint64 // of those that relocations of COFF have asked for in this link

	hasHandled bool // some symbol's address is ClientHandled

	moved   symID // a name that is at movedTo, and will be for everybody when the link is done; 0 for none
	movedTo uint64

	gotCalls []ppcGOTCall // of the object, to be rewritten
	got2     uint64       // see ownGOT (PowerPC)

	smallFound bool // the bases of small data have been found in this link

	facts []uint8 // by symbol: what arch.fix has found out about it; 0 if nothing yet
}

// object applies all relocations of an object. f.uses is then the objects that it depends on.
func (f *fixer) object(o *Object) error {
	if err := f.begin(o); err != nil {
		return err
	}
	f.writeGOT()
	if o.isOpen() && !o.again {
		f.keepSlots()
	}
	f.writeStubs()
	f.writeVeneers()
	if o.islands != nil {
		f.writeIslands()
	}
	if o.tls != nil {
		f.writeThreadEntries()
	}
	for i := range o.layout.tables {
		f.section(&o.layout.tables[i])
	}
	if o.extras != nil {
		f.writeExtras()
	}
	if o.arch.finish != nil {
		o.arch.finish(f)
	}
	if len(f.handled) > 0 && o.isOpen() {
		f.keepHandled()
	}
	f.end()
	return joined(f.errs)
}

// begin brings the object's sections to what is in the file, and finds out where everything is. end has to follow.
func (f *fixer) begin(o *Object) error {
	f.o, f.uses, f.errs, f.groups, f.firstOf = o, f.uses[:0], nil, nil, nil
	f.handled, f.hasHandled = f.handled[:0], false
	f.site.table = nil
	f.dyld.lastMark++
	f.mark = f.dyld.lastMark
	o.mark = f.mark
	for _, u := range o.uses[:o.keeps] {
		f.use(u)
	}
	f.prefetchGlobals()
	if o.written {
		o.rewind()
	}
	o.writeContents()
	if err := f.findAddresses(); err != nil {
		return err
	}
	f.writeIFuncs()
	if o.arch.narrow {
		f.checkNarrow()
	}
	if len(o.supplied) > 0 {
		f.writeSupplied()
	}
	if o.arch.begin != nil {
		o.arch.begin(f)
	}
	if f.dyld.hasThreads.Load() {
		f.checkThreads()
	}
	return nil
}

// prefetchGlobals asks for the symbols that findAddresses is going to read, which are anywhere in the table.
func (f *fixer) prefetchGlobals() {
	tab := f.dyld.table.cur.Load()
	for _, id := range f.o.globals {
		if id != 0 {
			prefetch.Line(tab.at(id))
		}
	}
}

func (f *fixer) end() {
	for _, sym := range f.o.stubs() {
		f.stubs[sym] = 0
	}
}

// writeContents copies the file's bytes into the sections, once: as late as possible, so that they are still in the cache when the relocations are
// applied, or when somebody wants to see them before. The caller has the turn.
func (o *Object) writeContents() {
	if o.written {
		return
	}
	for k := range o.layout.extents {
		if e := &o.layout.extents[k]; e.size > 0 && e.offset != noContents {
			copy(o.mem(k, e.size), o.img.Contents(e.offset, e.size))
		}
	}
	for i := range o.trims {
		o.writeTrimmed(&o.trims[i])
	}
	if o.roles&fragmentRoles != 0 {
		o.endFragments()
	}
	o.written = true // now, since files can be truncated while they are read
}

// rewind brings back the file's bytes in the sections that relocations have changed: opcodes, too, which are read again.
func (o *Object) rewind() {
	for i := range o.layout.tables {
		k := o.layout.tables[i].Target
		e := &o.layout.extents[k]
		if b := o.mem(int(k), e.size); e.offset == noContents {
			clear(b)
		} else {
			copy(b, o.img.Contents(e.offset, e.size))
		}
	}
	for i := range o.trims {
		o.writeTrimmed(&o.trims[i])
	}
}

// checkNarrow reports addresses that a target of 32 bits does not have.
func (f *fixer) checkNarrow() {
	for k := range f.o.sections {
		if a := f.o.loadAddr(k); a > math.MaxUint32 {
			f.errs = append(f.errs, &ObjectError{Object: f.o.Name(), Err: ErrRelocationOverflow, Msg: fmt.Sprintf(
				"section %s is at %#x, beyond the 32 bits of %s: map it below (MapSectionAddress), or use a memory manager that allocates there", f.o.madeName(k), a, f.o.arch.name)})
		}
	}
	first := f.o.img.FirstGlobal()
	for i, a := range f.addrs[first:] {
		if a <= math.MaxUint32 {
			continue
		}
		if y := f.o.global(i); y.Place == objimage.PlaceUndefined {
			f.errs = append(f.errs, &ObjectError{Object: f.o.Name(), Err: ErrRelocationOverflow, Msg: fmt.Sprintf(
				"symbol %q is at %#x, beyond the 32 bits of %s", shown(f.o.img.SymbolName(&y)), a, f.o.arch.name)})
		}
	}
}

// madeName returns the name of the i-th of sections, one that the linker made included.
func (o *Object) madeName(i int) string {
	return shown(sectionNames{o.img}.SectionName(int(o.sections[i].file)))
}

func (f *fixer) writeGOT() {
	o := f.o
	n := len(o.slots()) + len(o.slotsPlus)
	if o.gotBase < 0 || n+int(o.pages) == 0 {
		return
	}
	b := o.mem(int(o.gotBase), (uint64(n)+uint64(o.pages))*o.arch.slotSize)
	clear(b[uint64(n)*o.arch.slotSize:]) // of pages: not all may be needed
	for k, sym := range o.slots() {
		o.arch.word.store(b[uint64(k)*o.arch.slotSize:], f.addrs[sym])
	}
	for e, k := range o.slotsPlus {
		o.arch.word.store(b[(uint64(len(o.slots()))+uint64(k))*o.arch.slotSize:], f.addrs[e.sym]+uint64(e.addend))
	}
}

func (f *fixer) writeStubs() {
	o := f.o
	if o.stubBase < 0 {
		return
	}
	size := o.stubStep()
	b := o.mem(int(o.stubBase), uint64(len(o.stubs()))*size)
	at, got := o.loadAddr(int(o.stubBase)), o.gotAddr()
	for k, sym := range o.stubs() {
		off := uint64(k) * size
		slot := uint64(0)
		if !o.arch.direct {
			slot = got + uint64(f.slots[sym])*o.arch.slotSize
		}
		if !f.writeStub(b[off:off+size], at+off, slot, f.addrs[sym]) {
			f.stubs[sym] = 0 // the GOT is too far; whoever needs the stub says so
		}
	}
}

// section applies the relocations of one section, all in file order.
func (f *fixer) section(table *objimage.RelocTable) {
	o, n := f.o, int(table.Num)
	k, size := int(table.Target), o.layout.extents[table.Target].size
	target := int(o.sections[k].file)
	sec := o.mem(k, size)
	base, got, slotSize := o.loadAddr(k), o.gotAddr(), o.arch.slotSize
	rows, addrs, v, undefined := o.arch.rows, f.addrs, &f.v, o.arch.undefined
	frames := slices.Contains(o.frames, uint32(k))
	cuts := o.trims.of(uint32(target))
	v.GOT = got
	f.first.known = false
	const inBigEndian = int(bigEndian) << 4
	le, be := binary.LittleEndian, binary.BigEndian
	wide := 0
	if o.arch.wraps() {
		wide = 32
	}
	for from := 0; from < n; {
		relocs := o.img.RelocsOf(table, from, f.relocs[:])
		if frames {
			relocs = f.relocs[:copy(f.relocs[:], relocs)]
			f.dropFrames(sec, relocs)
		}
		if len(cuts) > 0 {
			relocs = f.relocs[:copy(f.relocs[:], relocs)]
			trimRelocs(cuts, relocs)
		}
		if len(f.handled) > 0 {
			relocs = f.relocs[:copy(f.relocs[:], relocs)]
			f.skipHandled(relocs)
		}
		f.site.batch, f.site.from = relocs, from
		for i := range relocs {
			r := relocs[i] // a copy: files that are mapped can change
			row := &f.several
			if uint64(r.Type) < uint64(len(rows)) {
				row = &rows[r.Type]
			} else if !f.compound(r.Type) {
				f.fail(target, r, ErrMalformedRelocation) // the file has changed since it was loaded
				continue
			}
			fl := row.field
			if row.formula == nil || r.Offset > size || size-r.Offset < uint64(fl.size) || uint64(r.Sym) >= uint64(len(addrs)) {
				if r.Sym != handledSymbol || len(f.handled) == 0 {
					f.fail(target, r, ErrMalformedRelocation)
				}
				continue
			}
			if table.Implicit {
				r.Addend += fl.addend(sec[r.Offset:])
			}
			v.S, v.A, v.P = addrs[r.Sym], uint64(r.Addend), base+r.Offset
			if v.S == 0 && undefined != nil && f.isUndefined(r.Sym) {
				v.S = undefined(row, v.P)
			}
			v.L = v.S
			if row.need&(needSlot|needSize|relaxable|needThread) != 0 {
				if row.need&needThread != 0 {
					if f.site.r = r; !f.thread(row, &f.site.r) {
						f.fail(target, r, ErrThreadLocal)
						continue
					}
				}
				if row.need&needSlot != 0 {
					v.G = uint64(f.slots[r.Sym]) * slotSize
					if row.need&addendInSlot != 0 && r.Addend != 0 {
						v.G = o.slotPlus(r.Sym, r.Addend)
					}
				}
				if row.need&relaxable != 0 && o.arch.relax(r.Type, sec, r.Offset, v) {
					continue
				}
				if row.need&needSize != 0 {
					v.Z = f.symbolSize(r.Sym)
				}
			}
			var x uint64
			if row.need&needFix == 0 {
				x = row.formula.eval(v)
			} else {
				if f.site.table != table {
					f.enter(table, sec, base)
				}
				f.site.r, f.site.nth = r, i
				ok := false
				if x, ok = o.arch.fix(f, row, &f.site); !ok {
					continue
				}
			}
			x = uint64(int64(x<<wide) >> wide)
			if x+fl.bias > fl.span || x&fl.low != 0 {
				if f.site.table != table {
					f.enter(table, sec, base)
				}
				f.site.r, f.site.nth = r, i
				ok := false
				if x, ok = f.farther(row, x); !ok {
					continue
				}
			}
			place := sec[r.Offset:]
			switch fl.size | int(fl.order)<<4 { // the usual ones here: a call takes as long as what it does
			case 4:
				if fl.code != nil {
					if row.need&pairFirst != 0 { // all of them are such fields
						f.first = pairValue{true, v.P, x}
					}
					if c, w := fl.code, uint64(le.Uint32(place)); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				le.PutUint32(place, uint32(x))
			case 8:
				if fl.code != nil {
					if c, w := fl.code, le.Uint64(place); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				le.PutUint64(place, x)
			case 2:
				if fl.code != nil {
					if c, w := fl.code, uint64(le.Uint16(place)); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				le.PutUint16(place, uint16(x))
			case 4 | inBigEndian:
				if fl.code != nil {
					if c, w := fl.code, uint64(be.Uint32(place)); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				be.PutUint32(place, uint32(x))
			case 8 | inBigEndian:
				if fl.code != nil {
					if c, w := fl.code, be.Uint64(place); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				be.PutUint64(place, x)
			case 2 | inBigEndian:
				if fl.code != nil {
					if c, w := fl.code, uint64(be.Uint16(place)); c.insert == nil {
						x = c.bits.put(w, x)
					} else {
						x = c.insert(w, x)
					}
				}
				be.PutUint16(place, uint16(x))
			default:
				fl.store(place, x)
			}
		}
		from += len(relocs)
	}
}

// enter begins with the sites of a section that are not regular.
func (f *fixer) enter(table *objimage.RelocTable, sec []byte, base uint64) {
	target := int(f.o.sections[table.Target].file)
	code := f.o.img.Section(target).Flags&objimage.SectionExec != 0
	at := &f.site
	at.sec, at.base, at.target, at.code, at.file, at.table = sec, base, target, code, f.o.img.SectionData(target), table
}

// compound makes f.several the row of a type that is several in one.
func (f *fixer) compound(typ uint32) bool {
	return f.o.arch.compound != nil && f.o.arch.compound(f.o.arch, typ, &f.several)
}

// farther is for the relocation at f.site, whose value does not fit: a branch goes through its stub; else the architecture may know what to do, and stores by itself; anything
// else is an error. It returns the value to be stored, if there is one.
func (f *fixer) farther(row *howto, x uint64) (uint64, bool) {
	o, target, r := f.o, f.site.target, &f.site.r
	if stub := f.stubs[r.Sym]; stub != 0 && o.arch.canUseStub(row, f.site.code, f.site.file, r.Offset, r.Addend) {
		f.v.S, f.v.L = stub-1, stub-1
		if y := f.again(row); row.field.fits(y) {
			return y, true
		}
	}
	if o.islands != nil {
		if y, ok := f.island(row); ok {
			return y, true
		}
	}
	if o.arch.far != nil && o.arch.far(f, row) {
		return 0, false
	}
	e := f.newError(target, r, ErrRelocationOverflow)
	e.Value = int64(x)
	e.Min, e.Max = row.field.limits()
	if row.field.low != 0 && x+row.field.bias <= row.field.span {
		e.Err, e.Detail = ErrMisaligned, fmt.Sprintf("it has to be a multiple of %d", row.field.low+1)
	} else if o.islands != nil && o.layout.extents[o.sectionIndex(target)].size > 2*o.arch.reach {
		e.Detail = "its section is so long that its middle does not reach the stubs before and behind it: compile with -ffunction-sections"
	} else if o.arch.advise != nil {
		e.Detail = o.arch.advise(row)
	} else if row.field.size >= 4 {
		e.Detail = o.arch.tooFar
	}
	f.report(target, e)
	return 0, true
}

// again computes the value for other addresses in f.v.
func (f *fixer) again(row *howto) uint64 {
	x, ok := uint64(0), true
	if row.need&needFix == 0 {
		x = row.formula.eval(&f.v)
	} else if x, ok = f.o.arch.fix(f, row, &f.site); !ok {
		return ^row.field.span
	}
	if f.o.arch.wraps() {
		x = uint64(signExtend(x, 32))
	}
	return x
}

// definition returns the definition in force of a symbol of the object, and whether it is the object's own. What no object defines is PlaceUndefined.
func (f *fixer) definition(sym uint32) (y objimage.Symbol, own bool) {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if sym >= first {
		id := o.globals[sym-first]
		if id == 0 {
			return y, true
		}
		s := f.dyld.table.at(id)
		owner := s.owner.Load()
		if owner <= hostIndex {
			return y, false
		}
		if owner != o.index {
			if other := f.dyld.objects[owner]; other.img != nil {
				y = other.global(int(s.index))
			}
			return y, false
		}
	}
	var one [1]objimage.Symbol
	o.img.Symbols(int(sym), one[:])
	return one[0], !f.hasDropped(sym)
}

// isElsewhere says whether the object has no part in a symbol but its name: another one defines it, the client, or nobody.
func (f *fixer) isElsewhere(sym uint32) bool {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if sym < first {
		return false
	}
	id := o.globals[sym-first]
	return id != 0 && f.dyld.table.at(id).owner.Load() != o.index
}

// hasDropped says whether a symbol's definition in the object was dropped with its COMDAT group.
func (f *fixer) hasDropped(sym uint32) bool {
	return len(f.o.anchors) > 0 && f.dropped[sym]
}

// provide gives the names that the architecture provides their address.
func (f *fixer) provide(addr uint64) {
	o, first := f.o, f.o.img.FirstGlobal()
	for i, id := range o.globals {
		if id != 0 {
			continue
		}
		if y := o.global(i); o.arch.isProvided(o.img.SymbolName(&y)) {
			f.addrs[first+i] = addr
		}
	}
}

// provideAs is provide for one name.
func (f *fixer) provideAs(name string, addr uint64) {
	first := f.o.img.FirstGlobal()
	for i, id := range f.o.globals {
		if id != 0 {
			continue
		}
		if y := f.o.global(i); string(f.o.img.SymbolName(&y)) == name {
			f.addrs[first+i] = addr
		}
	}
}

// symbolSize returns the size of a symbol: what its definition says, wherever it is.
func (f *fixer) symbolSize(sym uint32) uint64 {
	o, first := f.o, uint32(f.o.img.FirstGlobal())
	if sym >= first {
		id := o.globals[sym-first]
		if id == 0 {
			return 0
		}
		if owner := f.dyld.table.at(id).owner.Load(); owner != 0 && owner != o.index {
			return f.sizeIn(owner, id)
		}
	}
	var y [1]objimage.Symbol
	o.img.Symbols(int(sym), y[:])
	return y[0].Size
}

// sizeIn returns the size that another object gives a symbol that it owns.
func (f *fixer) sizeIn(owner uint32, id symID) uint64 {
	o := f.dyld.objects[owner]
	if o.img == nil {
		return f.dyld.commonSize(id)
	}
	y := o.global(int(f.dyld.table.at(id).index))
	return y.Size
}

// maxKeptSymbols bounds the scratch that is kept from link to link.
const maxKeptSymbols = 1 << 15

// fixers are shared by all linkers, as plans are.
var fixers = sync.Pool{New: func() any { return new(fixer) }}

func (d *RuntimeDyld) takeFixer() *fixer {
	f := fixers.Get().(*fixer)
	f.dyld, f.smallFound = d, false
	return f
}

// putFixer gives a fixer back, unless a panic has left it behind in the middle of something.
func putFixer(f *fixer) {
	f.dyld, f.o, f.errs, f.groups, f.groupStarts, f.trims, f.firstOf = nil, nil, nil, nil, nil, nil, nil
	f.site, f.mips.table = site{}, nil
	if cap(f.addrs) <= maxKeptSymbols {
		fixers.Put(f)
	}
}
