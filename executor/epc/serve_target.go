package epc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// A wrapperResult is CWrapperFunctionResult: up to a word of bytes in place of the pointer, or memory of malloc; without bytes, but with a pointer, an error's text.
type wrapperResult struct {
	data uintptr
	size uintptr
}

// callWrapper calls a function of the type CWrapperFunctionResult(const char *, size_t).
func (n *session) callWrapper(fn executor.Addr, args []byte) ([]byte, error) {
	call, err := inprocess.Bind[func(uintptr, uintptr) wrapperResult](fn)
	if err != nil {
		return nil, err
	}
	m, err := inprocess.NewMemory(len(args))
	if err != nil {
		return nil, err
	}
	defer m.Release()
	copy(m.Bytes(), args)
	r := call(uintptr(m.Addr()), uintptr(len(args)))
	at := executor.Addr(r.data)
	switch {
	case r.size == 0 && r.data == 0:
		return nil, nil
	case r.size == 0:
		err := errors.New(cString(at))
		return nil, errors.Join(err, n.free(at))
	case r.size <= wordSize:
		return hostOrderWord(r.data)[:r.size], nil
	}
	result := bytes.Clone(hostMemory(at, uint64(r.size)))
	return result, n.free(at)
}

// callController is __orc_rt_jit_dispatch: code calls a function of the controller. As there is one for each session, ctx says nothing.
func (n *session) callController(_, tag, data, size uintptr) wrapperResult {
	result, err := n.askController(executor.Addr(tag), executor.Addr(data), uint64(size))
	if err != nil {
		at, _ := n.allocate(append([]byte(err.Error()), 0))
		return wrapperResult{data: at} // null, which is an empty result, if there is no memory for it
	}
	if len(result) <= wordSize {
		var word [wordSize]byte
		copy(word[:], result)
		return wrapperResult{inWord(word[:]), uintptr(len(result))}
	}
	at, err := n.allocate(result)
	if err != nil {
		return wrapperResult{}
	}
	return wrapperResult{at, uintptr(len(result))}
}

// askController calls a function of the controller with arguments that lie in memory. How many there are is what loaded code says: it may be wrong.
func (n *session) askController(tag, data executor.Addr, size uint64) ([]byte, error) {
	if size > n.link.limit {
		return nil, fmt.Errorf("epc: %d bytes of arguments for the controller are more than a message may have, which is %d (WithMessageLimit)", size, n.link.limit)
	}
	args := make([]byte, size)
	if err := readHost(data, args); err != nil {
		return nil, err
	}
	return n.link.call(context.Background(), tag, args)
}

// allocate copies bytes into memory of malloc, which whoever gets it frees.
func (n *session) allocate(b []byte) (uintptr, error) {
	library, err := n.host.library("")
	if err != nil {
		return 0, err
	}
	fn, ok := library.Lookup("malloc")
	if !ok {
		return 0, errors.New("this process has no malloc")
	}
	at, err := inprocess.Process{}.Call(fn, uint64(len(b)))
	if err == nil {
		err = writeHost(executor.Addr(at), b)
	}
	if err != nil {
		return 0, err
	}
	return uintptr(at), nil
}

// free gives memory of C back.
func (n *session) free(at executor.Addr) error {
	library, err := n.host.library("")
	if err != nil {
		return err
	}
	fn, ok := library.Lookup("free")
	if !ok {
		return nil
	}
	_, err = inprocess.Process{}.Call(fn, uint64(at))
	return err
}

// unpackRange takes a range of addresses.
func unpackRange(u *unpacker) (from, to executor.Addr) { return u.addr(), u.addr() }

// debugObjects are the objects of which debuggers were told, and what makes them forget each.
type debugObjects struct {
	mu     sync.Mutex
	forget map[executor.Addr]func() error
}

func (n *session) registerDebug(u *unpacker) ([]byte, error) {
	from, to := unpackRange(u)
	if len(u.rest) > 0 {
		u.bool() // whether to call the debugger's function at once: from LLVM 14 on in actions, later always
	}
	if !u.done() {
		return nil, errArguments
	}
	if n.host.Debug == nil {
		return nil, errNoDebugger
	}
	if !n.memory.holds(from, to) {
		return nil, fmt.Errorf("the object %v -- %v is in no memory of this session", from, to)
	}
	object := make([]byte, to-from)
	if err := readHost(from, object); err != nil {
		return nil, err
	}
	forget, err := n.host.Debug(object)
	if err != nil {
		return nil, err
	}
	o := &n.objects
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.forget == nil {
		o.forget = map[executor.Addr]func() error{}
	}
	previous := o.forget[from]
	o.forget[from] = forget
	if previous != nil {
		return []byte{0}, previous()
	}
	return []byte{0}, nil
}

func (n *session) deregisterDebug(u *unpacker) ([]byte, error) {
	from, _ := unpackRange(u)
	if !u.done() {
		return nil, errArguments
	}
	o := &n.objects
	o.mu.Lock()
	forget := o.forget[from]
	delete(o.forget, from)
	o.mu.Unlock()
	if forget == nil {
		return nil, fmt.Errorf("debuggers know no object at %v", from)
	}
	return []byte{0}, forget()
}

func (o *debugObjects) forgetAll() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	var errs []error
	for _, forget := range o.forget {
		errs = append(errs, forget())
	}
	o.forget = nil
	return errors.Join(errs...)
}
