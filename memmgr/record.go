package memmgr

// An extent is the memory of an allocation's sections of one kind, in cells of a slab.
type extent struct {
	slab     uint32
	at, size uint32
}

func (e extent) bounds() (from, to int) {
	return int(e.at) * cellSize, (int(e.at) + int(e.size)) * cellSize
}

// A record is a live allocation, or, when its extents are all empty, one that may become one.
type record struct {
	module  uint64
	batch   Batch
	extents [NumKinds]extent
	gen     uint32 // counts the allocations that have used this record, so that stale numbers are found
	prev    int32  // neighbours in the list of an open batch; -1 at the ends
	next    int32
	state   recordState
}

type recordState uint8

const (
	recordFree recordState = iota
	recordOpen
	recordFinal
)

// records is the table of allocations. An AllocID is an index, plus one, and a generation.
type records struct {
	list []record
	idle []int32
	live int
}

func (r *records) add(rec record) (int32, AllocID) {
	var i int32
	if n := len(r.idle); n > 0 {
		i, r.idle = r.idle[n-1], r.idle[:n-1]
	} else {
		i = int32(len(r.list))
		r.list = append(r.list, record{})
	}
	rec.gen = r.list[i].gen + 1
	r.list[i] = rec
	r.live++
	return i, AllocID(rec.gen)<<32 | AllocID(i+1)
}

func (r *records) find(id AllocID) (int32, bool) {
	i := int64(uint32(id)) - 1
	if i < 0 || i >= int64(len(r.list)) {
		return 0, false
	}
	rec := &r.list[i]
	return int32(i), rec.state != recordFree && rec.gen == uint32(id>>32)
}

func (r *records) remove(i int32) {
	r.list[i] = record{gen: r.list[i].gen}
	r.idle = append(r.idle, i)
	r.live--
}
