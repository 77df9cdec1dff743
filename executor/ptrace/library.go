package ptrace

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// This file is what programs need that are run in the process: strings, arguments of main, and libraries.

// CString copies a string into memory of the process, with the zero byte that ends strings of C. Release gives it back.
func (p *Process) CString(text string) (executor.Addr, error) {
	return p.copyIn(append([]byte(text), 0))
}

// copyIn reserves memory that can be read and written, and fills it.
func (p *Process) copyIn(b []byte) (executor.Addr, error) {
	page := p.PageSize()
	at, err := p.Reserve((uint64(len(b))+page-1)&^(page-1), 0)
	if err != nil {
		return 0, err
	}
	if err := p.WriteMemory(at, b); err != nil {
		return 0, firstOf(err, p.Release(at))
	}
	return at, nil
}

// RunMain calls the C function int main(int, char **, char **) at fn with arguments and the process's environment, and returns its result. Its standard streams are the process's. When it calls exit, that is the process's end.
// The arguments are gone afterwards.
func (p *Process) RunMain(ctx context.Context, fn executor.Addr, argv ...string) (int, error) {
	var environ [8]byte
	if at, err := p.lookupPlain("environ"); err == nil && at != 0 {
		if err := p.readAt(at, environ[:]); err != nil {
			return 0, p.fail("running main", err)
		}
	}
	var offsets []int
	var text []byte
	for _, arg := range argv {
		if strings.ContainsRune(arg, 0) {
			return 0, p.fail("running main", fmt.Errorf("the argument %q has a zero byte", arg))
		}
		offsets = append(offsets, len(text))
		text = append(append(text, arg...), 0)
	}
	vector := make([]byte, 8*(len(argv)+1), 8*(len(argv)+1)+len(text))
	at, err := p.copyIn(append(vector, text...))
	if err != nil {
		return 0, err
	}
	for i, offset := range offsets {
		binary.NativeEndian.PutUint64(vector[8*i:], uint64(at)+uint64(len(vector)+offset))
	}
	err = p.WriteMemory(at, vector)
	var v executor.Value
	if err == nil {
		v, err = p.CallValues(ctx, fn, executor.Integer, executor.IntValue(int64(len(argv))), executor.PointerValue(at), executor.Value{Bits: binary.NativeEndian.Uint64(environ[:])})
	}
	return int(int32(v.Bits)), firstOf(err, p.Release(at))
}

// OpenLibrary opens a shared library in the process, by its dlopen, and returns the handle. Its symbols can be looked up from then on, by the process's libraries as well. It stays open.
func (p *Process) OpenLibrary(path string) (handle uint64, err error) {
	op := "opening the library " + path
	found, err := p.Lookup("dlopen", "dlerror")
	if err != nil {
		return 0, err
	}
	if found[0] == 0 {
		return 0, p.fail(op, &Error{Err: fmt.Errorf("%w: dlopen", ErrNoFunction), Hint: "it has no dynamic linker; link archives instead"})
	}
	at, err := p.CString(path)
	if err != nil {
		return 0, err
	}
	const now, global = 2, 0x100 // RTLD_NOW, RTLD_GLOBAL
	handle, err = p.Call(found[0], uint64(at), now|global)
	if err == nil && handle == 0 {
		err = p.fail(op, p.linkerError(found[1]))
	}
	return handle, firstOf(err, p.Release(at))
}

// longestMessage is how much is read of what the dynamic linker says.
const longestMessage = 4096

// linkerError asks dlerror.
func (p *Process) linkerError(dlerror executor.Addr) error {
	at := uint64(0)
	if dlerror != 0 {
		var err error
		if at, err = p.Call(dlerror); err != nil {
			return err
		}
	}
	var text []byte
	for b := []byte{0}; at != 0 && len(text) < longestMessage; at++ {
		if p.readAt(executor.Addr(at), b) != nil || b[0] == 0 {
			break
		}
		text = append(text, b[0])
	}
	return fmt.Errorf("its dynamic linker says: %s", text)
}
