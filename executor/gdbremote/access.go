package gdbremote

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// ReadMemory implements executor.MemoryAccess.
func (p *Process) ReadMemory(at executor.Addr, n uint64) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.readAt(at, n)
}

// WriteMemory implements executor.MemoryAccess. Most stubs write where the process cannot, too.
func (p *Process) WriteMemory(at executor.Addr, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writeAt(at, b)
}

// maxRead is the most that is read at a time, in bytes: memory here is in proportion to what a client asks for.
const maxRead = 1 << 30

// readAt reads memory, as much at a time as packets have room for.
func (p *Process) readAt(at executor.Addr, n uint64) ([]byte, error) {
	op := fmt.Sprintf("reading %d bytes at %v", n, at)
	if n > maxRead {
		return nil, fmt.Errorf("gdbremote: %s: that is too much", op)
	}
	var all []byte
	for uint64(len(all)) < n {
		step := min(n-uint64(len(all)), uint64(p.packet/2-8))
		reply, err := p.query(op, fmt.Sprintf("m%x,%x", p.address(at, uint64(len(all))), step))
		if err != nil {
			return nil, err
		}
		b, known, ok := unhex(reply)
		if !ok || uint64(len(b)) > step {
			return nil, p.fail(&ProtocolError{"m", "the answer is not what was asked for"})
		}
		if len(b) == 0 || !known {
			return nil, &RemoteError{op, "none: some of it is not there"}
		}
		all = append(all, b...)
	}
	return all, nil
}

// address is a place behind another one: a target of 32 bits has no higher ones.
func (p *Process) address(at executor.Addr, behind uint64) uint64 {
	a := uint64(at) + behind
	if p.arch.word == 4 {
		a &= 1<<32 - 1
	}
	return a
}

// writeAt writes memory: binary if the stub takes that, which is half as long.
func (p *Process) writeAt(at executor.Addr, b []byte) error {
	op := fmt.Sprintf("writing %d bytes at %v", len(b), at)
	for done := 0; done < len(b); {
		size := p.packet/2 - 24
		if p.binary {
			size = p.binarySize(b[done:])
		}
		part := b[done:min(done+size, len(b))]
		request := fmt.Sprintf("%x,%x:", p.address(at, uint64(done)), len(part))
		if p.binary {
			request = "X" + request + string(part)
		} else {
			request = "M" + request + hexOf(part)
		}
		if err := p.command(op, request); err != nil {
			return err
		}
		done += len(part)
	}
	return nil
}

// binarySize is how many bytes have room in a packet, in which some are two.
func (p *Process) binarySize(b []byte) int {
	room := p.packet - 40
	for i, c := range b {
		if c == '$' || c == '#' || c == escape || c == repeat {
			room--
		}
		if room--; room < 2 {
			return i + 1
		}
	}
	return len(b)
}

// swap writes memory, and returns what puts back what was there. The error says that nothing is written, or that it cannot be.
func (p *Process) swap(at executor.Addr, b []byte) (back func() error, err error) {
	before, err := p.readAt(at, uint64(len(b)))
	if err != nil {
		return nil, err
	}
	back = func() error { return p.writeAt(at, before) }
	if err := p.writeAt(at, b); err != nil {
		return nil, err
	}
	now, err := p.readAt(at, uint64(len(b)))
	if err == nil && string(now) != string(b) {
		err = &RemoteError{fmt.Sprintf("writing %d bytes at %v", len(b), at), "none: they are not there afterwards"}
	}
	if err != nil && p.reason == nil {
		return nil, errors.Join(err, back())
	}
	return back, err
}
