package runtimedyld

import (
	"hash/maphash"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/internal/prefetch"
)

// A symbol is one name of the linker's table: whoever defines it, and who mentions it. An object hashes each of its names once, when it is
// loaded, and holds the numbers of symbols from then on.
//
// Symbols hold no pointers, and refer to each other and to objects by number, so that the garbage collector has nothing to look for in a table
// of a million names.
//
// Look-ups take no lock. They read owner and addr. A symbol is half a cache line.
type symbol struct {
	name    uint32     // where it is: names[name>>16][name&0xffff:][:nameLen]
	nameLen uint32     //
	refs    int32      // objects that mention the name, under RuntimeDyld.mu
	bits    symbolBits // under RuntimeDyld.mu
	owner   ownerCell  // who defines it
	index   uint32     // which of the owner's globals it is; under RuntimeDyld.mu or the turn
	addr    cell64     // target address of the definition; stale while RuntimeDyld.moved
}

// Cells are numbers that look-ups read while somebody changes them. As long as no slot refers to their symbol they may be set plainly, which
// costs a twentieth.
type (
	cell64    uint64
	ownerCell uint32 // number of an object, 0 for nobody, and finalFlag
)

// finalFlag says that the definition's address may be called. No object has so high a number.
const finalFlag = 1 << 31

func (c *ownerCell) Load() uint32   { return atomic.LoadUint32((*uint32)(c)) &^ finalFlag }
func (c *ownerCell) Store(v uint32) { atomic.StoreUint32((*uint32)(c), v) }
func (c *cell64) Load() uint64      { return atomic.LoadUint64((*uint64)(c)) }
func (c *cell64) Store(v uint64)    { atomic.StoreUint64((*uint64)(c), v) }

// A symID is the number of a symbol in its table; 0 is none. Numbers change when the table is compacted.
type symID uint32

// symbolBits say what kind of definition is in force, and what is known of the name.
type symbolBits uint32

const (
	bitWeak    symbolBits = 1 << iota // the definition is weak: a strong one replaces it
	bitCommon                         // the definition is a common that has no storage yet: RuntimeDyld.commons knows it
	bitStored                         // the definition is a common that has its storage
	bitMapping                        // the definition is a global mapping
	bitNeeded                         // a reference to it, that may have to be asked for, is not weak
	bitPending                        // in RuntimeDyld.pending
	bitClaimed                        // scratch of checkDuplicates: the object that is being loaded defines it
	bitShared                         // another object defines it too, and lost
	bitThread                         // an undefined reference to it is to a thread-local variable
	bitOrphan                         // scratch of Remove: its owner is being removed
	bitGrouped                        // the definition is in a COMDAT group
	bitRelied                         // an object has dropped its own copy for the definition, which is in a COMDAT group
	bitDirect                         // an object refers to it by 32 bits
	bitHeld                           // scratch of Remove: an object that is not removed relies on it so
	bitNoted                          // in RuntimeDyld.weakData
	bitData                           // the definition is the process's, of data that objects define weakly
)

// bitsOfDefinition are those that go with a definition.
const bitsOfDefinition = bitWeak | bitGrouped | bitRelied | bitData

// define makes a global of an object the definition in force. A look-up that runs meanwhile gets an address that was right at some time of
// its run.
func (s *symbol) define(o *Object, index uint32, addr uint64) {
	if s.owner.Load() != 0 {
		s.undefine()
	}
	s.index = index
	s.addr.Store(addr)
	s.owner.Store(o.index)
}

// defineNew is define for a symbol that no slot refers to yet.
func (s *symbol) defineNew(o *Object, index uint32, addr uint64) {
	s.index, s.addr, s.owner = index, cell64(addr), ownerCell(o.index)
}

// undefine takes the definition in force away.
func (s *symbol) undefine() { s.owner.Store(0) }

// publish makes the definition, whose owner is finalized, ready for FinalizedAddress.
func (s *symbol) publish() { s.owner.Store(s.owner.Load() | finalFlag) }

