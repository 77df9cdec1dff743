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
	chunks []*[recordChunk]record // records never move: a growing table would be copied again and again
	idle   []int32
	live   int
}

const recordChunk = 64

func (r *records) at(i int32) *record { return &r.chunks[i/recordChunk][i%recordChunk] }

func (r *records) add(rec record) (int32, AllocID) {
	if len(r.idle) == 0 {
		first := int32(len(r.chunks) * recordChunk)
		r.chunks = append(r.chunks, new([recordChunk]record))
		for i := range int32(recordChunk) {
			r.idle = append(r.idle, first+recordChunk-1-i)
		}
	}
	n := len(r.idle) - 1
	i := r.idle[n]
	r.idle = r.idle[:n]
	to := r.at(i)
	rec.gen = to.gen + 1
	*to = rec
	r.live++
	return i, AllocID(rec.gen)<<32 | AllocID(i+1)
}

func (r *records) find(id AllocID) (int32, bool) {
	i := int64(uint32(id)) - 1
	if i < 0 || i >= int64(len(r.chunks)*recordChunk) {
		return 0, false
	}
	rec := r.at(int32(i))
	return int32(i), rec.state != recordFree && rec.gen == uint32(id>>32)
}

func (r *records) remove(i int32) {
	*r.at(i) = record{gen: r.at(i).gen}
	r.idle = append(r.idle, i)
	r.live--
}

// each calls fn with every live record.
func (r *records) each(fn func(*record)) {
	for _, c := range r.chunks {
		for i := range c {
			if c[i].state != recordFree {
				fn(&c[i])
			}
		}
	}
}
