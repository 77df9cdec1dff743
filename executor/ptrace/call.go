package ptrace

import (
	"context"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// Call implements executor.Process. It returns when the function has.
func (p *Process) Call(fn executor.Addr, args ...uint64) (uint64, error) {
	return executor.CallIntegers(p, fn, args...)
}

// CallValues implements executor.Caller. When the context is done first the function is abandoned where it is, and the thread goes on with what it was doing before: locks that the function holds stay locked. A function that
// runs into a fault, or calls abort, is a *FaultError, and ends the same way. Signals that the process gets meanwhile are delivered.
func (p *Process) CallValues(ctx context.Context, fn executor.Addr, result executor.ValueKind, args ...executor.Value) (executor.Value, error) {
	v := executor.Value{Kind: result}
	op := fmt.Sprintf("calling the function at %v", fn)
	if fn == 0 {
		return v, p.fail(op, &Error{Err: ErrNoFunction, Hint: "its address is zero: is the symbol an undefined weak one?"})
	}
	if len(args) > maxArguments {
		return v, p.fail(op, fmt.Errorf("%d arguments are too many", len(args)))
	}
	errno, err := p.errnoFunction()
	if err == nil {
		err = p.prepare(ctx)
	}
	if err == nil {
		err = p.noteCall(fn, args, true)
	}
	if err != nil {
		return v, p.fail(op, err)
	}
	err = p.stopped(ctx, op, func(t *tracee) error {
		if err := t.quiet(ctx); err != nil {
			return err
		}
		keep, err := t.keepErrno(ctx, errno)
		if err != nil {
			return err
		}
		v.Bits, err = t.call(ctx, fn, result, args)
		return firstOf(err, keep())
	})
	if err == nil {
		err = p.fail(op, p.noteCall(fn, args, false))
	}
	return v, err
}

// firstOf returns the first error that is one.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// errnoFunctions are its names, in glibc and musl, and in Bionic.
var errnoFunctions = []string{"__errno_location", "__errno"}

// errnoFunction returns the function of the C library that returns the address of the calling thread's errno, 0 if there is none.
func (p *Process) errnoFunction() (executor.Addr, error) {
	p.mu.Lock()
	at := p.symbols.errno
	p.mu.Unlock()
	for _, name := range errnoFunctions {
		if at != 0 {
			break
		}
		var err error
		if at, err = p.lookupPlain(name); err != nil {
			return 0, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.symbols.errno = at
	return at, nil
}

// maxArguments bounds what calls put on the stack.
const maxArguments = 1000

// arguments are those of a call, where they are passed: as AMD64's psABI (3.2.3) and AAPCS64 (6.8.2) have it, which are alike in that.
type arguments struct {
	integers, floats, stack []uint64
}

func sortArguments(values []executor.Value) *arguments {
	a := &arguments{}
	for _, v := range values {
		switch {
		case v.Kind == executor.Integer && len(a.integers) < integerRegisters:
			a.integers = append(a.integers, v.Bits)
		case v.Kind != executor.Integer && len(a.floats) < floatRegisters:
			a.floats = append(a.floats, v.Bits)
		default:
			a.stack = append(a.stack, v.Bits)
		}
	}
	return a
}

// padded returns the words of the integer registers.
func (a *arguments) padded() (words [integerRegisters]uint64) {
	copy(words[:], a.integers)
	return words
}
