package gdbremote

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// GDB's interface for code that is made at run time ("JIT Compilation Interface" in its manual): a list of object files in the target, of which debuggers are told by a call of a function that does nothing. While this
// package controls the target nobody else does; debuggers that come afterwards read the list.

const (
	debugDescriptor = "__jit_debug_descriptor"    // struct jit_descriptor: version and action, of 32 bits, relevant_entry, first_entry
	debugFunction   = "__jit_debug_register_code" // where debuggers have a breakpoint
)

// ErrNoDebugInterface says that the target has no list for debuggers.
var ErrNoDebugInterface = errors.New("gdbremote: the target has no " + debugDescriptor + ", by which debuggers learn of code")

// Actions of struct jit_descriptor.
const (
	debugRegister   = 1
	debugUnregister = 2
)

// A debugList is the list in the target.
type debugList struct {
	*Process
	descriptor, function executor.Addr
}

// debugList finds the list.
func (p *Process) debugList() (*debugList, error) {
	found, err := p.Lookup(debugDescriptor, debugFunction)
	if err == nil && (found[0] == 0 || found[1] == 0) {
		err = ErrNoDebugInterface
	}
	if err != nil {
		return nil, err
	}
	return &debugList{p, found[0], found[1]}, nil
}

// HasDebugInterface says whether the target has what RegisterDebugObject needs.
func (p *Process) HasDebugInterface() bool {
	_, err := p.debugList()
	return err == nil
}

// RegisterDebugObject tells debuggers of an object file in the target's memory, which stays there until it is forgotten: see package gdbjit. Errors are ErrNoDebugInterface, and those of memory and calls.
func (p *Process) RegisterDebugObject(at executor.Addr, size uint64) error {
	l, err := p.debugList()
	if err != nil {
		return err
	}
	p.debugging.Lock()
	defer p.debugging.Unlock()
	first, err := l.wordAt(l.first())
	if err != nil {
		return err
	}
	word := p.arch.word
	entry := p.arch.append(nil, first, word) // struct jit_code_entry: next_entry, prev_entry, symfile_addr, symfile_size of 64 bits
	entry = p.arch.append(entry, 0, word)
	entry = p.arch.append(entry, uint64(at), word)
	if p.arch.name != "i386" { // where 64 bits are aligned to 32
		entry = append(entry, make([]byte, -len(entry)&7)...)
	}
	entry = p.arch.append(entry, size, 8)
	page := p.PageSize()
	room := (uint64(len(entry)) + page - 1) &^ (page - 1)
	where, err := p.Reserve(room, 0)
	if err != nil {
		return err
	}
	if err := p.Install(where, []executor.Segment{{Prot: executor.MemRead | executor.MemWrite, Addr: where, Size: room, Content: entry}}); err != nil {
		return err
	}
	if first != 0 {
		err = l.setWord(executor.Addr(first)+executor.Addr(word), where)
	}
	if err == nil {
		err = l.setWord(l.first(), where)
	}
	if err == nil {
		err = l.tell(where, debugRegister)
	}
	if err != nil {
		if p.Err() != nil {
			return err
		}
		return errors.Join(err, l.undo(executor.Addr(first), where)) // the caller takes the object back, so that the list must not have it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.debugEntries == nil {
		p.debugEntries = map[executor.Addr]executor.Addr{}
	}
	p.debugEntries[at] = where
	return nil
}

// DeregisterDebugObject makes debuggers forget an object. Errors are those of RegisterDebugObject.
func (p *Process) DeregisterDebugObject(at executor.Addr, _ uint64) error {
	p.debugging.Lock()
	defer p.debugging.Unlock()
	p.mu.Lock()
	where, ok := p.debugEntries[at]
	delete(p.debugEntries, at)
	p.mu.Unlock()
	if !ok {
		return fmt.Errorf("gdbremote: debuggers have not been told of an object at %v", at)
	}
	l, err := p.debugList()
	if err != nil {
		return err
	}
	word := executor.Addr(p.arch.word)
	next, err := l.wordAt(where)
	if err != nil {
		return err
	}
	previous, err := l.wordAt(where + word)
	if err != nil {
		return err
	}
	before := l.first()
	if previous != 0 {
		before = executor.Addr(previous)
	}
	if err = l.setWord(before, executor.Addr(next)); err == nil && next != 0 {
		err = l.setWord(executor.Addr(next)+word, executor.Addr(previous))
	}
	if err != nil {
		return err // the list may have the entry still
	}
	return errors.Join(l.tell(where, debugUnregister), p.Release(where))
}

// undo makes first the first entry again, in place of one that is given back.
func (l *debugList) undo(first, entry executor.Addr) error {
	err := l.setWord(l.first(), first)
	if err == nil && first != 0 {
		err = l.setWord(first+executor.Addr(l.arch.word), 0)
	}
	if err != nil {
		return err
	}
	return l.Release(entry)
}

// first returns where first_entry is.
func (l *debugList) first() executor.Addr { return l.descriptor + 8 + executor.Addr(l.arch.word) }

// tell calls the function where debuggers wait.
func (l *debugList) tell(entry executor.Addr, action uint64) error {
	if err := l.setWord(l.descriptor+8, entry); err != nil {
		return err
	}
	if err := l.WriteMemory(l.descriptor+4, l.arch.append(nil, action, 4)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), l.opts.timeout, errNotReturned)
	defer cancel()
	_, err := l.CallValues(ctx, l.function, executor.Integer)
	return err
}

func (l *debugList) wordAt(at executor.Addr) (uint64, error) {
	b, err := l.ReadMemory(at, uint64(l.arch.word))
	return l.arch.number(b), err
}

func (l *debugList) setWord(at, value executor.Addr) error {
	return l.WriteMemory(at, l.arch.append(nil, uint64(value), l.arch.word))
}
