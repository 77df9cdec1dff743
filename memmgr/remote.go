package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
)

// A RemoteMemoryManager puts sections into the memory of another process. Modules are linked in working memory here, for addresses there:
//
//   - Allocate fixes the addresses; code is at no multiple of 4 GiB, which unwinders take for a null pointer. All modules of a batch share a reservation, which has a range of pages for each kind, as long as they have room in it; what follows is twice as large.
//   - Finalize sends the contents, and has them protected: one round trip a reservation, mostly one a batch. Nothing is written before.
//   - Deallocate gives a reservation back when no module is left in it.
//
// Working memory is of the Go heap, and is kept until a module is deallocated.
type RemoteMemoryManager struct {
	target executor.Memory
	page   uint64

	mu      sync.Mutex
	near    executor.Addr // where the next reservation would better be
	batches map[Batch]*remoteBatch
	allocs  map[AllocID]*remoteAlloc
	work    workIndex // of allocs
	last    AllocID
	stats   RemoteStats
	closed  bool
}

var _ JITMemoryManager = (*RemoteMemoryManager)(nil)

// maxRemote is how many bytes a module may have: working memory of it is here, however much the other process says that it has reserved.
const maxRemote = min(4<<30, math.MaxInt/4)

// A Publisher is a memory manager for which it is not enough to write into working memory once that has been finalized.
type Publisher interface {
	// Publish has bytes seen where code runs that were changed in working memory after Finalize, at an address of written data (RWData).
	Publish(at executor.Addr, b []byte) error
}

var _ Publisher = (*RemoteMemoryManager)(nil)

// RemoteStats is what a RemoteMemoryManager holds.
type RemoteStats struct {
	Allocations  int    // modules
	Reservations int    // in the other process
	Live         uint64 // bytes of modules
	Reserved     uint64 // bytes of reservations
}

// A remoteBatch is the reservations of a batch that has not been finalized.
type remoteBatch struct {
	reservations []*reservation
	lost         error // why they are no more: finalizing has failed
}

// A reservation is address space of the other process.
type reservation struct {
	base   executor.Addr
	size   uint64
	parts  [NumKinds]part
	allocs []*remoteAlloc // that are in it
	gone   bool           // it has been released
}

// A part is the pages of a reservation for sections of one kind.
type part struct {
	start executor.Addr
	room  uint64 // bytes, whole pages
	used  uint64
}

// A remoteAlloc is a module's memory.
type remoteAlloc struct {
	id   AllocID
	in   *reservation
	at   [NumKinds]uint64 // offsets in the parts
	mem  [NumKinds][]byte // working memory
	size uint64
}

// NewRemote returns a memory manager for a process. It asks the process for reservations near an address if that is not 0.
func NewRemote(target executor.Memory, near executor.Addr) *RemoteMemoryManager {
	return &RemoteMemoryManager{target: target, page: target.PageSize(), near: near, batches: map[Batch]*remoteBatch{}, allocs: map[AllocID]*remoteAlloc{}, work: workIndex{}}
}

// Allocate implements JITMemoryManager. A module has 4 GiB at most. Errors are *AllocError.
func (m *RemoteMemoryManager) Allocate(b Batch, mod Module, secs []Section) (AllocID, error) {
	var want demands
	err := want.add(&mod, secs)
	if total := want.total(); err == nil && total > maxRemote {
		err = fmt.Errorf("%w: %d bytes in all are more than the %d that a module may have in another process", ErrBadSection, total, uint64(maxRemote))
	}
	if err != nil {
		return 0, m.allocError(mod, want.total(), err)
	}
	a, rooms, err := m.place(b, &want)
	if err == nil && a == nil {
		a, err = m.placeInNew(b, &want, rooms)
	}
	if err != nil {
		return 0, m.allocError(mod, want.total(), err)
	}
	a.answer(secs)
	return a.id, nil
}

// place finds room in the reservations of a batch; if there is none it says how much a new one should have.
func (m *RemoteMemoryManager) place(b Batch, want *demands) (*remoteAlloc, [NumKinds]uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var rooms [NumKinds]uint64
	bt := m.batches[b]
	switch {
	case m.closed:
		return nil, rooms, ErrClosed
	case bt == nil:
	case bt.lost != nil:
		return nil, rooms, bt.lost
	default:
		last := bt.reservations[len(bt.reservations)-1]
		if a := m.placeIn(last, want); a != nil {
			return a, rooms, nil
		}
		for k := range rooms {
			rooms[k] = 2 * min(last.parts[k].room, maxRunStep)
		}
	}
	for k := range rooms {
		need := (want[k].size + m.page - 1) &^ (m.page - 1)
		if want[k].align > m.page {
			need += want[k].align - m.page
		}
		rooms[k] = max(rooms[k], need)
	}
	return nil, rooms, nil
}

