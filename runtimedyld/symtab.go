package runtimedyld

import (
	"hash/maphash"
	"sync/atomic"
)

// A symbol is one name of the linker's table, and one cache line: whoever defines it, and how many objects mention it. An object hashes each of its names
// once, when it is loaded, and holds pointers to symbols from then on.
//
// Look-ups take no lock. They read final, which is all that is needed of a finalized symbol, or else owner, value and section, which are
// written under RuntimeDyld.mu in the order that [symbol.define] keeps.
type symbol struct {
	name  string
	hash  uint32
	refs  int32                  // objects that mention the name, under RuntimeDyld.mu
	final atomic.Uint64          // target address once it may be called; 0 before
	owner atomic.Pointer[Object] // who defines it; nil when nobody does
	value atomic.Uint64          // offset in the section, or the value of an absolute symbol
	place atomic.Uint32          // index into owner.sections, or placeAbsolute
	bits  symbolBits             // under RuntimeDyld.mu
	addr  atomic.Uint64          // target address of the definition; links read it, after RuntimeDyld.settle
}

// placeAbsolute is the section of symbols that have none.
const placeAbsolute = ^uint32(0)

// symbolBits say what kind of definition is in force, and what is known of the name.
type symbolBits uint16

const (
	bitWeak    symbolBits = 1 << iota // the definition is weak: a strong one may replace it until it is finalized
	bitCommon                         // the definition is a common that has no storage yet: RuntimeDyld.commons knows it
	bitStored                         // the definition is a common that has its storage
	bitMapping                        // the definition is a global mapping
	bitNeeded                         // a reference to it was not weak
	bitPending                        // in RuntimeDyld.pending
	bitClaimed                        // scratch of enter: the object that is being loaded defines it
	bitShared                         // another object defines it too, and lost
	bitOrphan                         // scratch of Remove: its owner is being removed
)

// define makes (o, place, value) the definition in force. A reader that sees the same owner before and after it read the other two
// has read a whole definition, since an object defines a name once and never comes back.
func (s *symbol) define(o *Object, place uint32, value uint64) {
	if s.owner.Load() != nil {
		s.undefine()
	}
	s.value.Store(value)
	s.place.Store(place)
	s.addr.Store(uint64(o.targetOf(place, value)))
	s.owner.Store(o)
}

// undefine takes the definition in force away.
func (s *symbol) undefine() {
	s.final.Store(0)
	s.owner.Store(nil)
}

// definition returns the definition in force as one consistent whole; owner is nil if there is none.
func (s *symbol) definition() (owner *Object, place uint32, value uint64) {
	for {
		owner = s.owner.Load()
		place, value = s.place.Load(), s.value.Load()
		if s.owner.Load() == owner {
			return owner, place, value
		}
	}
}

// A symtab is a hash table from names to symbols: open addressing, linear probing. Any goroutine may look up while one that holds
// RuntimeDyld.mu inserts and removes.
type symtab struct {
	seed  maphash.Seed
	slots atomic.Pointer[[]slot]
	used  int // slots that are not nil: symbols and tombstones
	live  int // symbols
}

type slot = atomic.Pointer[symbol]

// tombstone stands where a symbol was removed, so that probing goes on behind it. Its hash is reached by no name's: see hashBytes.
var tombstone = &symbol{}

const minSlots = 64

func newSymtab() *symtab {
	t := &symtab{seed: maphash.MakeSeed()}
	t.clear()
	return t
}

// hashBytes and hashString agree, and are never 0. The seed is random, so that no object can be made to collide with itself.
func (t *symtab) hashBytes(name []byte) uint32  { return uint32(maphash.Bytes(t.seed, name)>>32) | 1 }
func (t *symtab) hashString(name string) uint32 { return uint32(maphash.String(t.seed, name)>>32) | 1 }

// lookup returns the symbol of a name, or nil.
func (t *symtab) lookup(name string) *symbol {
	h := t.hashString(name)
	slots := *t.slots.Load()
	mask := uint32(len(slots) - 1)
	for i := h >> 1 & mask; ; i = (i + 1) & mask {
		s := slots[i].Load()
		if s == nil {
			return nil
		}
		if s.hash == h && s.name == name {
			return s
		}
	}
}

// findAll is lookup for many names that are hashed already: it sets found[i], to nil if there is no symbol. Slots are read first, then symbols, then
// names, so that their cache misses overlap.
func (t *symtab) findAll(hashes []uint32, names [][]byte, found []*symbol) {
	slots := *t.slots.Load()
	mask := uint32(len(slots) - 1)
	for i, h := range hashes {
		found[i] = slots[h>>1&mask].Load()
	}
	for i, s := range found {
		if s != nil && s.hash != hashes[i] {
			found[i] = t.find(hashes[i], names[i])
		}
	}
	for i, s := range found {
		if s != nil && s.name != string(names[i]) {
			found[i] = t.find(hashes[i], names[i])
		}
	}
}

// find is findAll for one name.
func (t *symtab) find(h uint32, name []byte) *symbol {
	s, _ := probe(*t.slots.Load(), h, name)
	return s
}

// probe returns the symbol of a name, or nil and the first slot where it may be inserted.
func probe(slots []slot, h uint32, name []byte) (*symbol, *slot) {
	mask := uint32(len(slots) - 1)
	for i := h >> 1 & mask; ; i = (i + 1) & mask {
		s := slots[i].Load()
		if s == nil {
			return nil, &slots[i]
		}
		if s.hash == h && s.name == string(name) {
			return s, nil
		}
	}
}

// reserve makes room for n more symbols, so that at most half of the slots are in use.
func (t *symtab) reserve(n int) {
	old := *t.slots.Load()
	if (t.used+n)*2 <= len(old) {
		return
	}
	size := minSlots
	for (t.live+n)*2 > size {
		size *= 2
	}
	fresh := make([]slot, size)
	for i := range old {
		if s := old[i].Load(); s != nil && s != tombstone {
			place(fresh, s)
		}
	}
	t.used = t.live
	t.slots.Store(&fresh)
}

// insert adds a symbol that is not in the table. Room has been reserved.
func (t *symtab) insert(s *symbol) {
	place(*t.slots.Load(), s)
	t.used++
	t.live++
}

// findOrInsert returns the symbol of fresh's name if there is one, and adds fresh otherwise. Room has been reserved.
func (t *symtab) findOrInsert(fresh *symbol, name []byte) *symbol {
	s, at := probe(*t.slots.Load(), fresh.hash, name)
	if s != nil {
		return s
	}
	at.Store(fresh)
	t.used++
	t.live++
	return fresh
}

func place(slots []slot, s *symbol) {
	mask := uint32(len(slots) - 1)
	i := s.hash >> 1 & mask
	for slots[i].Load() != nil {
		i = (i + 1) & mask
	}
	slots[i].Store(s)
}

// remove takes a symbol out. When tombstones outnumber symbols the table is built anew, so that its size follows what it holds.
func (t *symtab) remove(s *symbol) {
	slots := *t.slots.Load()
	mask := uint32(len(slots) - 1)
	i := s.hash >> 1 & mask
	for slots[i].Load() != s {
		i = (i + 1) & mask
	}
	slots[i].Store(tombstone)
	t.live--
	if dead := t.used - t.live; dead > t.live+minSlots/4 {
		t.used = len(slots) // reserve sees a full table
		t.reserve(0)
	}
}

// clear forgets everything.
func (t *symtab) clear() {
	s := make([]slot, minSlots)
	t.slots.Store(&s)
	t.used, t.live = 0, 0
}