// final returns the address of the definition if it may be called, and 0 otherwise.
func (s *symbol) final() uint64 {
	for {
		owner := atomic.LoadUint32((*uint32)(&s.owner))
		if owner&finalFlag == 0 {
			return 0
		}
		if a := s.addr.Load(); atomic.LoadUint32((*uint32)(&s.owner)) == owner { // else it has been replaced meanwhile
			return a
		}
	}
}

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
	slots  []cell64 // a power of two of them: a hash and a symID each, so that symbols are hardly ever looked at in vain; 0 is an empty one
	chunks []*[chunkSize]symbol
	names  [][]byte // full from the start, as far as look-ups know
}

const (
	minSlots      = 64
	quickSlots    = 1 << 14 // up to here slots grow fourfold
	chunkSize     = 256
	firstNames    = 1 << 11 // bytes of the first chunk of names; each is twice the one before
	maxNames      = 1 << 16 // but not larger than this, unless it is for one name
	smallChunks   = 5       // that are smaller
	maxNameChunks = 1 << 16

	// tombstone stands where a symbol was removed, so that probing goes on behind it. No symbol has its number.
	tombstone = 1<<32 - 1
)

func newSymtab() *symtab {
	t := &symtab{seed: maphash.MakeSeed()}
	t.clear()
	return t
}

// clear forgets everything.
func (t *symtab) clear() {
	t.cur.Store(&table{slots: make([]cell64, minSlots)})
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
	chunk := uint(s.name >> 16)
	if chunk >= uint(len(t.names)) {
		return nil
	}
	return t.names[chunk][s.name&0xffff:][:s.nameLen]
}

// nameStart returns the first byte of the name of a symbol that is not newer than the table, or one nearby if the name is empty.
func (t *table) nameStart(s *symbol) *byte {
	chunk := t.names[s.name>>16]
	return &chunk[min(int(s.name&0xffff), len(chunk)-1)]
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
		v := t.slots[i].Load()
		if v == 0 {
			return nil, 0, false
		}
		if uint32(v>>32) != h || v == tombstone {
			continue
		}
		if s = t.at(symID(v)); s == nil {
			return nil, 0, true
		}
		if s.nameLen != uint32(len(name)) {
			continue
		}
		b := t.name(s)
		if b == nil && len(name) > 0 {
			return nil, 0, true
		}
		if string(b) == name {
			return s, symID(v), false
		}
	}
}

// findAll is lookup for many names that are hashed already: it sets found[i], to 0 if there is no symbol. Slots are read first, symbols then, and names last, so
// that their cache misses overlap. The caller holds RuntimeDyld.mu.
func (t *symtab) findAll(hashes []uint32, names [][]byte, found []symID) {
	tab := t.cur.Load()
	slots := tab.slots
	mask := uint32(len(slots) - 1)
	for i, h := range hashes {
		at := h & mask
		v := slots[at].Load()
		for v != 0 && uint32(v>>32) != h {
			at = (at + 1) & mask
			v = slots[at].Load()
		}
		if found[i] = symID(v); v != 0 && v != tombstone {
			prefetch.Line(tab.at(symID(v)))
		}
	}
	for _, id := range found {
		if id != 0 && id != tombstone {
			prefetch.Line(tab.nameStart(tab.at(id)))
		}
	}
	for i, id := range found {
		if id != 0 && (id == tombstone || string(tab.name(tab.at(id))) != string(names[i])) {
			found[i], _ = tab.probe(hashes[i], names[i])
		}
	}
}

// probe returns the symbol of a name, or 0 and the slot where it may be inserted.
func (t *table) probe(h uint32, name []byte) (symID, *cell64) {
	mask := uint32(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		v := t.slots[i].Load()
		if v == 0 {
			return 0, &t.slots[i]
		}
		if uint32(v>>32) == h && v != tombstone && string(t.name(t.at(symID(v)))) == string(name) {
			return symID(v), nil
		}
	}
}

// reserve makes room for n more symbols, so that at most three quarters of the slots are in use. It reports false if there is no room for them, or for their
// names of so many bytes in all, in the numbers that name them.
func (t *symtab) reserve(n, bytes int) bool {
	cur := t.cur.Load()
	// Of two chunks of names that follow each other, one at least is half full; the first few are smaller.
	if len(cur.names)+2*(bytes/maxNames+1)+smallChunks > maxNameChunks || uint64(t.last)+uint64(n) >= tombstone {
		return false
	}
	if full := (t.used+n)*4 > len(cur.slots)*3; full || int(t.last)+n > len(cur.chunks)*chunkSize {
		t.grow(n, full)
	}
	return true
}

