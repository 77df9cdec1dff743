package inprocess

import (
	"errors"
	"reflect"
	"sync/atomic"

	"github.com/gomcjit/gomcjit/executor"
)

// ErrReleasedCallback is the value with which a call panics whose C code called a Callback after its Release. On a thread that C made
// it ends the process.
var ErrReleasedCallback = errors.New("inprocess: C called a callback that has been released")

// A Callback is a Go function that C can call. There is no limit to their number but memory: some 500 bytes each while it lives.
//
// The address works on the stacks that this package and the C library make. C that makes stacks of its own (swapcontext, coroutines) must
// not call back from them.
//
// A panic in the Go function unwinds to the Go code that called C, where it can be recovered; the C frames between are abandoned as
// longjmp would, without running destructors. The same goes for runtime.Goexit.
//
// On amd64 and arm64 a call of one costs no allocation if the function's parameters and result fit into registers (9 or 16 integers and pointers, 15 or 16 floats,
// structs by their fields); others go through package reflect.
type Callback struct {
	fn   reflect.Value
	code goCode // how to call fn
	plan *plan
	addr executor.Addr
	slot slotRef
	done atomic.Bool

	frame reflect.Type // of memory for the arguments and the result; nil if fn takes and returns registers only
}

// NewCallback makes a callback of fn, a function whose parameters and result C knows: what Bind accepts. C may call it during calls made
// with Bind (but for Leaf ones) and Call, and in processes with a C runtime (cgo, purego) also from threads of its own.
//
// Errors are *SignatureError, *MemoryError and ErrUnsupportedHost.
func NewCallback(fn any) (*Callback, error) {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil, &SignatureError{Func: reflect.TypeOf(&fn).Elem().String(), Reason: "NewCallback takes a function that is not nil"}
	}
	f, err := parseFunc(v.Type())
	if err != nil {
		return nil, err
	}
	cb := &Callback{fn: v, code: codeOf(fn)}
	if err := cb.layOut(v.Type(), f); err != nil {
		return nil, err
	}
	cb.plan = planCallback(f.params, f.result)
	if err := cb.publish(); err != nil {
		return nil, err
	}
	return cb, nil
}

// Addr returns the address of the C function that calls back.
func (cb *Callback) Addr() executor.Addr { return cb.addr }

// Release gives the callback's memory back for other callbacks. C must not call its address any more: a call fails as ErrReleasedCallback
// says until the address is given to a new callback, which is put off as long as others are free. Releasing twice is harmless.
func (cb *Callback) Release() {
	if cb.done.CompareAndSwap(false, true) {
		cb.withdraw()
	}
}
