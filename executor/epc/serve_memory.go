package epc

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/icache"
)

// allocations are the reservations of a session.
type allocations struct {
	page     uint64
	patching sync.Mutex // held while something is patched

	mu    sync.Mutex
	live  map[executor.Addr]*allocation
	bases []executor.Addr // of live, ascending

	// The session has asked for a function by which the C library is told what to call when a thread ends. Nobody can take that back, and the process's threads outlive the session: what it leaves stays where it is.
	pinned atomic.Bool
}

// pins are those functions (POSIX; Itanium C++ ABI, as glibc has it).
var pins = []string{"pthread_key_create", "__cxa_thread_atexit_impl"}

// An allocation is a reservation.
type allocation struct {
	base    executor.Addr
	size    uint64
	final   []pageRange // that have been finalized, and must not be written here any more
	dealloc []action    // to be run when it is released, the last first
	busy    bool        // it is being finalized or released
}

// A pageRange is some pages.
type pageRange struct {
	from, to executor.Addr
	prot     executor.MemProt // 0 once nothing is there
}

func (r pageRange) size() uint64 { return uint64(r.to - r.from) }

// An action is a call of a wrapper function with arguments.
type action struct {
	fn   executor.Addr
	args []byte
}

// A finalSegment is a segment as a message has it.
type finalSegment struct {
	executor.Segment
	pages     pageRange
	transient bool // it is not needed once the actions have been run
}

// finalizeBit says that a segment is transient.
const finalizeBit = 8

