package runtimedyld

import (
	"math"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// Host data. Static members of templates, statics of inline functions, type information: C++ defines them weakly wherever they are used, and the dynamic linker
// sees to it that all of a process use one copy. Objects in an engine are to use that copy, too, if the process has one: else a singleton would
// be two, and an exception thrown there not be caught here. So links ask the resolver for such data as for what nobody defines, and its answer is preferred
// to definitions that are not finalized yet.
//
// Code that refers to such data without a GOT entry (-fPIE, -fno-pic) keeps its own if the process's is out of reach of anything that is linked with it; once the process's has been
// bound, such code is refused (ErrRelocationOverflow), rather than that there be two. A guard (Itanium C++ ABI, 2.8 and 5.1.5: _ZGV and the name of what it guards) is the process's if and only if the data is.

// BindHostData sets whether weak data is bound so. It is off at first. It holds for what is loaded afterwards.
func (d *RuntimeDyld) BindHostData(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hostData = on
}

// noteData remembers a weak definition that may turn out to be the process's, unless it is hidden from other components (gABI, "Symbol Visibility"). Another name
// of what the object defines strongly is not, since the object would go on to use what it has under the strong name: C libraries have environ and
// __environ.
func (d *RuntimeDyld) noteData(id symID, y *objimage.Symbol, isAlias func(*objimage.Symbol) bool) {
	if !d.hostData || y.Type != objimage.TypeObject || y.Binding == objimage.BindGlobal || y.Visibility != objimage.VisibilityDefault || isAlias(y) {
		return
	}
	if s := d.table.at(id); s.bits&bitNoted == 0 {
		s.bits |= bitNoted
		d.weakData = append(d.weakData, id)
	}
}

// A location is a place in an object.
type location struct {
	section uint32
	offset  uint64
}

// isAlias is plan.isAlias for an object that has been loaded.
func (o *Object) isAlias(y *objimage.Symbol) bool {
	p := plan{img: o.img, syms: make([]objimage.Symbol, o.img.NumSymbols())}
	_, err := o.img.Symbols(0, p.syms)
	return err != nil || p.isAlias(y)
}

// isAlias says whether data has a strong name, too. Members of groups do not have any: that is what groups are for.
func (p *plan) isAlias(y *objimage.Symbol) bool {
	if p.img.Section(int(y.Section)).Flags&objimage.SectionGroup != 0 {
		return false
	}
	if p.strongData == nil {
		p.strongData = map[location]struct{}{}
		for i := range p.syms {
			if s := &p.syms[i]; s.Binding == objimage.BindGlobal && s.Type == objimage.TypeObject && s.Place == objimage.PlaceSection {
				p.strongData[location{s.Section, s.Value}] = struct{}{}
			}
		}
	}
	_, ok := p.strongData[location{y.Section, y.Value}]
	return ok
}

// askForData appends the data that the resolver may know.
func (d *RuntimeDyld) askForData(refs []Reference, texts *texts) []Reference {
	tab := d.table.cur.Load()
	for _, id := range d.weakData {
		if s := tab.at(id); d.isUnsettled(s) {
			refs = append(refs, Reference{Name: texts.of(tab.name(s)), Weak: true, Data: true})
		}
	}
	return refs
}

// isUnsettled says whether a symbol is a weak definition that is not finalized.
func (d *RuntimeDyld) isUnsettled(s *symbol) bool {
	owner := s.owner.Load()
	return owner > hostIndex && s.bits&bitWeak != 0 && d.objects[owner].State() == Loaded
}

const guardPrefix = "_ZGV"

// bindData makes the process's data the definitions in force, where code reaches it. It is called with d.mu.
func (d *RuntimeDyld) bindData(answers map[string]executor.Addr) {
	low, high := d.loadedRange()
	for name, a := range answers {
		if s, _ := d.table.lookup(name); s != nil && d.isUnsettled(s) && s.bits&bitDirect != 0 && (uint64(a)-low+reach > 2*reach || uint64(a)-high+reach > 2*reach) {
			delete(answers, name)
		}
	}
	for name, a := range answers {
		s, _ := d.table.lookup(name)
		if s == nil || !d.isUnsettled(s) || !d.guardAgrees(name, answers) {
			continue
		}
		s.bits = s.bits&^bitsOfDefinition | bitShared | bitData
		s.define(d.host, 0, uint64(a))
		s.publish()
		d.version++
	}
}

// direct returns bitDirect for a symbol that its object refers to so.
func (t trait) direct() symbolBits {
	if t&traitDirect != 0 {
		return bitDirect
	}
	return 0
}

// reach is how far code that refers to a variable by 32 bits may be from it, less room for what is behind the begin of a kind of memory of an object.
const reach = 1<<31 - 128<<20

// loadedRange returns where the memory of Loaded objects begins first and last.
func (d *RuntimeDyld) loadedRange() (low, high uint64) {
	low = math.MaxUint64
	for _, o := range d.fresh {
		if o.State() != Loaded {
			continue
		}
		for _, b := range o.bases {
			low, high = min(low, b.load), max(high, b.load)
		}
	}
	return low, high
}

// guardAgrees says whether a guard comes from where the data is that it guards, whichever of the two is asked about.
func (d *RuntimeDyld) guardAgrees(name string, answers map[string]executor.Addr) bool {
	if data, ok := strings.CutPrefix(name, guardPrefix); ok {
		_, ok = answers["_Z"+data]
		return ok
	}
	data, ok := strings.CutPrefix(name, "_Z")
	if !ok {
		return true
	}
	guard := guardPrefix + data
	if _, ok := answers[guard]; ok {
		return true
	}
	s, _ := d.table.lookup(guard)
	return s == nil || s.owner.Load() <= hostIndex
}
