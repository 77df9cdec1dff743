package gdbremote

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// ReadMemory implements executor.MemoryAccess.
func (p *Process) ReadMemory(at executor.Addr, n uint64) ([]byte, error) {
	defer p.turn()()
	return p.readAt(at, n)
}

// WriteMemory implements executor.MemoryAccess. Most stubs write where the process cannot, too.
func (p *Process) WriteMemory(at executor.Addr, b []byte) error {
	defer p.turn()()
	return p.writeAt(at, b)
}

// CanPatch implements executor.Patcher. Whether a stub writes what the target cannot is seen by trying.
func (p *Process) CanPatch() bool { return true }

// Patch implements executor.Patcher: the target stands still, and stubs write where it cannot. Those that do not (qemu-user) have a *RemoteError.
func (p *Process) Patch(at executor.Addr, b []byte, code bool) error {
	defer p.turn()()
	if p.reason != nil {
		return p.reason
	}
	if _, err := p.swap(at, b); err != nil {
		return err
	}
	if !code {
		return nil
	}
	return p.synchronize(at, uint64(len(b)))
}

// maxRead is the most that is read at a time, in bytes: memory here is in proportion to what a client asks for.
const maxRead = 1 << 30

// readAt reads memory, as much at a time as packets have room for, and many packets in a round trip.
func (p *Process) readAt(at executor.Addr, n uint64) ([]byte, error) {
	op := fmt.Sprintf("reading %d bytes at %v", n, at)
	if n > maxRead {
		return nil, fmt.Errorf("gdbremote: %s: that is too much", op)
	}
	var all []byte
	ahead := p.readAhead()
	for uint64(len(all)) < n {
		before := len(all)
		var list []request
		for next := uint64(before); next < n && len(list) < ahead; {
			start, step := next, min(n-next, uint64(p.packet/2-8))
			list = append(list, request{op: op, text: fmt.Sprintf("m%x,%x", p.address(at, start), step), take: func(reply []byte) error {
				b, known, ok := unhex(reply)
				if !ok || uint64(len(b)) > step {
					return p.fail(&ProtocolError{"m", "the answer is not what was asked for"})
				}
				if len(b) == 0 || !known {
					return &RemoteError{op, "none: some of it is not there"}
				}
				if uint64(len(all)) == start { // or an answer before was short, and what comes next is asked for again
					all = append(all, b...)
				}
				if uint64(len(b)) < step {
					ahead = 1 // so that nothing is moved for nothing
				}
				return nil
			}})
			next += step
		}
		if err := p.askAll(list); err != nil && (len(all) == before || p.reason != nil) {
			return nil, err
		}
	}
	return all, nil
}

// readAhead is how many packets are read in a round trip. Answers are larger than requests, and nobody is to have more of them in memory than a few packets.
func (p *Process) readAhead() int {
	return max(1, min(maxPending, (256<<10)/p.packet))
}

// address is a place behind another one: a target of 32 bits has no higher ones.
func (p *Process) address(at executor.Addr, behind uint64) uint64 {
	a := uint64(at) + behind
	if p.arch.word == 4 {
		a &= 1<<32 - 1
	}
	return a
}

// writeAt writes memory, many packets in a round trip.
func (p *Process) writeAt(at executor.Addr, b []byte) error {
	const window = 1 << 20 // bytes that are packets here at a time
	for done := 0; done < len(b); {
		part := b[done:min(done+window, len(b))]
		if err := p.askAll(p.writingAt(at+executor.Addr(done), part)); err != nil {
			return err
		}
		done += len(part)
	}
	return nil
}

// writingAt are the requests that write memory: binary if the stub takes that, which is half as long.
func (p *Process) writingAt(at executor.Addr, b []byte) (list []request) {
	op := fmt.Sprintf("writing %d bytes at %v", len(b), at)
	for done := 0; done < len(b); {
		size := p.packet/2 - 24
		if p.binary {
			size = p.binarySize(b[done:])
		}
		part := b[done:min(done+size, len(b))]
		text := fmt.Sprintf("%x,%x:", p.address(at, uint64(done)), len(part))
		if p.binary {
			text = "X" + text + string(part)
		} else {
			text = "M" + text + hexOf(part)
		}
		list = append(list, request{op: op, text: text})
		done += len(part)
	}
	return list
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
