package epc

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// The unwinder of the process outlives sessions. A table that it still knows when the memory is gone would be taken for that of whatever is there next, so that a reservation is released only when the unwinder has
// forgotten what lies in it, however it was told: by the protocol's services, or by calls of its functions.

// unwinderFunctions are those that tell the unwinder of a table, or of an entry of one, with those that make it forget: libgcc's, and those of LLVM's libunwind.
var unwinderFunctions = map[string]string{
	"__register_frame":                   "__deregister_frame",
	"__unw_add_dynamic_fde":              "__unw_remove_dynamic_fde",
	"__unw_add_dynamic_eh_frame_section": "__unw_remove_dynamic_eh_frame_section",
}

// unwindTables are what a session has told the unwinder.
type unwindTables struct {
	mu     sync.Mutex
	forget map[executor.Addr]executor.Addr // by the function that registers, the one that makes forget
	live   map[executor.Addr]executor.Addr // by table, the function that makes the unwinder forget it
}

// learn notes a function that registers tables: the controller has looked it up.
func (t *unwindTables) learn(library Library, name string, addr executor.Addr) {
	counterpart, ok := unwinderFunctions[name]
	if !ok {
		return
	}
	forget, ok := library.Lookup(counterpart)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.forget == nil {
		t.forget = map[executor.Addr]executor.Addr{}
	}
	t.forget[addr] = forget
}

// note notes that a function was called with a table, if it is one of the unwinder's.
func (t *unwindTables) note(fn, table executor.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if forget, ok := t.forget[fn]; ok {
		if t.live == nil {
			t.live = map[executor.Addr]executor.Addr{}
		}
		t.live[table] = forget
	} else if t.live[table] == fn {
		delete(t.live, table)
	}
}

// forgetRange makes the unwinder forget what lies in memory that is going to be released.
func (t *unwindTables) forgetRange(from, to executor.Addr) error {
	t.mu.Lock()
	tables := map[executor.Addr]executor.Addr{}
	for table, forget := range t.live {
		if from <= table && table < to {
			tables[table] = forget
			delete(t.live, table)
		}
	}
	t.mu.Unlock()
	var errs []error
	for table, forget := range tables {
		_, err := inprocess.Process{}.Call(forget, uint64(table))
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (n *session) registerFrames(u *unpacker) ([]byte, error) {
	return n.tellUnwinder(u, "__register_frame", "__unw_add_dynamic_eh_frame_section")
}

func (n *session) deregisterFrames(u *unpacker) ([]byte, error) {
	return n.tellUnwinder(u, "__deregister_frame", "__unw_remove_dynamic_eh_frame_section")
}

// tellUnwinder calls a function of the process's unwinder with an unwind table: libgcc's, which takes whole tables, or that of LLVM's libunwind which does.
func (n *session) tellUnwinder(u *unpacker, libgcc, libunwind string) ([]byte, error) {
	from, to := unpackRange(u)
	if !u.done() {
		return nil, errArguments
	}
	if !n.memory.holds(from, to) || to-from < 4 {
		return nil, fmt.Errorf("the unwind table %v -- %v is in no memory of this session", from, to)
	}
	library, err := n.host.library("")
	if err != nil {
		return nil, err
	}
	// Libraries with an unwinder are opened when somebody needs them.
	library.Lookup("_Unwind_Resume")
	name := libunwind
	fn, ok := library.Lookup(name)
	if !ok {
		name = libgcc
		fn, ok = library.Lookup(name)
	}
	if !ok {
		return []byte{0}, nil // nobody unwinds here
	}
	n.tables.learn(library, name, fn)
	if _, err = (inprocess.Process{}).Call(fn, uint64(from)); err == nil {
		n.tables.note(fn, from)
	}
	return []byte{0}, err
}
