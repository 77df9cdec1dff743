//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

import (
	"reflect"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// bind returns the function value, of type rt, of a call of the C function at addr.
func bind(addr executor.Addr, rt reflect.Type, o options) (unsafe.Pointer, error) {
	f, err := parseFunc(rt)
	if err != nil {
		return nil, err
	}
	if o.variadic && (o.fixed < 0 || o.fixed > len(f.params)) {
		return nil, &SignatureError{Func: rt.String(), Reason: "Variadic counts the named parameters, which are not more than all"}
	}
	if err := reserveStacks(); err != nil {
		return nil, err
	}
	enterSignals()
	return bindFunc(addr, rt, f, o)
}

// check refuses what takes too much of a C stack.
func (p *plan) check(rt reflect.Type) error {
	if p.stack+p.memory > maxCStack {
		return &SignatureError{Func: rt.String(), Reason: "the arguments and the result are too large to pass by value: pass pointers"}
	}
	return nil
}
