package gdbremote

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// A registerFile is how a thread's registers are read and written. Stubs differ: gdbserver knows them all at a time only (g, G), lldb-server one by one (p, P) with a packet that
// remembers all, and qemu has the integers in g, and the rest one by one.
type registerFile struct {
	list   []register
	byName map[string]*register
	whole  int    // bytes of the g packet; what is behind is asked for one by one
	way    wayOfG // in which all can be written
	now    []byte // what the g packet would say; nil if that is not known
	proven bool   // registers have been written: it will work
}

type wayOfG uint8

const (
	wayG      wayOfG = iota // G
	wayState                // QSaveRegisterState
	waySingle               // P
)

// use takes the registers of a description.
func (f *registerFile) use(a *arch, list []register) error {
	*f = registerFile{list: list, byName: make(map[string]*register, len(list))}
	for i := range list {
		f.byName[list[i].name] = &list[i]
	}
	for i := range 32 {
		vector := "v" + strconv.Itoa(i)
		if z := f.byName["z"+strconv.Itoa(i)]; z != nil && f.byName[vector] == nil {
			f.byName[vector] = z // of AArch64's SVE, whose low bits it is
		}
	}
	for _, name := range slices.Concat([]string{a.pc, a.sp, a.result}, a.ints) {
		if f.byName[name] == nil {
			return &ProtocolError{"the target's description", "it has no register " + name}
		}
	}
	return nil
}

// A snapshot is the registers of a thread.
type snapshot struct {
	g       []byte         // of the g packet
	singles map[int][]byte // the others, by number
	state   string         // the stub's number of what it remembers, "" if it does not

	restored bool // the thread has them again
}

// save reads the registers of the thread: all, or those that system calls do not keep, which the g packet has.
func (p *Process) save(all bool) (s *snapshot, err error) {
	s = &snapshot{singles: map[int][]byte{}}
	switch p.regs.way {
	case wayState:
		s.state, err = p.saveState()
		return s, err
	case wayG:
		if s.g, err = p.readAll(); err != nil || !all {
			return s, err
		}
	}
	var list []request
	for i := range p.regs.list {
		if r := &p.regs.list[i]; !r.system && r.offset+r.size > len(s.g) {
			single := p.readingSingle(r, func(b []byte) { s.singles[r.num] = b })
			single.optional = true
			list = append(list, single)
		}
	}
	return s, p.askAll(list)
}

// readAll reads the g packet, unless it is known.
func (p *Process) readAll() ([]byte, error) {
	if p.regs.now != nil {
		return p.regs.now, nil
	}
	err := p.askAll([]request{p.readingAll()})
	return p.regs.now, err
}

// readingAll is the request for the g packet.
func (p *Process) readingAll() request {
	return request{op: "reading registers", text: "g", take: func(reply []byte) error {
		g, _, ok := unhex(reply)
		if !ok || len(g) == 0 || p.regs.whole != 0 && len(g) != p.regs.whole {
			return p.fail(&ProtocolError{"g", "the answer is not hexadecimal, or not what it was before"})
		}
		p.regs.whole, p.regs.now = len(g), g
		return nil
	}}
}

// learnWay finds out how registers can be written, by writing what is there.
func (p *Process) learnWay() error {
	for _, way := range []wayOfG{wayG, wayState} {
		p.regs.way = way
		s, err := p.save(false)
		if err == nil {
			err = p.restore(s)
		}
		if err == nil || p.reason != nil {
			return err
		}
	}
	p.regs.way = waySingle
	return nil
}

