package runtimedyld

import (
	"hash/maphash"
	"sync/atomic"
)

// A symbol is one name of the linker's table: whoever defines it, and who mentions it. An object hashes each of its names once, when it is
// loaded, and holds the numbers of symbols from then on.
//
// Symbols hold no pointers, and refer to each other and to objects by number, so that the garbage collector has nothing to look for in a table
// of a million names.
//
// Look-ups take no lock. They read final, which is all that is needed of a finalized symbol, or else owner and addr.
type symbol struct {
	hash      uint32
	nameChunk uint32 // the name is names[nameChunk][nameOff:][:nameLen]
	nameOff   uint32
	nameLen   uint32
	refs      int32         // objects that mention the name, under RuntimeDyld.mu
	bits      symbolBits    // under RuntimeDyld.mu
	owner     atomic.Uint32 // number of the object that defines it; 0 when nobody does
	place     atomic.Uint32 // index into the owner's sections, or placeAbsolute
	value     atomic.Uint64 // offset in the section, or the value of an absolute symbol
	addr      atomic.Uint64 // target address of the definition; stale while RuntimeDyld.moved
	final     atomic.Uint64 // addr once it may be called; 0 before
}

// A symID is the number of a symbol in its table; 0 is none. Numbers change when the table is compacted.
type symID uint32

// placeAbsolute is the section of symbols that have none.
const placeAbsolute = ^uint32(0)

// symbolBits say what kind of definition is in force, and what is known of the name.
type symbolBits uint32

const (
	bitWeak    symbolBits = 1 << iota // the definition is weak: a strong one replaces it
	bitCommon                         // the definition is a common that has no storage yet: RuntimeDyld.commons knows it
	bitStored                         // the definition is a common that has its storage
	bitMapping                        // the definition is a global mapping
	bitNeeded                         // a reference to it, that may have to be asked for, is not weak
	bitPending                        // in RuntimeDyld.pending
	bitClaimed                        // scratch of enter: the object that is being loaded defines it
	bitShared                         // another object defines it too, and lost
	bitOrphan                         // scratch of Remove: its owner is being removed
)

// define makes a place of an object the definition in force. A look-up that runs meanwhile gets an address that was right at some time of
// its run.
func (s *symbol) define(o *Object, place uint32, value uint64) {
	if s.owner.Load() != 0 {
		s.undefine()
	}
	s.value.Store(value)
	s.place.Store(place)
	s.addr.Store(uint64(o.targetOf(place, value)))
	s.owner.Store(o.index)
}

// undefine takes the definition in force away.
func (s *symbol) undefine() {
	s.final.Store(0)
	s.owner.Store(0)
}

// publish makes the definition, whose owner is finalized, ready for FinalizedAddress.
func (s *symbol) publish() { s.final.Store(s.addr.Load()) }

// A symtab is a hash table from names to symbols: open addressing, linear probing. Any goroutine may look up while one that holds
// RuntimeDyld.mu changes it.
type symtab struct {
	seed maphash.Seed
	cur  atomic.Pointer[table]
	used int   // slots that are not 0: symbols and tombstones
	live int   // symbols
	last symID // the highest number given

	filled int // bytes of the last chunk of names
}

// A table is what look-ups see. Slots and the insides of chunks are shared between tables that follow each other; what only one that changes things
// knows, such as a chunk that was added, is in a new table before a slot refers to it.
type table struct {
	slots  []atomic.Uint32 // symIDs; a power of two of them
	chunks []*[chunkSize]symbol
	names  [][]byte // full from the start, as far as look-ups know
}

const (
	minSlots      = 64
	chunkSize     = 256
	nameChunkSize = 1 << 14

	// tombstone stands where a symbol was removed, so that probing goes on behind it.
	tombstone = ^uint32(0)
)

func newSymtab() *symtab {
	t := &symtab{seed: maphash.MakeSeed()}
	t.clear()
	return t
}

