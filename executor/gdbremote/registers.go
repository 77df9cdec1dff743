package gdbremote

import (
	"bytes"
	"errors"
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
	for i := range p.regs.list {
		r := &p.regs.list[i]
		if r.system || r.offset+r.size <= len(s.g) {
			continue
		}
		b, err := p.readSingle(r)
		var refused *RemoteError
		switch {
		case err == nil:
			s.singles[r.num] = b
		case !errors.As(err, &refused):
			return nil, err
		}
	}
	return s, nil
}

// readAll reads the g packet.
func (p *Process) readAll() ([]byte, error) {
	reply, err := p.query("reading registers", "g")
	if err != nil {
		return nil, err
	}
	g, _, ok := unhex(reply)
	if !ok || p.regs.whole != 0 && len(g) != p.regs.whole {
		return nil, p.fail(&ProtocolError{"g", "the answer is not hexadecimal, or not what it was before"})
	}
	p.regs.whole = len(g)
	return g, nil
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

// restore writes all registers that were saved.
func (p *Process) restore(s *snapshot) error {
	const op = "restoring registers"
	switch p.regs.way {
	case wayState:
		return p.command(op, "QRestoreRegisterState:"+s.state)
	case wayG:
		if err := p.command(op, "G"+hexOf(s.g)); err != nil {
			return err
		}
	}
	for _, r := range p.regs.list {
		if b, ok := s.singles[r.num]; ok {
			if err := p.writeSingle(r.num, b); err != nil && p.reason != nil {
				return err // one that cannot be written has not been changed
			}
		}
	}
	return nil
}

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
		return littleEndian(s.g[r.offset : r.offset+r.size]), nil
	}
	b, err := p.readSingle(r)
	return littleEndian(b), err
}

// number returns a register as an integer.
func (p *Process) number(name string) (uint64, error) {
	b, err := p.read(name)
	return littleEndian(b), err
}

// change is the registers that a call changes.
type changes map[string][]byte

// number sets a register to an integer.
func (c changes) number(a *arch, name string, n uint64) { c[name] = appendLittleEndian(nil, n, a.word) }

// write changes registers of a thread whose others are those of the snapshot.
func (p *Process) write(s *snapshot, c changes) error {
	const op = "writing registers"
	g := bytes.Clone(s.g)
	singles := map[*register][]byte{}
	for name, b := range c {
		r := p.regs.byName[name]
		if r == nil {
			return &UnsupportedError{op, "with a register " + name}
		}
		if p.regs.way != wayG || r.offset+r.size > len(s.g) {
			singles[r] = sized(b, r.size)
			continue
		}
		copy(g[r.offset:], sized(b, r.size))
	}
	if p.regs.way == wayG {
		if err := p.command(op, "G"+hexOf(g)); err != nil {
			return err
		}
	}
	for r, b := range singles {
		if err := p.writeSingle(r.num, b); err != nil {
			return err
		}
	}
	return nil
}

// sized returns a little-endian number in so many bytes.
func sized(b []byte, size int) []byte {
	all := make([]byte, size)
	copy(all, b)
	return all
}

func (p *Process) readSingle(r *register) ([]byte, error) {
	reply, err := p.query("reading register "+r.name, fmt.Sprintf("p%x", r.num))
	if err != nil {
		return nil, err
	}
	b, _, ok := unhex(reply)
	if !ok || len(b) == 0 || len(b) > maxRegisterBytes {
		return nil, p.fail(&ProtocolError{"p", fmt.Sprintf("the answer for register %s makes no sense", r.name)})
	}
	return sized(b, r.size), nil
}

func (p *Process) writeSingle(num int, b []byte) error {
	return p.command("writing a register", fmt.Sprintf("P%x=%s", num, hexOf(b)))
}
