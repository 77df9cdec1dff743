package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A modelObject is an object as the model of the linker sees it: a place for each name, of one of the kinds below.
type modelObject struct {
	name      string
	kinds     []int // by name
	pairs     bool  // grouped names 0 and 1 are in one COMDAT group, 2 and 3, and so on; else each is in its own
	dropped   []bool
	keeps     map[string]bool // names of objects for whose groups it has dropped its own
	obj       *Object
	finalized bool
	unlinked  bool            // was removed before it was finalized, while others relied on it: the next link completes it
	uses      map[string]bool // names of objects, noted at the last successful link
}

const (
	kindNone = iota
	kindStrong
	kindWeak
	kindCommon
	kindRef
	kindWeakRef
	kindGrouped // in a COMDAT group
	numKinds
)

const modelNames = 6

// A model says what the linker has to answer, by the simplest means: it looks through all objects, each time.
type model struct {
	t        *testing.T
	random   *rand.Rand
	b        *bench
	objects  []*modelObject // in the order in which they were loaded
	retired  []*modelObject
	mappings map[int]uint64
	stored   map[int][2]uint64    // commons with storage: size and alignment
	relied   map[int]*modelObject // retired objects that define names because others have dropped their own copies
	ceded    map[int]*modelObject // objects whose groups defined names before a strong definition came
	loads    int
	log      []string
}

