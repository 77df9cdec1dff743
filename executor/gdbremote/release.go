package gdbremote

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/slabs"
)

// Release implements executor.Memory. What the stub or the system has refused to take back is still there, and can be released again. A base
// that is named twice is released once, and is an error.
func (p *Process) Release(bases ...executor.Addr) error {
	defer p.turn()()
	return p.release(bases...)
}

// An unmapping is a system call that unmaps a part of a reservation.
type unmapping struct {
	*systemCall
	base executor.Addr
	part slabs.Range
}

func (p *Process) release(bases ...executor.Addr) error {
	if p.reason != nil {
		return p.reason
	}
	m := &p.memory
	var errs []error
	var packets []request
	var calls []*systemCall
	var unmappings []unmapping
	seen := make(map[executor.Addr]bool, len(bases))
	for _, base := range bases {
		if seen[base] { // what is not given back yet could be found again
			errs = append(errs, fmt.Errorf("gdbremote: the reservation at %v is released twice", base))
			continue
		}
		seen[base] = true
		l, ok := m.give(base, p.opts.end != 0)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("gdbremote: there is no reservation at %v", base))
		case l.packet:
			packets = append(packets, p.releasing(base, l))
		}
		for _, r := range l.ranges {
			call := &systemCall{name: "munmap", number: p.arch.syscall.munmap, args: []uint64{r.Base, r.Size}}
			calls = append(calls, call)
			unmappings = append(unmappings, unmapping{call, base, r})
		}
	}
	errs = append(errs, p.askAll(packets))
	if len(calls) > 0 {
		errs = append(errs, p.systems(nil, calls...))
	}
	for _, u := range unmappings {
		if u.err != nil || !u.made {
			l := m.left[u.base]
			l.ranges = append(l.ranges, u.part)
			m.keep(u.base, l)
		}
	}
	return errors.Join(errs...)
}

// give takes a reservation out of the accounts, and returns what is to be given back: nothing in a range.
func (m *memory) give(base executor.Addr, inRange bool) (l leftover, ok bool) {
	i := slices.IndexFunc(m.reservations, func(r reservation) bool { return r.base == base })
	if i < 0 {
		l, ok = m.left[base]
		delete(m.left, base)
		return l, ok
	}
	r := m.reservations[i]
	m.reservations = slices.Delete(m.reservations, i, i+1)
	if inRange || r.packet {
		return leftover{packet: r.packet}, true
	}
	parts, carved := m.slabs.Give(uint64(r.base), r.size)
	if !carved {
		parts = []slabs.Range{{Base: uint64(r.base), Size: r.size}}
	}
	return leftover{ranges: parts}, true
}

// keep notes that something is still there.
func (m *memory) keep(base executor.Addr, l leftover) {
	if m.left == nil {
		m.left = map[executor.Addr]leftover{}
	}
	m.left[base] = l
}

// releasing is the request that gives memory of the stub's back. It is still there unless the stub says otherwise.
func (p *Process) releasing(base executor.Addr, l leftover) request {
	p.memory.keep(base, l)
	text := fmt.Sprintf("_m%x", uint64(base))
	return request{op: fmt.Sprintf("releasing the memory at %v", base), text: text, take: func(reply []byte) error {
		delete(p.memory.left, base)
		return p.accepted(text, reply)
	}}
}