// placeInNew makes a reservation with this room for each kind. Meanwhile others may do the same.
func (m *RemoteMemoryManager) placeInNew(b Batch, want *demands, rooms [NumKinds]uint64) (*remoteAlloc, error) {
	r := &reservation{size: max(rooms[Code]+rooms[ROData]+rooms[RWData], m.page)}
	m.mu.Lock()
	near := m.near
	m.mu.Unlock()
	var err error
	if r.base, err = m.reserve(r.size, rooms[Code], near); err != nil {
		return nil, err
	}
	start := r.base
	for k := range r.parts {
		r.parts[k] = part{start: start, room: rooms[k]}
		start += executor.Addr(rooms[k])
	}
	if a := m.enter(b, r, want); a != nil {
		return a, nil
	}
	return nil, errors.Join(ErrClosed, m.target.Release(r.base))
}

// reserve takes address space that begins with code, of which none is at a multiple of 4 GiB (see nulllike.go), unless the process has no other room. What is at one is given back once there is
// other address space, which therefore is elsewhere.
func (m *RemoteMemoryManager) reserve(size, code uint64, near executor.Addr) (executor.Addr, error) {
	base, err := m.target.Reserve(size, near)
	if _, bad := nullLike(base, code); err != nil || !bad {
		return base, err
	}
	other, err := m.target.Reserve(size, near)
	if err != nil {
		return base, nil
	}
	if err := m.target.Release(base); err != nil {
		return 0, errors.Join(err, m.target.Release(other))
	}
	return other, nil
}

// enter adds a new reservation to a batch, and puts a module into it; nil if the manager has been closed meanwhile.
func (m *RemoteMemoryManager) enter(b Batch, r *reservation, want *demands) *remoteAlloc {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	bt := m.batches[b]
	if bt == nil {
		bt = &remoteBatch{}
		m.batches[b] = bt
	}
	bt.reservations = append(bt.reservations, r)
	m.near = r.base + executor.Addr(r.size)
	m.stats.Reservations++
	m.stats.Reserved += r.size
	return m.placeIn(r, want)
}

// placeIn puts a module into a reservation, or returns nil.
func (m *RemoteMemoryManager) placeIn(r *reservation, want *demands) *remoteAlloc {
	a := &remoteAlloc{in: r}
	for k := range want {
		p := &r.parts[k]
		align := executor.Addr(max(want[k].align, 1))
		at := uint64((p.start+executor.Addr(p.used)+align-1)&^(align-1) - p.start)
		if want[k].size > 0 && at+want[k].size > p.room {
			return nil
		}
		a.at[k] = at
	}
	for k := range want {
		if want[k].size > 0 {
			r.parts[k].used = a.at[k] + want[k].size
			a.mem[k] = make([]byte, want[k].size)
			a.size += want[k].size
		}
	}
	m.last++
	a.id = m.last
	m.allocs[a.id] = a
	m.work.add(a)
	r.allocs = append(r.allocs, a)
	m.stats.Allocations++
	m.stats.Live += a.size
	return a
}

// answer fills in where the sections are.
func (a *remoteAlloc) answer(secs []Section) {
	var pos [NumKinds]uint64
	for i := range secs {
		s := &secs[i]
		start := uint64(a.in.parts[s.Kind].start) + a.at[s.Kind]
		from := (start+pos[s.Kind]+s.Align-1)&^(s.Align-1) - start
		to := from + s.Size
		s.Mem = a.mem[s.Kind][from:to:to]
		s.Addr = executor.Addr(start + from)
		pos[s.Kind] = to
	}
}

