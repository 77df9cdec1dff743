package memmgr

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// A SectionMemoryManager is the JITMemoryManager for code that runs in this process. All it hands out comes from one reservation of
// address space, so that modules reach each other. Its methods may be called from every goroutine. A section's memory must not be touched
// after Deallocate or Close.
type SectionMemoryManager struct {
	mapper Mapper
	name   string
	page   int
	size   int // of an arena
	dual   bool
	huge   bool
	grows  bool
	low    bool
	code   codeMapper // if code has arenas of its own

	mu      sync.Mutex // guards what follows, and is held while the mapper is called
	closed  bool
	arenas  []*arena
	slabs   []*slab // by number; nil where one has been dropped
	kinds   [NumKinds][]*slab
	batches map[Batch]*batch
	spare   *batch // one that is over, for the next one
	records records
	live    [NumKinds]uint64 // bytes of extents
	holes   []hole           // scratch of Deallocate
	emptied []Batch          // likewise
}

var _ JITMemoryManager = (*SectionMemoryManager)(nil)

// New reserves address space and returns a manager of it. It takes no memory worth mentioning until sections are allocated.
// Errors are ErrUnsupportedHost, ErrDualMapping, ErrNoLowAddresses, or the system's.
func New(opts ...Option) (*SectionMemoryManager, error) {
	m := &SectionMemoryManager{
		mapper: SystemMapper(), name: "gomcjit", page: os.Getpagesize(), size: defaultSize(), huge: true, batches: map[Batch]*batch{},
	}
	for _, o := range opts {
		o(m)
	}
	if !icache.Known {
		return nil, fmt.Errorf("%w: instruction caches of %s", ErrUnsupportedHost, runtime.GOARCH)
	}
	if m.dual {
		if err := m.chooseDual(); err != nil {
			return nil, err
		}
	}
	if err := m.reserveFirst(); err != nil {
		return nil, fmt.Errorf("reserving %d bytes of address space: %w", m.size, err)
	}
	return m, nil
}

func defaultSize() int {
	if strconv.IntSize == 32 {
		return narrowReserve
	}
	return defaultReserve
}

// Close unmaps everything, whether finalized or not. No code of the manager may be running. A second call does nothing.
func (m *SectionMemoryManager) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	var errs []error
	for _, s := range m.slabs {
		if s != nil && s.dual {
			errs = append(errs, m.mapper.UnmapDual(s.work))
		}
	}
	errs = append(errs, m.releaseArenas())
	m.closed = true
	m.slabs, m.kinds, m.batches = nil, [NumKinds][]*slab{}, nil
	m.records, m.live, m.holes, m.spare = records{}, [NumKinds]uint64{}, nil, nil
	return errors.Join(errs...)
}

// Allocate implements JITMemoryManager. Sections of a kind lie in the order of secs. Errors are *AllocError.
func (m *SectionMemoryManager) Allocate(b Batch, mod Module, secs []Section) (AllocID, error) {
	var want demands
	if err := want.add(&mod, secs); err != nil {
		return 0, m.allocError(mod, want.total(), err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return 0, m.allocErrorLocked(mod, want.total(), ErrClosed)
	}
	at, err := m.placeAll(b, &mod, &want)
	if err != nil {
		return 0, m.allocErrorLocked(mod, want.total(), err)
	}
	answer(secs, &at)
	return m.record(b, m.openBatch(b), mod, &at), nil
}

// record enters an allocation that has been placed.
func (m *SectionMemoryManager) record(b Batch, bt *batch, mod Module, at *[NumKinds]place) AllocID {
	r := record{module: mod.ID, batch: b, prev: -1, next: bt.head, state: recordOpen}
	for k := range at {
		p := &at[k]
		if p.slab == nil {
			continue
		}
		p.slab.hold(p.from, p.to)
		r.extents[k] = extent{p.slab.index, uint32(p.from / cellSize), uint32((p.to - p.from) / cellSize)}
		m.live[k] += uint64(p.to - p.from)
	}
	i, id := m.records.add(r)
	if bt.head >= 0 {
		m.records.at(bt.head).prev = i
	}
	bt.head = i
	return id
}

func (m *SectionMemoryManager) openBatch(b Batch) *batch {
	bt := m.batches[b]
	if bt == nil {
		if bt = m.spare; bt == nil {
			bt = new(batch)
		}
		m.spare, bt.head, m.batches[b] = nil, -1, bt
	}
	return bt
}

// closeBatch forgets a batch that is over.
func (m *SectionMemoryManager) closeBatch(b Batch, bt *batch) {
	for k := range bt.runs {
		clear(bt.runs[k])
		bt.runs[k], bt.size[k] = bt.runs[k][:0], 0
	}
	m.spare = bt
	delete(m.batches, b)
}

func (m *SectionMemoryManager) allocError(mod Module, want uint64, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.allocErrorLocked(mod, want, err)
}

func (m *SectionMemoryManager) allocErrorLocked(mod Module, want uint64, err error) error {
	st := m.stats()
	e := &AllocError{Module: mod, Want: want, Live: st.Live(), Reserved: st.Reserved, Err: err}
	switch {
	case errors.Is(err, ErrExhausted) && m.low:
		e.Hint = "remove modules, or create the manager WithReserve of more; what is larger than the memory below 2 GiB is for code that does not need to be there (-fPIC -mcmodel=medium), and a manager WithGrowth in place of WithLowAddresses"
	case errors.Is(err, ErrExhausted):
		e.Hint = "remove modules, or create the manager WithReserve of more, or WithGrowth"
	case errors.Is(err, errNoMemory):
		e.Hint = noMemoryHint
	}
	return e
}
