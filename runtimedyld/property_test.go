package runtimedyld

import (
	"debug/elf"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A modelObject is an object as the model of the linker sees it: a place for each name, of one of the kinds below.
type modelObject struct {
	name      string
	kinds     []int // by name
	obj       *Object
	finalized bool
	uses      map[string]bool // names of objects, noted at the last successful link
}

const (
	kindNone = iota
	kindStrong
	kindWeak
	kindCommon
	kindRef
	kindWeakRef
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
	stored   map[int][2]uint64 // commons with storage: size and alignment
	loads    int
}

func symbolName(i int) string { return fmt.Sprint("name", i) }

// write makes the object: word i is the address of name i where the object mentions it.
func (o *modelObject) write() *elfWriter {
	w := newELF(o.name)
	sec := w.section(".data."+o.name, flagsData, make([]byte, 8*modelNames))
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
		default:
			continue
		}
		w.reloc(sec, uint64(i)*8, elf.R_X86_64_64, sym, 0)
	}
	return w
}

func (o *modelObject) commonSize(i int) uint64 { return uint64(8 * (1 + (len(o.name)+i)%3)) }

// owner returns which loaded object defines a name, commonBlock for a common, "mapping", or "" if nothing does.
func (m *model) owner(i int) string {
	if m.mappings[i] != 0 {
		return "mapping"
	}
	if _, ok := m.stored[i]; ok {
		return commonBlock
	}
	for _, kind := range []int{kindStrong, kindCommon, kindWeak} {
		for _, o := range m.objects {
			if o.kinds[i] == kind {
				if kind == kindCommon {
					return commonBlock
				}
				return o.name
			}
		}
	}
	return ""
}

// mentioned says whether any object knows the name.
func (m *model) mentioned(i int) bool {
	return m.mappings[i] != 0 || slices.ContainsFunc(m.objects, func(o *modelObject) bool { return o.kinds[i] != kindNone })
}

func (m *model) load() {
	m.loads++
	o := &modelObject{name: fmt.Sprintf("o%d.o", m.loads), kinds: make([]int, modelNames)}
	wrong := false
	for i := range o.kinds {
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
	obj, err := m.b.LoadObject(o.write().parse(m.t))
	if (err != nil) != wrong || err != nil && !errors.Is(err, ErrDuplicateSymbol) {
		m.t.Fatalf("load %s %v: %v, duplicate: %v", o.name, o.kinds, err, wrong)
	}
	if err == nil {
		o.obj = obj
		m.objects = append(m.objects, o)
	}
}

// link links, finalizing or not.
func (m *model) link(finalize bool) {
	missing := false
	for _, o := range m.objects {
		for i, k := range o.kinds {
			missing = missing || !o.finalized && k == kindRef && m.owner(i) == ""
		}
	}
	var err error
	if finalize {
		_, err = m.b.Finalize()
	} else {
		err = m.b.ResolveRelocations()
	}
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
	o.uses = map[string]bool{}
	addr, _ := o.obj.SectionLoadAddress(1)
	for i, k := range o.kinds {
		if k == kindNone {
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
	n := 1 + m.random.IntN(2)
	var list []*Object
	for range min(n, len(m.objects)) {
		k := m.random.IntN(len(m.objects))
		o := m.objects[k]
		m.objects = slices.Delete(m.objects, k, k+1)
		m.retired = append(m.retired, o)
		list = append(list, o.obj)
	}
	m.b.remove(list...)
	for i := range m.stored {
		if !m.mentioned(i) {
			delete(m.stored, i)
		}
	}
	m.reap()
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
			for _, o := range m.objects {
				if o.name != owner {
					continue
				}
				if base, _ := o.obj.SectionLoadAddress(1); uint64(a) != uint64(base)+uint64(i) || isFinal != o.finalized {
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
	rounds := 400
	if testing.Short() {
		rounds = 40
	}
	for seed := range rounds {
		m := &model{t: t, random: rand.New(rand.NewPCG(uint64(seed), 1)), b: newBench(t, nil), mappings: map[int]uint64{}, stored: map[int][2]uint64{}}
		m.b.mm.keepDead = true
		log := []string{}
		t.Cleanup(func() {
			if t.Failed() && len(log) > 0 {
				t.Logf("seed %d: %v", seed, log)
				log = nil
			}
		})
		for range 60 {
			op := m.random.IntN(12)
			log = append(log, []string{"load", "load", "load", "load", "link", "link", "finalize", "remove", "remove", "remove", "define", "move"}[op])
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
		log = nil
		m.b.Close()
	}
}
