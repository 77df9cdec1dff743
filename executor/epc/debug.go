package epc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gomcjit/gomcjit/executor"
)

// Debuggers read a list of objects in the process that they look at, and are told of changes by a breakpoint ("Debugging with GDB", JIT Compilation Interface).

// RegisterDebugObject tells debuggers that trace the executor of an object file, which lies in its memory: see package gdbjit.
func (p *Process) RegisterDebugObject(at executor.Addr, size uint64) error {
	const op = "registering an object with debuggers"
	args := packer{}
	args.addr(at)
	args.u64(uint64(at) + size)
	p.debug.Lock()
	defer p.debug.Unlock()
	name := nameRegisterGDB
	if _, ok := p.symbols[name]; ok {
		return p.succeed(op, name, args)
	}
	found, err := p.Lookup(name)
	if err != nil {
		return err
	}
	if found[0] == 0 {
		return &ServiceError{op, name}
	}
	b, err := p.timed(op, found[0], args)
	if err != nil {
		return err
	}
	u := &unpacker{rest: b}
	if u.bool() {
		return p.refusal(op, u)
	}
	return p.check(op, u)
}

// DeregisterDebugObject makes debuggers forget an object. LLVM's executors have no service for that: the list is changed in their memory, and the debuggers' function called. The error is a *ServiceError if
// that cannot be done: the processor is another one than x86-64, or the list cannot be found.
func (p *Process) DeregisterDebugObject(at executor.Addr, size uint64) error {
	const op = "making debuggers forget an object"
	p.debug.Lock()
	defer p.debug.Unlock()
	if _, ok := p.symbols[nameDeregisterGDB]; !ok {
		return p.unlinkDebugObject(op, at)
	}
	args := packer{}
	args.addr(at)
	args.u64(uint64(at) + size)
	return p.succeed(op, nameDeregisterGDB, args)
}

// The structures of the interface on x86-64. A descriptor: version and action (32 bits each), the entry that is about, the first one. An entry: next, previous, the object's address and size.
const (
	debugAction    = 4
	debugFirst     = 16
	debugEntrySize = 32
	debugUnlink    = 2 // JIT_UNREGISTER_FN
)

var errDebugList = errors.New("epc: the executor's list of objects for debuggers makes no sense")

// unlinkDebugObject does what an executor does for itself that can forget.
func (p *Process) unlinkDebugObject(op string, object executor.Addr) error {
	const descriptor, function = "__jit_debug_descriptor", "__jit_debug_register_code"
	if !strings.HasPrefix(p.triple, "x86_64") {
		return &ServiceError{op, nameDeregisterGDB}
	}
	found, err := p.Lookup(descriptor, function, "free")
	if err != nil {
		return err
	}
	if found[0] == 0 || found[1] == 0 {
		return &ServiceError{op, nameDeregisterGDB}
	}
	at, entry, err := p.findDebugEntry(found[0], object)
	if err != nil {
		return err
	}
	next, previous := entry[0], entry[1]
	link := found[0] + debugFirst
	if previous != 0 {
		link = previous // its first word
	}
	err = p.WriteMemory(link, words(next))
	if err == nil && next != 0 {
		err = p.WriteMemory(next+8, words(previous))
	}
	if err == nil {
		err = p.WriteMemory(found[0]+debugAction, append([]byte{debugUnlink, 0, 0, 0}, words(at)...))
	}
	if err == nil {
		err = p.briefly(found[1])
	}
	if err == nil && found[2] != 0 {
		err = p.briefly(found[2], executor.PointerValue(at)) // the entry itself is of the executor's operator new
	}
	return err
}

// briefly calls a function that takes no time. If it does the connection is closed, since nobody could end the function.
func (p *Process) briefly(fn executor.Addr, args ...executor.Value) error {
	ctx, cancel := context.WithTimeout(context.Background(), p.opts.timeout)
	defer cancel()
	_, err := p.CallValues(ctx, fn, executor.Integer, args...)
	if errors.Is(err, context.DeadlineExceeded) {
		err = p.link.end(ErrTimeout)
	}
	return err
}

// findDebugEntry finds the entry of an object, and returns its words. The list may have no end: the walk has the time of WithTimeout.
func (p *Process) findDebugEntry(descriptor, object executor.Addr) (at executor.Addr, entry [3]executor.Addr, err error) {
	b, err := p.ReadMemory(descriptor+debugFirst, 8)
	if err != nil {
		return 0, entry, err
	}
	at = executor.Addr(binary.LittleEndian.Uint64(b))
	for end := time.Now().Add(p.opts.timeout); at != 0; {
		if time.Now().After(end) {
			return 0, entry, fmt.Errorf("%w: it has no end", errDebugList)
		}
		if b, err = p.ReadMemory(at, debugEntrySize); err != nil {
			return 0, entry, err
		}
		for i := range entry {
			entry[i] = executor.Addr(binary.LittleEndian.Uint64(b[8*i:]))
		}
		if entry[2] == object {
			return at, entry, nil
		}
		at = entry[0]
	}
	return 0, entry, errDebugList
}

// words are addresses as they lie in memory of x86-64.
func words(list ...executor.Addr) []byte {
	var p packer
	for _, a := range list {
		p.addr(a)
	}
	return p
}