// saveState has the stub remember the registers.
func (p *Process) saveState() (string, error) {
	request := "QSaveRegisterState"
	reply, err := p.query("saving registers", request)
	if err != nil {
		return "", err
	}
	if _, err := strconv.ParseUint(string(reply), 10, 64); err != nil {
		return "", p.fail(&ProtocolError{request, fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
	}
	return string(reply), nil
}

// restoring are the requests that write all registers that were saved.
func (p *Process) restoring(s *snapshot) (list []request) {
	const op = "restoring registers"
	switch p.regs.way {
	case wayState:
		return []request{{op: op, text: "QRestoreRegisterState:" + s.state}}
	case wayG:
		list = append(list, p.writingAll(op, s.g))
	}
	for _, r := range p.regs.list {
		if b, ok := s.singles[r.num]; ok {
			list = append(list, request{op: op, text: singleRequest(r.num, b), optional: true}) // one that cannot be written has not been changed
		}
	}
	return list
}

// restore writes all registers that were saved.
func (p *Process) restore(s *snapshot) error { return p.askAll(p.restoring(s)) }

// writingAll is a G packet.
func (p *Process) writingAll(op string, g []byte) request {
	p.regs.now = nil
	return request{op: op, text: "G" + hexOf(g), take: func(reply []byte) error {
		if string(reply) != "OK" {
			return p.fail(&ProtocolError{"G", fmt.Sprintf("the answer is %q", reply[:min(len(reply), 40)])})
		}
		p.regs.now = g
		return nil
	}}
}

func singleRequest(num int, b []byte) string { return fmt.Sprintf("P%x=%s", num, hexOf(b)) }

// read returns a register as it is now.
func (p *Process) read(name string) ([]byte, error) {
	r := p.regs.byName[name]
	if r == nil {
		return nil, &UnsupportedError{"reading register " + name, "with that register"}
	}
	if p.regs.way != wayG || r.offset+r.size > p.regs.whole {
		return p.readSingle(r)
	}
	g, err := p.readAll()
	if err != nil {
		return nil, err
	}
	return g[r.offset : r.offset+r.size], nil
}

// saved returns a register of a snapshot as an integer. Only where registers are written so is it known how the g packet lays them out: lldb-server has its own order.
func (p *Process) saved(s *snapshot, r *register) (uint64, error) {
	if p.regs.way == wayG && r.offset+r.size <= len(s.g) {
		return p.arch.number(s.g[r.offset : r.offset+r.size]), nil
	}
	b, err := p.readSingle(r)
	return p.arch.number(b), err
}

// number returns a register as an integer.
func (p *Process) number(name string) (uint64, error) {
	b, err := p.read(name)
	return p.arch.number(b), err
}

// change is the registers that a call changes.
type changes map[string][]byte

// number sets a register to an integer.
func (c changes) number(a *arch, name string, n uint64) { c[name] = a.append(nil, n, a.word) }

// writing are the requests that change registers of a thread whose others are those of the snapshot.
func (p *Process) writing(s *snapshot, c changes) (list []request, err error) {
	const op = "writing registers"
	g := bytes.Clone(s.g)
	for name, b := range c {
		r := p.regs.byName[name]
		if r == nil {
			return nil, &UnsupportedError{op, "with a register " + name}
		}
		if p.regs.way != wayG || r.offset+r.size > len(s.g) {
			list = append(list, request{op: op, text: singleRequest(r.num, p.arch.sized(b, r.size))})
			continue
		}
		copy(g[r.offset:], p.arch.sized(b, r.size))
	}
	if p.regs.way == wayG {
		list = append(list, p.writingAll(op, g))
	}
	return list, nil
}

// sized returns a number in so many bytes.
func (a *arch) sized(b []byte, size int) []byte {
	all := make([]byte, size)
	if a.big {
		copy(all[max(0, size-len(b)):], b[max(0, len(b)-size):])
	} else {
		copy(all, b)
	}
	return all
}

func (p *Process) readSingle(r *register) ([]byte, error) {
	var b []byte
	err := p.askAll([]request{p.readingSingle(r, func(value []byte) { b = value })})
	return b, err
}

// readingSingle is the request for a register.
func (p *Process) readingSingle(r *register, take func(b []byte)) request {
	return request{op: "reading register " + r.name, text: fmt.Sprintf("p%x", r.num), take: func(reply []byte) error {
		b, _, ok := unhex(reply)
		if !ok || len(b) == 0 || len(b) > maxRegisterBytes {
			return p.fail(&ProtocolError{"p", fmt.Sprintf("the answer for register %s makes no sense", r.name)})
		}
		take(p.arch.sized(b, r.size))
		return nil
	}}
}

// readingNumbers are the requests for registers as integers.
func (p *Process) readingNumbers(results map[string]*uint64) (list []request, err error) {
	var fromAll []func()
	for name, result := range results {
		r := p.regs.byName[name]
		if r == nil {
			return nil, &UnsupportedError{"reading register " + name, "with that register"}
		}
		if p.regs.way != wayG || r.offset+r.size > p.regs.whole {
			list = append(list, p.readingSingle(r, func(b []byte) { *result = p.arch.number(b) }))
			continue
		}
		fromAll = append(fromAll, func() { *result = p.arch.number(p.regs.now[r.offset : r.offset+r.size]) })
	}
	if len(fromAll) == 0 {
		return list, nil
	}
	all := p.readingAll()
	whole := all.take
	all.take = func(reply []byte) error {
		err := whole(reply)
		for _, take := range fromAll {
			if err == nil {
				take()
			}
		}
		return err
	}
	return append(list, all), nil
}