// clear forgets everything.
func (t *symtab) clear() {
	t.cur.Store(&table{slots: make([]atomic.Uint32, minSlots)})
	t.used, t.live, t.last, t.filled = 0, 0, 0, 0
}

// hashBytes and hashString agree. The seed is random, so that no object can be made to collide with itself.
func (t *symtab) hashBytes(name []byte) uint32  { return uint32(maphash.Bytes(t.seed, name) >> 32) }
func (t *symtab) hashString(name string) uint32 { return uint32(maphash.String(t.seed, name) >> 32) }

// at returns the symbol of a number, or nil if the table is older than the symbol.
func (t *table) at(id symID) *symbol {
	i := uint(id - 1)
	if i/chunkSize >= uint(len(t.chunks)) {
		return nil
	}
	return &t.chunks[i/chunkSize][i%chunkSize]
}

// name returns a symbol's name, or nil if the table is older than it.
func (t *table) name(s *symbol) []byte {
	if uint(s.nameChunk) >= uint(len(t.names)) {
		return nil
	}
	return t.names[s.nameChunk][s.nameOff:][:s.nameLen]
}

// at and name are for those who hold RuntimeDyld.mu or the turn.
func (t *symtab) at(id symID) *symbol   { return t.cur.Load().at(id) }
func (t *symtab) name(s *symbol) string { return string(t.cur.Load().name(s)) }

// lookup returns the symbol of a name and its number, or nil.
func (t *symtab) lookup(name string) (*symbol, symID) {
	h := t.hashString(name)
	for {
		tab := t.cur.Load()
		s, id, stale := tab.lookup(h, name)
		if !stale {
			return s, id
		}
	}
}

// lookup reports stale if a symbol came in the way that is newer than the table.
func (t *table) lookup(h uint32, name string) (s *symbol, id symID, stale bool) {
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch v := t.slots[i].Load(); v {
		case 0:
			return nil, 0, false
		case tombstone:
		default:
			if s = t.at(symID(v)); s == nil {
				return nil, 0, true
			}
			if s.hash == h && s.nameLen == uint32(len(name)) {
				b := t.name(s)
				if b == nil && len(name) > 0 {
					return nil, 0, true
				}
				if string(b) == name {
					return s, symID(v), false
				}
			}
		}
	}
}

// findAll is lookup for many names that are hashed already: it sets found[i], to 0 if there is no symbol. Slots are read first, and symbols then, so
// that their cache misses overlap. The caller holds RuntimeDyld.mu.
func (t *symtab) findAll(hashes []uint32, names [][]byte, found []symID) {
	tab := t.cur.Load()
	mask := uint32(len(tab.slots) - 1)
	for i, h := range hashes {
		found[i] = symID(tab.slots[h&mask].Load())
	}
	for i, id := range found {
		if id == 0 {
			continue
		}
		if uint32(id) != tombstone {
			if s := tab.at(id); s.hash == hashes[i] && string(tab.name(s)) == string(names[i]) {
				continue
			}
		}
		found[i], _ = tab.probe(hashes[i], names[i])
	}
}

// probe returns the symbol of a name, or 0 and the first slot where it may be inserted.
func (t *table) probe(h uint32, name []byte) (symID, *atomic.Uint32) {
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		v := t.slots[i].Load()
		if v == 0 {
			return 0, &t.slots[i]
		}
		if v == tombstone {
			continue
		}
		if s := t.at(symID(v)); s.hash == h && string(t.name(s)) == string(name) {
			return symID(v), nil
		}
	}
}

// reserve makes room for n more symbols, so that at most half of the slots are in use, and for their names, of so many bytes in all.
func (t *symtab) reserve(n, bytes int) {
	tab := *t.cur.Load()
	changed := false
	if (t.used+n)*2 > len(tab.slots) {
		tab.slots, changed = t.rehash(n), true
	}
	for int(t.last)+n > len(tab.chunks)*chunkSize {
		tab.chunks, changed = append(tab.chunks, new([chunkSize]symbol)), true
	}
	if k := len(tab.names) - 1; k < 0 || len(tab.names[k])-t.filled < bytes {
		tab.names, changed = append(tab.names, make([]byte, max(nameChunkSize, bytes))), true
		t.filled = 0
	}
	if changed {
		t.cur.Store(&tab)
	}
}