func (a *allocations) reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	rounded := (size + a.page - 1) &^ (a.page - 1)
	if rounded == 0 || rounded < size {
		return 0, fmt.Errorf("%d bytes cannot be reserved", size)
	}
	base, err := mapPages(rounded, near, executor.MemRead|executor.MemWrite)
	if err != nil {
		return 0, fmt.Errorf("reserving %d bytes: %w", size, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.live == nil {
		a.live = map[executor.Addr]*allocation{}
	}
	a.live[base] = &allocation{base: base, size: rounded}
	i, _ := slices.BinarySearch(a.bases, base)
	a.bases = slices.Insert(a.bases, i, base)
	return base, nil
}

// around returns the last base that is not behind an address, 0 if there is none.
func (a *allocations) around(at executor.Addr) executor.Addr {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, found := slices.BinarySearch(a.bases, at)
	if found {
		return at
	}
	if i == 0 {
		return 0
	}
	return a.bases[i-1]
}

// enter finds a reservation for someone who is going to change it.
func (a *allocations) enter(base executor.Addr) *allocation {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.live[base]
	if r == nil || r.busy {
		return nil
	}
	r.busy = true
	return r
}

func (a *allocations) leave(r *allocation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	r.busy = false
}

// unpackFinalize takes a finalize request apart.
func unpackFinalize(u *unpacker) (segments []finalSegment, actions [][2]action) {
	segments = make([]finalSegment, u.count(25))
	for i := range segments {
		s := &segments[i]
		prot := u.u8()
		s.transient = prot&finalizeBit != 0
		s.Prot = executor.MemProt(prot) &^ finalizeBit
		s.Addr, s.Size, s.Content = u.addr(), u.u64(), u.bytes()
	}
	actions = make([][2]action, u.count(32))
	for i := range actions {
		for j := range actions[i] {
			actions[i][j] = action{u.addr(), u.bytes()}
		}
	}
	return segments, actions
}

// finalize fills and protects segments of a reservation, and runs actions. If anything fails what was done is undone in reverse, and the reservation is released.
func (a *allocations) finalize(n *session, segments []finalSegment, actions [][2]action) error {
	if len(segments) == 0 && len(actions) == 0 {
		return nil
	}
	if len(segments) == 0 {
		//lint:ignore ST1005 LLVM's words
		return errors.New("Finalization actions attached to empty finalization request")
	}
	base := segments[0].Addr
	for _, s := range segments {
		base = min(base, s.Addr)
	}
	r := a.enter(base)
	if r == nil {
		//lint:ignore ST1005 LLVM's words
		return fmt.Errorf("Attempt to finalize unrecognized allocation %v", base)
	}
	err := a.check(r, segments)
	if err == nil {
		err = a.install(r, segments)
	}
	if err == nil {
		err = n.runActions(r, actions)
	}
	for _, s := range segments {
		if err == nil && s.transient && s.Size > 0 {
			err = forgetPages(s.pages.from, s.pages.size())
		}
	}
	if err != nil {
		return errors.Join(err, a.drop(n, r, false))
	}
	a.leave(r)
	return nil
}

// check computes the pages of segments, and refuses what does not fit.
func (a *allocations) check(r *allocation, segments []finalSegment) error {
	taken := slices.Clone(r.final)
	for i := range segments {
		s := &segments[i]
		end := s.Addr + executor.Addr(s.Size)
		switch {
		case uint64(len(s.Content)) > s.Size:
			//lint:ignore ST1005 LLVM's words
			return fmt.Errorf("Segment %v content size (%x bytes) exceeds segment size (%x bytes)", s.Addr, len(s.Content), s.Size)
		case end < s.Addr || s.Addr < r.base || end > r.base+executor.Addr(r.size):
			//lint:ignore ST1005 LLVM's words
			return fmt.Errorf("Segment %v -- %v crosses boundary of allocation %v -- %v", s.Addr, end, r.base, r.base+executor.Addr(r.size))
		case s.Prot&executor.MemWrite != 0 && s.Prot&executor.MemExec != 0:
			return fmt.Errorf("segment %v -- %v is to be writable and executable; this executor has no such memory", s.Addr, end)
		case s.Prot > executor.MemRead|executor.MemWrite|executor.MemExec:
			return fmt.Errorf("segment %v -- %v has an unknown protection, %#x", s.Addr, end, uint8(s.Prot))
		}
		if s.Size == 0 {
			s.pages = pageRange{from: s.Addr, to: s.Addr}
			continue
		}
		mask := executor.Addr(a.page - 1)
		s.pages = pageRange{s.Addr &^ mask, (end + mask) &^ mask, s.Prot}
		if s.transient {
			s.pages.prot = 0
		}
		for _, t := range taken {
			if s.pages.from < t.to && t.from < s.pages.to {
				return fmt.Errorf("segment %v -- %v has pages of another one, or was finalized before", s.Addr, end)
			}
		}
		taken = append(taken, s.pages)
	}
	r.final = taken
	return nil
}

func (a *allocations) install(r *allocation, segments []finalSegment) error {
	for i := range segments {
		s := &segments[i]
		if s.Size == 0 {
			continue
		}
		mem := hostMemory(s.pages.from, s.pages.size())
		start := copy(mem[s.Addr-s.pages.from:], s.Content)
		zeroMemory(mem[int(s.Addr-s.pages.from)+start : int(s.Addr-s.pages.from)+int(s.Size)])
		if s.Prot&executor.MemExec != 0 {
			icache.Sync(mem)
		}
		if err := protectPages(s.pages.from, s.pages.size(), s.Prot); err != nil {
			return fmt.Errorf("protecting the segment at %v: %w", s.Addr, err)
		}
	}
	return nil
}

// runActions runs the actions of a reservation, and notes those to be run when it is released.
func (n *session) runActions(r *allocation, actions [][2]action) error {
	for _, pair := range actions {
		if err := n.runAction(pair[0]); err != nil {
			return err
		}
		if pair[1].fn != 0 {
			r.dealloc = append(r.dealloc, pair[1])
		}
	}
	return nil
}

// runAction calls a function that returns an SPSError.
func (n *session) runAction(a action) error {
	if a.fn == 0 {
		return nil
	}
	b, err := n.answer(a.fn, a.args)
	u := unpacker{rest: b}
	if err != nil {
		return err
	}
	if u.bool() {
		err = errors.New(u.string())
	}
	if !u.done() {
		//lint:ignore ST1005 LLVM's words
		err = errors.New("Could not deserialize result from serialized wrapper function call")
	}
	return err
}

// drop releases a reservation that has been entered: its actions are run, the last first, and its memory is unmapped, unless it is to be kept.
func (a *allocations) drop(n *session, r *allocation, keep bool) error {
	var errs []error
	for _, d := range slices.Backward(r.dealloc) {
		errs = append(errs, n.runAction(d))
	}
	errs = append(errs, n.tables.forgetRange(r.base, r.base+executor.Addr(r.size)))
	a.mu.Lock()
	delete(a.live, r.base)
	if i, ok := slices.BinarySearch(a.bases, r.base); ok {
		a.bases = slices.Delete(a.bases, i, i+1)
	}
	a.mu.Unlock()
	if !keep {
		errs = append(errs, unmapPages(r.base, r.size))
	}
	return errors.Join(errs...)
}

// release releases reservations, the last first.
func (a *allocations) release(n *session, bases []executor.Addr, keep bool) error {
	var errs []error
	for _, base := range slices.Backward(bases) {
		if r := a.enter(base); r != nil {
			errs = append(errs, a.drop(n, r, keep))
		} else {
			//lint:ignore ST1005 LLVM's words
			errs = append(errs, fmt.Errorf("No allocation entry found for %v", base))
		}
	}
	return errors.Join(errs...)
}

// releaseAll releases what is left when the session ends.
func (a *allocations) releaseAll(n *session) error {
	var bases []executor.Addr
	a.mu.Lock()
	for base := range a.live {
		bases = append(bases, base)
	}
	a.mu.Unlock()
	return a.release(n, bases, a.pinned.Load())
}

// holds reports whether a range lies in finalized or reserved memory of the session.
func (a *allocations) holds(from, to executor.Addr) bool {
	base := a.around(from)
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.live[base]
	return r != nil && from <= to && to <= base+executor.Addr(r.size)
}
