package ptrace

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// GDB's interface for code that is made at run time (GDB manual, "JIT Compilation Interface"): a list of object files in the process, of which debuggers are told by a call of a function that does nothing. A process that
// a debugger traces cannot be traced by this package; debuggers that come later read the list.

const (
	debugDescriptor = "__jit_debug_descriptor"    // struct jit_descriptor
	debugFunction   = "__jit_debug_register_code" // where debuggers have a breakpoint
)

// Layout of struct jit_descriptor and of struct jit_code_entry, for 64 bits.
const (
	descriptorAction   = 4 // 32 bits
	descriptorRelevant = 8
	descriptorFirst    = 16

	entryNext = 0
	entryPrev = 8
	entryFile = 16
	entrySize = 24
	entryLen  = 32
)

// Actions of struct jit_descriptor.
const (
	debugRegister   = 1
	debugUnregister = 2
)

// HasDebugInterface reports whether the process has what RegisterDebugObject needs.
func (p *Process) HasDebugInterface() bool {
	_, _, err := p.debugInterface()
	return err == nil
}

func (p *Process) debugInterface() (descriptor, function executor.Addr, err error) {
	for name, at := range map[string]*executor.Addr{debugDescriptor: &descriptor, debugFunction: &function} {
		if *at, err = p.lookupPlain(name); err != nil {
			return 0, 0, err
		}
		if *at == 0 {
			return 0, 0, &Error{Err: fmt.Errorf("%w: %s", ErrNoFunction, name), Hint: "no debugger can be told of code in it"}
		}
	}
	return descriptor, function, nil
}

// RegisterDebugObject tells debuggers of an object file in the process's memory, which stays there until it is forgotten. The process must not change the list meanwhile: programs with a code generator of their own might.
// The reason of the error is ErrNoFunction if the process has no such list.
func (p *Process) RegisterDebugObject(at executor.Addr, size uint64) error {
	const op = "registering an object with debuggers"
	descriptor, function, err := p.debugInterface()
	if err != nil {
		return p.fail(op, err)
	}
	p.debugging.Lock()
	defer p.debugging.Unlock()
	first, err := p.word(descriptor + descriptorFirst)
	if err != nil {
		return p.fail(op, err)
	}
	entry := make([]byte, entryLen)
	binary.NativeEndian.PutUint64(entry[entryNext:], first)
	binary.NativeEndian.PutUint64(entry[entryFile:], uint64(at))
	binary.NativeEndian.PutUint64(entry[entrySize:], size)
	where, err := p.copyIn(entry)
	if err != nil {
		return err
	}
	neighbour := executor.Addr(first) + entryPrev
	err = p.setNext(neighbour, first != 0, where)
	if err == nil {
		err = p.setWord(descriptor+descriptorFirst, where)
	}
	if err == nil {
		err = p.tellDebuggers(descriptor, function, where, debugRegister)
	}
	if err != nil {
		// The caller takes the object back, so that the list must not have it.
		if undone := firstOf(p.setWord(descriptor+descriptorFirst, executor.Addr(first)), p.setNext(neighbour, first != 0, 0)); undone == nil {
			_ = p.Release(where) // the first error says more
		}
		return p.fail(op, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.debugEntries == nil {
		p.debugEntries = map[executor.Addr]executor.Addr{}
	}
	p.debugEntries[at] = where
	return nil
}

// DeregisterDebugObject makes debuggers forget an object.
func (p *Process) DeregisterDebugObject(at executor.Addr, _ uint64) error {
	op := fmt.Sprintf("making debuggers forget the object at %v", at)
	p.debugging.Lock()
	defer p.debugging.Unlock()
	p.mu.Lock()
	where, ok := p.debugEntries[at]
	delete(p.debugEntries, at)
	p.mu.Unlock()
	if !ok {
		return p.fail(op, ErrUnknownReservation)
	}
	descriptor, function, err := p.debugInterface()
	if err != nil {
		return p.fail(op, err)
	}
	next, err1 := p.word(where + entryNext)
	previous, err2 := p.word(where + entryPrev)
	if err := firstOf(err1, err2); err != nil {
		return p.fail(op, err)
	}
	before := descriptor + descriptorFirst
	if previous != 0 {
		before = executor.Addr(previous) + entryNext
	}
	if err := p.setWord(before, executor.Addr(next)); err != nil {
		return p.fail(op, err) // the list has the entry still
	}
	err = firstOf(p.setNext(executor.Addr(next)+entryPrev, next != 0, executor.Addr(previous)), p.tellDebuggers(descriptor, function, where, debugUnregister))
	return firstOf(p.fail(op, err), p.Release(where))
}

// tellDebuggers calls the function where they wait.
func (p *Process) tellDebuggers(descriptor, function, entry executor.Addr, action uint32) error {
	if err := p.setWord(descriptor+descriptorRelevant, entry); err != nil {
		return err
	}
	if err := p.writeAt(descriptor+descriptorAction, binary.NativeEndian.AppendUint32(nil, action)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), p.opts.timeout, ErrTimeout)
	defer cancel()
	_, err := p.CallValues(ctx, function, executor.Integer)
	return err
}

func (p *Process) word(at executor.Addr) (uint64, error) {
	var b [8]byte
	err := p.readAt(at, b[:])
	return binary.NativeEndian.Uint64(b[:]), err
}

func (p *Process) setWord(at, value executor.Addr) error {
	return p.writeAt(at, binary.NativeEndian.AppendUint64(nil, uint64(value)))
}

// setNext writes a word of a neighbour in the list, if there is one.
func (p *Process) setNext(at executor.Addr, exists bool, value executor.Addr) error {
	if !exists {
		return nil
	}
	return p.setWord(at, value)
}