func (m *model) note(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func symbolName(i int) string { return fmt.Sprint("name", i) }

// group returns the number of a grouped name's group, which is that of its first possible name.
func (o *modelObject) group(i int) int {
	if o.pairs {
		return i &^ 1
	}
	return i
}

// defines says whether the object has a definition of a name, of a kind.
func (o *modelObject) defines(i int, kinds ...int) bool {
	return !o.dropped[i] && slices.Contains(kinds, o.kinds[i])
}

// write makes the object: word i is the address of name i where the object mentions it. Groups have sections of their own, number 3, 5 and so on in the order
// of their names.
func (o *modelObject) write() *elfWriter {
	w := newELF(o.name)
	sec := w.section(".data."+o.name, flagsData, make([]byte, 8*modelNames))
	groups := map[int]int{}
	for i, k := range o.kinds {
		var sym uint32
		switch k {
		case kindStrong:
			sym = w.global(symbolName(i), sec, uint64(i))
		case kindWeak:
			sym = w.weak(symbolName(i), sec, uint64(i))
		case kindCommon:
			sym = w.common(symbolName(i), o.commonSize(i), 8)
		case kindRef:
			sym = w.undefined(symbolName(i))
		case kindWeakRef:
			sym = w.weak(symbolName(i), secUndef, 0)
		case kindGrouped:
			g := o.group(i)
			if groups[g] == 0 {
				groups[g] = w.section(fmt.Sprint(".data.group", g), flagsData|elf.SHF_GROUP, make([]byte, 8))
				w.reloc(groups[g], 0, elf.R_X86_64_64, w.weak(symbolName((i+1)%modelNames), secUndef, 0), 0)
				sym = w.weak(symbolName(i), groups[g], uint64(i))
				w.comdat(sym)
			} else {
				sym = w.global(symbolName(i), groups[g], uint64(i))
			}
		default:
			continue
		}
		w.reloc(sec, uint64(i)*8, elf.R_X86_64_64, sym, 0)
	}
	return w
}

func (o *modelObject) commonSize(i int) uint64 { return uint64(8 * (1 + (len(o.name)+i)%3)) }

// owner returns which object defines a name, commonBlock for a common, "mapping", or "" if nothing does.
func (m *model) owner(i int) string {
	if m.mappings[i] != 0 {
		return "mapping"
	}
	if _, ok := m.stored[i]; ok {
		return commonBlock
	}
	for _, o := range m.objects {
		if o.kinds[i] == kindStrong {
			return o.name
		}
	}
	for _, o := range m.objects {
		if o.kinds[i] == kindCommon {
			return commonBlock
		}
	}
	if o := m.relied[i]; o != nil {
		return o.name
	}
	for _, o := range m.objects {
		if o.defines(i, kindWeak, kindGrouped) {
			return o.name
		}
	}
	return ""
}

// ownerObject returns the object that defines a name, loaded or relied on; nil if none does.
func (m *model) ownerObject(i int) *modelObject {
	name := m.owner(i)
	for _, o := range append(slices.Clone(m.retired), m.objects...) {
		if o.name == name {
			return o
		}
	}
	return nil
}

// mentioned says whether any object knows the name.
func (m *model) mentioned(i int) bool {
	mentions := func(o *modelObject) bool { return o.kinds[i] != kindNone }
	return m.mappings[i] != 0 || slices.ContainsFunc(m.objects, mentions) ||
		slices.ContainsFunc(m.retired, func(o *modelObject) bool { return o.unlinked && mentions(o) })
}

// dropGroups drops those groups of an object of which every definition is that of a group of another one.
func (m *model) dropGroups(o *modelObject) {
	o.dropped, o.keeps = make([]bool, modelNames), map[string]bool{}
	for i := range o.kinds {
		all := o.kinds[i] == kindGrouped
		for k := range o.kinds {
			if all && o.kinds[k] == kindGrouped && o.group(k) == o.group(i) {
				p := m.ownerObject(k)
				all = p != nil && p.kinds[k] == kindGrouped
			}
		}
		if o.dropped[i] = all; all {
			o.keeps[m.owner(i)] = true
		}
	}
}

func (m *model) load() {
	m.loads++
	o := &modelObject{name: fmt.Sprintf("o%d.o", m.loads), kinds: make([]int, modelNames), pairs: m.random.IntN(2) == 0}
	wrong := false
	var owners [modelNames]*modelObject
	for i := range o.kinds {
		owners[i] = m.ownerObject(i)
		o.kinds[i] = m.random.IntN(numKinds)
		if m.random.IntN(2) == 0 {
			o.kinds[i] = kindNone
		}
		k, owner := o.kinds[i], m.owner(i)
		size, stored := m.stored[i]
		switch {
		case k == kindStrong && stored, k == kindCommon && stored && o.commonSize(i) > size[0]:
			wrong = true
		case k == kindStrong && owner == "mapping":
			wrong = true
		case k == kindStrong && owner != "" && owner != commonBlock:
			for _, p := range m.objects {
				wrong = wrong || p.name == owner && p.kinds[i] == kindStrong
			}
		}
	}
	for i, k := range slices.Clone(o.kinds) { // a group refers to the next name
		if next := (i + 1) % modelNames; k == kindGrouped && o.kinds[next] == kindNone {
			o.kinds[next] = kindWeakRef
		}
	}
	m.dropGroups(o)
	obj, err := m.b.LoadObject(o.write().parse(m.t))
	if (err != nil) != wrong || err != nil && !errors.Is(err, ErrDuplicateSymbol) {
		m.t.Fatalf("load %s %v: %v, duplicate: %v", o.name, o.kinds, err, wrong)
	}
	m.note("load %s %v %v: %v", o.name, o.kinds, o.dropped, err)
	if err == nil {
		o.obj, o.uses = obj, maps.Clone(o.keeps)
		m.objects = append(m.objects, o)
		for i, k := range o.kinds {
			if p := owners[i]; k == kindStrong && p != nil && p.kinds[i] == kindGrouped {
				m.ceded[i] = p
			}
			if k == kindStrong || k == kindCommon {
				delete(m.relied, i)
			}
			if k == kindGrouped && m.b.hasSection(obj, m.groupSection(o, i)) == o.dropped[i] {
				m.t.Fatalf("%s: the group of %s is dropped: %v", o.name, symbolName(i), !o.dropped[i])
			}
		}
	}
}

// groupSection returns the number of the section that has a grouped name: each group has two.
func (m *model) groupSection(o *modelObject, i int) int {
	n := 2
	for k := range i {
		if o.kinds[k] == kindGrouped && (k == 0 || o.group(k) != o.group(k-1) || o.kinds[k-1] != kindGrouped) {
			n += 2
		}
	}
	if i > 0 && o.group(i) == o.group(i-1) && o.kinds[i-1] == kindGrouped {
		n -= 2
	}
	return n
}

// link links, finalizing or not.
func (m *model) link(finalize bool) {
	missing := false
	for _, o := range m.objects {
		for i, k := range o.kinds {
			missing = missing || !o.finalized && (k == kindRef || o.dropped[i]) && m.owner(i) == ""
		}
	}
	var err error
	if finalize {
		_, err = m.b.Finalize()
	} else {
		err = m.b.ResolveRelocations()
	}
	m.note("link %v: %v", finalize, err)
	if missing != (err != nil) || err != nil && !errors.Is(err, ErrUndefinedSymbol) {
		m.t.Fatalf("link: %v, undefined: %v", err, missing)
	}
	if err != nil {
		return
	}
	for i := range modelNames {
		m.store(i)
	}
	for _, o := range m.objects {
		if !o.finalized {
			o.finalized = finalize
			m.checkWords(o)
		}
	}
	for _, o := range m.retired {
		switch {
		case o.obj.State() == Removed: // nobody uses it any more, as reap will find out
			o.unlinked = false
		case o.unlinked && !m.isReliedOn(o):
			o.unlinked = false
		case o.unlinked:
			o.unlinked, o.finalized = !finalize, finalize
			m.checkWords(o)
		}
	}
	m.forgetCommons()
}

func (m *model) isReliedOn(o *modelObject) bool {
	for _, r := range m.relied {
		if r == o {
			return true
		}
	}
	return false
}

func (m *model) forgetCommons() {
	for i := range m.stored {
		if !m.mentioned(i) {
			delete(m.stored, i)
		}
	}
}

// store notes that a common has its storage, if the name is one.
func (m *model) store(i int) {
	if _, ok := m.stored[i]; ok || m.owner(i) != commonBlock {
		return
	}
	size := uint64(0)
	for _, o := range m.objects {
		if o.kinds[i] == kindCommon {
			size = max(size, o.commonSize(i))
		}
	}
	m.stored[i] = [2]uint64{size, 8}
}

// checkWords compares what was written into an object that has just been linked, and notes what it uses.
func (m *model) checkWords(o *modelObject) {
	o.uses = maps.Clone(o.keeps)
	addr, _ := o.obj.SectionLoadAddress(1)
	for i, k := range o.kinds {
		if k == kindNone || !m.mentioned(i) { // who was removed before has been completed, and its names are gone
			continue
		}
		want := uint64(0)
		if owner := m.owner(i); owner != "" {
			want = m.b.addr(symbolName(i))
			if owner != o.name && owner != "mapping" {
				o.uses[owner] = true
			}
		}
		s := m.b.mm.module(o.obj, 1)
		if got := fieldValue(s.Mem[i*8:]); got != want {
			m.t.Fatalf("%s at %#x: %s is linked as %#x, want %#x", o.name, addr, symbolName(i), got, want)
		}
	}
}

func fieldValue(b []byte) (v uint64) {
	for i := range 8 {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}

func (m *model) remove() {
	if len(m.objects) == 0 {
		return
	}
	n := min(1+m.random.IntN(2), len(m.objects))
	var owners [modelNames]*modelObject
	for i := range owners {
		owners[i] = m.ownerObject(i)
	}
	var list []*Object
	var gone []*modelObject
	for range n {
		k := m.random.IntN(len(m.objects))
		o := m.objects[k]
		m.objects = slices.Delete(m.objects, k, k+1)
		m.retired, gone = append(m.retired, o), append(gone, o)
		list = append(list, o.obj)
	}
	for i, owner := range owners {
		if owner != nil && slices.ContainsFunc(gone, func(o *modelObject) bool { return o.kinds[i] != kindNone }) {
			if p := m.ceded[i]; p != nil && owner.kinds[i] == kindStrong && slices.Contains(gone, owner) {
				delete(m.ceded, i)
				if p.finalized || p.unlinked || slices.Contains(gone, p) {
					owner = p // which has the name back if somebody relies on that
				}
			}
			m.rely(i, owner)
		}
	}
	for _, o := range gone {
		m.note("remove %s", o.name)
	}
	m.b.remove(list...)
	m.reap()
	m.forgetCommons()
}

// rely finds out whether a name stays the retired object's that it was: if somebody has dropped his own copy, and it was so already or nobody else defines
// it.
func (m *model) rely(i int, owner *modelObject) {
	relies := func(o *modelObject) bool { return o.dropped[i] && o.keeps[owner.name] }
	if m.relied[i] == owner && slices.ContainsFunc(m.objects, relies) {
		return
	}
	delete(m.relied, i)
	if !slices.Contains(m.retired, owner) || !owner.defines(i, kindGrouped) || m.owner(i) != "" {
		return
	}
	if slices.ContainsFunc(m.objects, relies) {
		m.relied[i] = owner
		owner.unlinked = !owner.finalized
	}
}

// reap forgets retired objects that no loaded one reaches through uses.
func (m *model) reap() {
	reached := map[string]bool{}
	var visit func(o *modelObject)
	visit = func(o *modelObject) {
		for _, r := range m.retired {
			if o.uses[r.name] && !reached[r.name] {
				reached[r.name] = true
				visit(r)
			}
		}
	}
	for _, o := range m.objects {
		visit(o)
	}
	for i, o := range m.relied {
		if !reached[o.name] {
			m.t.Fatalf("%s relies on %s, which nobody keeps", symbolName(i), o.name)
		}
	}
	for _, o := range m.retired {
		want := Removed
		if reached[o.name] {
			want = Retired
		}
		if got := o.obj.State(); got != want {
			m.t.Fatalf("%s is %v, want %v", o.name, got, want)
		}
	}
	m.retired = slices.DeleteFunc(m.retired, func(o *modelObject) bool { return !reached[o.name] })
}

// define maps a name to an address, or takes its mapping away.
func (m *model) define() {
	i := m.random.IntN(modelNames)
	addr := uint64(m.random.IntN(2)) * (0x5000_0000_0000 + uint64(m.loads)*16)
	owner := m.owner(i)
	wrong := addr != 0 && owner != "" && owner != "mapping"
	if _, stored := m.stored[i]; owner == commonBlock && !stored {
		wrong = false // a mapping beats what is tentative
	}
	m.note("map %s to %#x", symbolName(i), addr)
	if err := m.b.DefineAbsolute(symbolName(i), executor.Addr(addr)); wrong != errors.Is(err, ErrDuplicateSymbol) || !wrong && err != nil {
		m.t.Fatalf("mapping of %s, which is in %q: %v", symbolName(i), owner, err)
	}
	if !wrong {
		delete(m.mappings, i)
		if addr != 0 {
			m.mappings[i] = addr
		}
	}
}

// moveSection maps a section elsewhere.
func (m *model) moveSection() {
	if len(m.objects) == 0 {
		return
	}
	o := m.objects[m.random.IntN(len(m.objects))]
	to := executor.Addr(0x7000_0000_0000 + m.random.Uint64N(1<<30)*4096)
	m.note("move %s", o.name)
	err := m.b.MapSectionAddress(o.obj, 1, to)
	if (err != nil) != o.finalized {
		m.t.Fatalf("mapping a section of %s, finalized %v: %v", o.name, o.finalized, err)
	}
}

// check compares what the linker answers with the model.
func (m *model) check() {
	names := 0
	for i := range modelNames {
		if m.mentioned(i) {
			names++
		}
		owner := m.owner(i)
		if owner == commonBlock && m.random.IntN(4) > 0 { // asking gives storage
			continue
		}
		a, ok := m.b.SymbolLoadAddress(symbolName(i))
		if ok != (owner != "") {
			m.t.Fatalf("%s is defined: %v, in %q", symbolName(i), ok, owner)
		}
		final, isFinal := m.b.FinalizedAddress(symbolName(i))
		if isFinal && final != a {
			m.t.Fatalf("%s is %#x, finalized %#x", symbolName(i), a, final)
		}
		switch owner {
		case "":
		case "mapping":
			if uint64(a) != m.mappings[i] || !isFinal {
				m.t.Fatalf("%s is %#x, mapped to %#x", symbolName(i), a, m.mappings[i])
			}
		case commonBlock:
			m.store(i)
		default:
			for _, o := range append(slices.Clone(m.retired), m.objects...) {
				if o.name != owner {
					continue
				}
				section := 1
				if o.kinds[i] == kindGrouped {
					section = m.groupSection(o, i)
				}
				if base, _ := o.obj.SectionLoadAddress(section); uint64(a) != uint64(base)+uint64(i) || isFinal != o.finalized {
					m.t.Fatalf("%s is %#x (finalized %v), want %#x in %s (%v)", symbolName(i), a, isFinal, uint64(base)+uint64(i), o.name, o.finalized)
				}
			}
		}
	}
	if n := m.b.NumSymbols(); n != names {
		m.t.Fatalf("%d symbols, want %d", n, names)
	}
	if n := len(m.b.Objects()); n != len(m.objects) {
		m.t.Fatalf("%d objects, want %d", n, len(m.objects))
	}
}

// TestRandomOperations compares the linker with the model over random sequences of everything that can be done.
func TestRandomOperations(t *testing.T) {
	rounds := 3000
	if testing.Short() {
		rounds = 300
	}
	for seed := range rounds {
		m := &model{t: t, random: rand.New(rand.NewPCG(uint64(seed), 1)), b: newBench(t, nil), mappings: map[int]uint64{}, stored: map[int][2]uint64{}, relied: map[int]*modelObject{}, ceded: map[int]*modelObject{}}
		m.b.mm.keepDead = true
		t.Cleanup(func() {
			if t.Failed() && len(m.log) > 0 {
				t.Logf("seed %d:\n%s", seed, strings.Join(m.log, "\n"))
				m.log = nil
			}
		})
		for range 60 {
			op := m.random.IntN(12)
			switch {
			case op < 4:
				m.load()
			case op < 6:
				m.link(false)
			case op < 7:
				m.link(true)
			case op < 10:
				m.remove()
			case op < 11:
				m.define()
			default:
				m.moveSection()
			}
			m.check()
		}
		for len(m.objects) > 0 {
			m.remove()
			m.check()
		}
		for i := range m.mappings {
			if err := m.b.DefineAbsolute(symbolName(i), 0); err != nil {
				t.Fatal(err)
			}
		}
		m.b.Finalize() // gives back what look-ups left
		if m.b.mm.count() != 0 || m.b.NumSymbols() != 0 || len(m.retired) != 0 {
			t.Fatalf("%d allocations, %d symbols, %d retired objects are left", m.b.mm.count(), m.b.NumSymbols(), len(m.retired))
		}
		m.log = nil
		m.b.Close()
	}
}