// Finalize implements JITMemoryManager, but for one thing: if it fails the batch cannot be finalized again, and nothing of it is left in the other process. What was installed is released in
// reverse. Finalizing it again is the same error; its modules have to be deallocated, and loaded anew.
func (m *RemoteMemoryManager) Finalize(b Batch) error {
	m.mu.Lock()
	bt := m.batches[b]
	var reservations []*reservation
	var err error
	switch {
	case m.closed:
		err = ErrClosed
	case bt != nil:
		reservations, err = slices.Clone(bt.reservations), bt.lost // others may deallocate meanwhile
	}
	m.mu.Unlock()
	if bt == nil || err != nil {
		return err
	}
	for i, r := range reservations {
		segments := m.segments(r)
		if len(segments) == 0 {
			continue // its modules are gone, or have nothing
		}
		if err := m.target.Install(r.base, segments); err != nil {
			return m.lose(bt, reservations, i, fmt.Errorf("finalizing batch %d: %w", b, err))
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.batches, b)
	return nil
}

// lose gives the reservations of a batch back whose i-th could not be installed, but for that one: who could not install it has released it, and others may have its addresses by now.
func (m *RemoteMemoryManager) lose(bt *remoteBatch, reservations []*reservation, failed int, err error) error {
	m.mu.Lock()
	bt.lost = err
	var left []executor.Addr
	for i, r := range reservations {
		if i != failed && !r.gone {
			left = append(left, r.base)
		}
		m.forget(r)
	}
	m.mu.Unlock()
	errs := []error{err}
	for _, base := range slices.Backward(left) {
		errs = append(errs, m.target.Release(base))
	}
	return errors.Join(errs...)
}

// forget notes that a reservation has been released.
func (m *RemoteMemoryManager) forget(r *reservation) {
	if !r.gone {
		r.gone = true
		m.stats.Reservations--
		m.stats.Reserved -= r.size
	}
}

// segments are what has to be installed: for each kind the pages that are used. What is zero at the end is not sent.
func (m *RemoteMemoryManager) segments(r *reservation) (list []executor.Segment) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range r.parts {
		p := &r.parts[k]
		if p.used == 0 || len(r.allocs) == 0 {
			continue
		}
		end := uint64(0)
		for _, a := range r.allocs {
			if n := withoutZeros(a.mem[k]); n > 0 {
				end = max(end, a.at[k]+uint64(n))
			}
		}
		content := make([]byte, end)
		for _, a := range r.allocs {
			if a.at[k] < end {
				copy(content[a.at[k]:], a.mem[k])
			}
		}
		list = append(list, executor.Segment{
			Prot: remoteProt(Kind(k)), Addr: p.start, Size: (p.used + m.page - 1) &^ (m.page - 1), Content: content,
		})
	}
	return list
}

// withoutZeros returns how long b is without the zeros at its end. It compares many at a time, since variables without values may be large.
func withoutZeros(b []byte) int {
	var zeros [4096]byte
	for n := len(zeros); len(b) >= n && bytes.Equal(b[len(b)-n:], zeros[:]); {
		b = b[:len(b)-n]
	}
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return len(b)
}

func remoteProt(k Kind) executor.MemProt {
	return [...]executor.MemProt{executor.MemRead | executor.MemExec, executor.MemRead, executor.MemRead | executor.MemWrite}[k]
}

// Deallocate implements JITMemoryManager.
func (m *RemoteMemoryManager) Deallocate(ids ...AllocID) error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	var errs []error
	var empty []executor.Addr
	for _, id := range ids {
		a := m.allocs[id]
		if a == nil {
			errs = append(errs, fmt.Errorf("%w: %d", ErrUnknownAlloc, id))
			continue
		}
		delete(m.allocs, id)
		m.work.remove(a)
		m.stats.Allocations--
		m.stats.Live -= a.size
		r := a.in
		r.allocs = slices.DeleteFunc(r.allocs, func(other *remoteAlloc) bool { return other == a })
		if len(r.allocs) > 0 {
			continue
		}
		m.dropFromBatch(r)
		if !r.gone {
			m.forget(r)
			empty = append(empty, r.base)
		}
	}
	m.mu.Unlock()
	slices.Reverse(empty)
	if len(empty) > 0 {
		errs = append(errs, m.target.Release(empty...))
	}
	return errors.Join(errs...)
}

// dropFromBatch takes an empty reservation out of the batch in which it waits to be finalized, if it does.
func (m *RemoteMemoryManager) dropFromBatch(r *reservation) {
	for b, bt := range m.batches {
		if i := slices.Index(bt.reservations, r); i >= 0 {
			if bt.reservations = slices.Delete(bt.reservations, i, i+1); len(bt.reservations) == 0 {
				delete(m.batches, b)
			}
			return
		}
	}
}

// Publish implements Publisher. The error is the process's.
func (m *RemoteMemoryManager) Publish(at executor.Addr, b []byte) error {
	w, ok := m.target.(executor.MemoryAccess)
	if !ok {
		return fmt.Errorf("memory at %v was changed after it was finalized, which this process does not allow", at)
	}
	return w.WriteMemory(at, b)
}

// Stats returns what the manager holds.
func (m *RemoteMemoryManager) Stats() RemoteStats {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.stats
}

// Close gives everything back. The modules must not be running any more. Afterwards every method returns ErrClosed.
func (m *RemoteMemoryManager) Close() error {
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return ErrClosed
	}
	m.closed = true
	bases := map[executor.Addr]bool{}
	for _, a := range m.allocs {
		if !a.in.gone {
			m.forget(a.in)
			bases[a.in.base] = true
		}
	}
	m.mu.Unlock()
	var list []executor.Addr
	for base := range bases {
		list = append(list, base)
	}
	slices.Sort(list)
	if len(list) == 0 {
		return nil
	}
	return m.target.Release(list...)
}

func (m *RemoteMemoryManager) allocError(mod Module, want uint64, err error) error {
	s := m.Stats()
	return &AllocError{Module: mod, Want: want, Live: s.Live, Reserved: s.Reserved, Err: err}
}
