//go:build (linux || darwin) && !amd64 && !arm64

package inprocess

import (
	"reflect"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// registerCalls says that Bind's functions take the arguments where Go has them, and that leaf calls have stacks of their own.
const registerCalls = false

// bindFunc returns the function value of a call of the C function at addr that is of type rt. Package reflect makes it, which costs some allocations
// a call, and keeps alive what is passed.
func bindFunc(addr executor.Addr, rt reflect.Type, f *goFunc, o options) (unsafe.Pointer, error) {
	frame := f.inFrame(rt)
	p := planCall(f.params, f.result, o.kind())
	if err := p.check(rt); err != nil {
		return nil, err
	}
	fn := reflect.MakeFunc(rt, func(args []reflect.Value) []reflect.Value {
		values := reflect.New(frame)
		for i, a := range args {
			values.Elem().Field(i).Set(a)
		}
		p.call(uintptr(addr), nil, values.UnsafePointer(), o.leaf)
		if rt.NumOut() == 0 {
			return nil
		}
		return []reflect.Value{values.Elem().Field(len(args))}
	})
	return codeOf(fn.Interface()), nil
}

// layOut decides how the Go function of cb, which is of type rt, is called: through package reflect.
func (cb *Callback) layOut(rt reflect.Type, f *goFunc) error {
	cb.frame = f.inFrame(rt)
	return nil
}

// run runs the Go function with what C has in the areas.
func (cb *Callback) run(a areas) { cb.runReflected(a) }
