package gdbremote

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// A memory is what has been got of the target's.
type memory struct {
	page         uint64
	packets      bool // the stub knows _M and _m, as far as is known
	reservations []reservation
	left         map[executor.Addr]leftover // of those that were released, what is still there
	slabs        slabs.Slabs                // of which small ones are parts
	noFlush      bool                       // Linux has no system call that makes instruction fetch see code

	helper     executor.Addr // code of this package; 0 if it is not there
	helperSize uint64        // bytes
	back       executor.Addr // in it: to which functions return
	pop        executor.Addr // in it: to which they return with a number on the x87's stack
	flush      executor.Addr // in it: a function; 0 if there is none
	found      executor.Addr // an instruction for system calls in the program; 0 if none was looked for
	unstop     func() error  // removes the breakpoint at back
	restore    func() error  // puts back what was there, in a range

	start, end executor.Addr // of the range for modules
	stack      executor.Addr // of calls, in a range; 0 is the thread's
}

// A reservation is memory of modules.
type reservation struct {
	base      executor.Addr
	size      uint64
	packet    bool // got by _M
	installed bool
}

// A leftover is memory that could not be given back.
type leftover struct {
	packet bool          // it was got by _M
	ranges []slabs.Range // to be unmapped if not
}

// rangeUnit is the unit of memory in a range, which cannot be protected: a line of instruction caches.
const rangeUnit = 64

// prepareMemory decides where memory comes from.
func (p *Process) prepareMemory() error {
	m := &p.memory
	m.page = cmp.Or(p.auxv[auxPage], 4096)
	m.packets = true
	if p.opts.end == 0 {
		return nil
	}
	m.page = rangeUnit
	size := uint64(p.opts.end - p.opts.start)
	if p.opts.end < p.opts.start || size < leastRange {
		return fmt.Errorf("gdbremote: the range from %v to %v has less than %d bytes", p.opts.start, p.opts.end, leastRange)
	}
	m.stack = p.opts.end &^ 15
	m.start = (p.opts.start + helperSize + rangeUnit - 1) &^ (rangeUnit - 1)
	m.end = (m.stack - executor.Addr(min(size/4, maxRangeStack))) &^ (rangeUnit - 1)
	return nil
}

// Sizes in a range, in bytes.
const (
	leastRange    = 4096
	maxRangeStack = 64 << 10
	helperSize    = 128
)

// helpInRange writes the helper at the beginning of the range.
func (p *Process) helpInRange() error {
	at := (p.opts.start + 7) &^ 7
	code, places := p.helperCode()
	restore, err := p.swap(at, code)
	if err != nil {
		return err
	}
	if err := p.settle(at, places); err != nil {
		if p.reason == nil {
			err = errors.Join(err, restore())
		}
		return err
	}
	p.memory.restore = restore
	return nil
}

// PageSize implements executor.Memory. In a range (WithRange) nothing is protected, and it is 64.
func (p *Process) PageSize() uint64 { return p.memory.page }

// Reserve implements executor.Memory: in the range of WithRange, or by the stub (_M, which takes no hint), or by mmap in the target. Errors are also ErrRangeFull, ErrNoMemory, and *SystemError.
func (p *Process) Reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	defer p.turn()()
	if p.reason != nil {
		return 0, p.reason
	}
	return p.reserve(size, near)
}

func (p *Process) reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	m := &p.memory
	if size == 0 || size%m.page != 0 {
		return 0, fmt.Errorf("gdbremote: a reservation of %d bytes is not one of pages of %d", size, m.page)
	}
	r := reservation{size: size}
	var err error
	switch {
	case p.opts.end != 0:
		r.base, err = m.inRange(size)
	case !p.linux():
		err = ErrNoMemory
	default:
		if r.base, r.packet, err = p.reserveByPacket(size); err == nil && !r.packet {
			r.base, err = p.carve(size, near)
		}
	}
	if err != nil {
		return 0, err
	}
	if bad := m.check(r); bad != "" {
		return 0, p.fail(&ProtocolError{"memory of the target", bad})
	}
	delete(m.left, r.base) // which has gone then, whoever has taken it
	m.reservations = append(m.reservations, r)
	slices.SortFunc(m.reservations, func(a, b reservation) int { return cmp.Compare(a.base, b.base) })
	return r.base, nil
}

// check says why a reservation cannot be where the target says that it is.
func (m *memory) check(r reservation) string {
	end := r.base + executor.Addr(r.size)
	if r.base == 0 || uint64(r.base)%m.page != 0 || end < r.base {
		return fmt.Sprintf("%d bytes cannot be at %v", r.size, r.base)
	}
	for _, other := range m.reservations {
		if r.base < other.base+executor.Addr(other.size) && other.base < end {
			return fmt.Sprintf("%d bytes at %v are those of another reservation", r.size, r.base)
		}
	}
	return ""
}

// inRange finds the first place that has room.
func (m *memory) inRange(size uint64) (executor.Addr, error) {
	at := m.start
	for _, r := range m.reservations {
		if uint64(r.base-at) >= size {
			return at, nil
		}
		at = r.base + executor.Addr(r.size)
	}
	if at > m.end || uint64(m.end-at) < size {
		return 0, fmt.Errorf("%w: %d bytes are wanted", ErrRangeFull, size)
	}
	return at, nil
}