// grow makes a table with more chunks of symbols, and with more slots.
func (t *symtab) grow(n int, slots bool) {
	tab := *t.cur.Load()
	if slots {
		tab.slots = t.rehash(n)
	}
	for int(t.last)+n > len(tab.chunks)*chunkSize {
		tab.chunks = append(tab.chunks, new([chunkSize]symbol))
	}
	t.cur.Store(&tab)
}

// rehash returns slots with room for n more symbols, without tombstones.
func (t *symtab) rehash(n int) []cell64 {
	old := t.cur.Load()
	size := minSlots
	for (t.live+n)*4 > size*3 {
		if size *= 2; size < quickSlots {
			size *= 2
		}
	}
	slots := make([]cell64, size)
	for i := range old.slots {
		if v := old.slots[i].Load(); v != 0 && v != tombstone {
			place(slots, v)
		}
	}
	t.used = t.live
	return slots
}

// place enters what a slot holds into slots that nobody sees yet.
func place(slots []cell64, v uint64) {
	mask := uint32(len(slots) - 1)
	i := uint32(v>>32) & mask
	for slots[i] != 0 {
		i = (i + 1) & mask
	}
	slots[i] = cell64(v)
}

// slotOf is what a symbol's slot holds.
func slotOf(hash uint32, id symID) uint64 { return uint64(hash)<<32 | uint64(id) }

// insert returns the symbol of a name. If there was none, it returns a new one and the slot that is to be set to it. Room has been reserved.
func (t *symtab) insert(h uint32, name []byte) (symID, *cell64) {
	tab := t.cur.Load()
	id, at := tab.probe(h, name)
	if id != 0 {
		return id, nil
	}
	t.last++
	t.setName(tab.at(t.last), name)
	t.used++
	t.live++
	return t.last, at
}

// setName copies a name behind the last one. Look-ups read the bytes only after they have seen the symbol in a slot.
func (t *symtab) setName(s *symbol, name []byte) {
	names := t.cur.Load().names
	last := len(names) - 1
	if last < 0 || t.filled+len(name) > len(names[last]) || t.filled >= maxNames {
		names = t.addNames(len(name))
		last++
	}
	s.name, s.nameLen = uint32(last)<<16|uint32(t.filled), uint32(len(name))
	t.filled += copy(names[last][t.filled:], name)
}

// addNames adds a chunk of names, in which one of n bytes fits.
func (t *symtab) addNames(n int) [][]byte {
	tab := *t.cur.Load()
	size := min(firstNames<<min(len(tab.names), 16), maxNames)
	tab.names = append(tab.names, make([]byte, max(size, n)))
	t.filled = 0
	t.cur.Store(&tab)
	return tab.names
}

// remove takes a symbol out. Its number is not used again before the table is compacted.
func (t *symtab) remove(id symID) {
	tab := t.cur.Load()
	mask := uint32(len(tab.slots) - 1)
	i := t.hashBytes(tab.name(tab.at(id))) & mask
	for symID(tab.slots[i].Load()) != id {
		i = (i + 1) & mask
	}
	tab.slots[i].Store(tombstone)
	t.live--
}

// wasteful says that more numbers are of removed symbols than of others.
func (t *symtab) wasteful() bool { return int(t.last)-t.live > t.live+chunkSize }

// compact builds the table anew without what was removed, so that its size follows what it holds. It returns the new numbers by old number. Look-ups see the old
// table until the new one is complete.
func (t *symtab) compact() []symID {
	old := t.cur.Load()
	ids := make([]symID, t.last+1)
	fresh := symtab{seed: t.seed}
	fresh.clear()
	fresh.reserve(t.live, 0)
	tab := fresh.cur.Load()
	for i := range old.slots {
		v := old.slots[i].Load()
		if v == 0 || v == tombstone {
			continue
		}
		fresh.last++
		ids[symID(v)] = fresh.last
		from, s := old.at(symID(v)), tab.at(fresh.last)
		*s = *from // whoever might change it holds RuntimeDyld.mu
		fresh.setName(s, old.name(from))
		place(tab.slots, slotOf(uint32(v>>32), fresh.last))
	}
	t.used, t.last, t.filled = t.live, fresh.last, fresh.filled
	t.cur.Store(fresh.cur.Load())
	return ids
}