// rehash returns slots with room for n more symbols, without tombstones.
func (t *symtab) rehash(n int) []atomic.Uint32 {
	old := t.cur.Load()
	size := minSlots
	for (t.live+n)*2 > size {
		size *= 2
	}
	slots := make([]atomic.Uint32, size)
	for i := range old.slots {
		if v := old.slots[i].Load(); v != 0 && v != tombstone {
			place(slots, old.at(symID(v)).hash, v)
		}
	}
	t.used = t.live
	return slots
}

func place(slots []atomic.Uint32, hash, v uint32) {
	mask := uint32(len(slots) - 1)
	i := hash & mask
	for slots[i].Load() != 0 {
		i = (i + 1) & mask
	}
	slots[i].Store(v)
}

// findOrInsert returns the symbol of a name, adding it if there is none. Room has been reserved.
func (t *symtab) findOrInsert(h uint32, name []byte) symID {
	tab := t.cur.Load()
	id, at := tab.probe(h, name)
	if id != 0 {
		return id
	}
	t.last++
	s := tab.at(t.last)
	t.setName(tab, s, name)
	s.hash = h
	at.Store(uint32(t.last))
	t.used++
	t.live++
	return t.last
}

// setName copies a name into the last chunk. Look-ups read the bytes only after they have seen the symbol in a slot.
func (t *symtab) setName(tab *table, s *symbol, name []byte) {
	k := len(tab.names) - 1
	s.nameChunk, s.nameOff, s.nameLen = uint32(k), uint32(t.filled), uint32(len(name))
	t.filled += copy(tab.names[k][t.filled:], name)
}

// remove takes a symbol out. Its number is not used again before the table is compacted.
func (t *symtab) remove(id symID) {
	slots := t.cur.Load().slots
	mask := uint32(len(slots) - 1)
	i := t.at(id).hash & mask
	for slots[i].Load() != uint32(id) {
		i = (i + 1) & mask
	}
	slots[i].Store(tombstone)
	t.live--
}

// wasteful says that more numbers are of removed symbols than of others.
func (t *symtab) wasteful() bool { return int(t.last)-t.live > t.live+chunkSize }

// compact builds the table anew without what was removed, so that its size follows what it holds. It returns the new numbers by old number. Look-ups see the old
// table until the new one is complete.
func (t *symtab) compact() []symID {
	old := t.cur.Load()
	ids := make([]symID, t.last+1)
	bytes := 0
	for i := range old.slots {
		if v := old.slots[i].Load(); v != 0 && v != tombstone {
			bytes += int(old.at(symID(v)).nameLen)
		}
	}
	fresh := symtab{seed: t.seed} // look-ups see the old table until the new one is whole
	fresh.clear()
	fresh.reserve(t.live, bytes)
	tab := fresh.cur.Load()
	for i := range old.slots {
		v := old.slots[i].Load()
		if v == 0 || v == tombstone {
			continue
		}
		fresh.last++
		ids[v] = fresh.last
		from, s := old.at(symID(v)), tab.at(fresh.last)
		s.hash, s.refs, s.bits = from.hash, from.refs, from.bits
		s.place.Store(from.place.Load())
		s.value.Store(from.value.Load())
		s.addr.Store(from.addr.Load())
		s.final.Store(from.final.Load())
		s.owner.Store(from.owner.Load())
		fresh.setName(tab, s, old.name(from))
		place(tab.slots, s.hash, uint32(fresh.last))
	}
	t.used, t.last, t.filled = t.live, fresh.last, fresh.filled
	t.cur.Store(tab)
	return ids
}