// reserveByPacket asks the stub, as long as it is not known to know no such packet.
func (p *Process) reserveByPacket(size uint64) (at executor.Addr, ok bool, err error) {
	if !p.memory.packets {
		return 0, false, nil
	}
	reply, err := p.query("allocating memory", fmt.Sprintf("_M%x,rw", size))
	if err != nil {
		p.memory.packets = false // those who know it refuse it for processors that they cannot do it on
		return 0, false, p.reason
	}
	n, err := strconv.ParseUint(string(reply), 16, 64)
	if err != nil {
		return 0, false, p.fail(&ProtocolError{"_M", fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
	}
	return executor.Addr(n), true, nil
}

// carve takes small reservations from larger ones, which cost a system call each.
func (p *Process) carve(size uint64, near executor.Addr) (executor.Addr, error) {
	s := &p.memory.slabs
	if !slabs.Carves(size) || slabs.Size%p.memory.page != 0 {
		return p.reserveBySystem(size, near)
	}
	if at, ok := s.Take(size, uint64(near)); ok {
		return executor.Addr(at), nil
	}
	base, err := p.reserveBySystem(slabs.Size, near)
	if errors.As(err, new(*SystemError)) { // a process that may not have so much
		return p.reserveBySystem(size, near)
	}
	if err != nil {
		return 0, err
	}
	if bad := p.memory.check(reservation{base: base, size: slabs.Size}); bad != "" {
		return 0, p.fail(&ProtocolError{"memory of the target", bad})
	}
	s.Add(uint64(base))
	at, _ := s.TakeIn(uint64(base), size)
	return executor.Addr(at), nil
}

func (p *Process) reserveBySystem(size uint64, near executor.Addr) (executor.Addr, error) {
	if p.arch.word == 4 && size > 1<<31 {
		return 0, fmt.Errorf("gdbremote: %d bytes are more than a process of 32 bits can have", size)
	}
	hint := uint64(near) &^ (p.memory.page - 1)
	n, err := p.system("mmap", p.arch.syscall.mmap, hint, size, protRead|protWrite, mapPrivate|mapAnonymous, minusOne, 0)
	return executor.Addr(n), err
}

// Install implements executor.Memory. Nothing that has ever been executable is written: contents come first, then protection, then what makes instruction fetch see code.
func (p *Process) Install(base executor.Addr, segments []executor.Segment) error {
	defer p.turn()()
	if p.reason != nil {
		return p.reason
	}
	i := slices.IndexFunc(p.memory.reservations, func(r reservation) bool { return r.base == base })
	if i < 0 {
		return fmt.Errorf("gdbremote: there is no reservation at %v", base)
	}
	err := p.install(&p.memory.reservations[i], segments)
	if err != nil && p.reason == nil {
		err = errors.Join(fmt.Errorf("installing the memory at %v: %w", base, err), p.release(base))
	}
	return err
}

func (p *Process) install(r *reservation, segments []executor.Segment) error {
	if r.installed {
		return errors.New("it has been installed before")
	}
	r.installed = true
	for i := range segments {
		if err := p.checkSegment(r, &segments[i]); err != nil {
			return err
		}
	}
	before, err := p.fill(segments)
	if err != nil {
		return err
	}
	err = p.protect(before, segments)
	for i := range segments {
		if s := &segments[i]; err == nil && s.Prot&executor.MemExec != 0 && s.Size > 0 && (len(p.flushing(s)) == 0) {
			err = p.synchronize(s.Addr, s.Size)
		}
	}
	return err
}

func (p *Process) checkSegment(r *reservation, s *executor.Segment) error {
	if s.Addr < r.base || s.Size > r.size || uint64(s.Addr-r.base) > r.size-s.Size || uint64(len(s.Content)) > s.Size || uint64(s.Addr)%p.memory.page != 0 || s.Size%p.memory.page != 0 {
		return fmt.Errorf("a segment of %d bytes at %v is not one of pages of the reservation", s.Size, s.Addr)
	}
	if s.Prot&(executor.MemWrite|executor.MemExec) == executor.MemWrite|executor.MemExec {
		return fmt.Errorf("the segment at %v is to be both writable and executable", s.Addr)
	}
	return nil
}

// fill writes contents. What Linux gives is zero, and a range may have been used before. What is little is not written yet, but returned as requests.
func (p *Process) fill(segments []executor.Segment) (list []request, err error) {
	const little = 64 << 10
	total := 0
	for i := range segments {
		s := &segments[i]
		content := s.Content
		if p.opts.end != 0 {
			content = append(slices.Clone(content), make([]byte, s.Size-uint64(len(content)))...)
		}
		if total += len(content); total > little {
			if err := errors.Join(p.askAll(list), p.writeAt(s.Addr, content)); err != nil {
				return nil, err
			}
			list = nil
			continue
		}
		list = append(list, p.writingAt(s.Addr, content)...)
	}
	return list, nil
}

// protect makes requests, protects segments and has Linux make instruction fetch see code.
func (p *Process) protect(before []request, segments []executor.Segment) error {
	var calls, flushes []*systemCall
	for i := range segments {
		s := &segments[i]
		if p.opts.end == 0 && s.Prot != executor.MemRead|executor.MemWrite && s.Size > 0 {
			calls = append(calls, &systemCall{name: "mprotect", number: p.arch.syscall.mprotect, args: []uint64{uint64(s.Addr), s.Size, protection(s.Prot)}})
		}
		if s.Prot&executor.MemExec != 0 && s.Size > 0 {
			flushes = append(flushes, p.flushing(s)...)
		}
	}
	err := p.systems(before, append(calls, flushes...)...)
	var failed *SystemError
	if len(flushes) > 0 && errors.As(err, &failed) && failed.Call == flushes[0].name { // a Linux without it
		p.memory.noFlush, err = true, nil
	}
	return err
}
