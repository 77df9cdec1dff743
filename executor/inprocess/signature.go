package inprocess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/executor"
)

// A Signature is the type of a C function, made at run time for Call. It is immutable and may be used by many goroutines at once.
type Signature struct {
	result  *Type
	params  []*Type
	fixed   int // number of named parameters; -1 if the function is not variadic
	plan    *plan
	values  uintptr   // bytes of the arguments and the result in memory
	offsets []uintptr // of each argument, then of the result
}

// NewSignature returns the signature of a function with this result (Void for none) and these parameters. The error is a *SignatureError.
func NewSignature(result *Type, params ...*Type) (*Signature, error) {
	return newSignature(result, params, -1)
}

// NewVariadicSignature returns the signature of one call of a function that ends in "...": params are what is passed, of which the first
// fixed are named in the C declaration and the others are promoted as C promotes them. The error is a *SignatureError.
func NewVariadicSignature(fixed int, result *Type, params ...*Type) (*Signature, error) {
	if fixed < 0 || fixed > len(params) {
		return nil, &SignatureError{Func: "a variadic function", Reason: fmt.Sprintf("%d named parameters of %d in all", fixed, len(params))}
	}
	return newSignature(result, params, fixed)
}

func newSignature(result *Type, params []*Type, fixed int) (*Signature, error) {
	s := &Signature{result: result, params: slices.Clone(params), fixed: fixed} // the caller may change its list
	ps := make([]param, len(params))
	var total uint64
	for i, t := range params {
		if t == nil || t.size == 0 || !t.isScalar() && t.fields == nil {
			return nil, s.fail(fmt.Sprintf("argument %d", i+1), "it has to be a number, a pointer or a struct: pass an array by its address")
		}
		total += uint64(t.size)
		ps[i].typ = t
	}
	if result == nil || result != Void && (result.size == 0 || !result.isScalar() && result.fields == nil) {
		return nil, s.fail("result", "it has to be void, a number, a pointer or a struct")
	}
	const tooLarge = "the arguments and the result are too large to pass by value: pass pointers"
	if total+uint64(result.size) > 2*maxCStack {
		return nil, s.fail("", tooLarge)
	}
	r := param{typ: result}
	s.values, s.offsets = inMemory(ps, &r)
	s.plan = planCall(ps, r, kind{fixed: fixed})
	if s.plan.stack+s.plan.memory > maxCStack {
		return nil, s.fail("", tooLarge)
	}
	return s, nil
}

func (s *Signature) fail(part, reason string) error {
	return &SignatureError{Func: s.String(), Part: part, Reason: reason}
}

// String returns the signature as a C function type.
func (s *Signature) String() string {
	names := make([]string, 0, len(s.params)+1)
	for i, p := range s.params {
		if i == s.fixed {
			names = append(names, "...")
		}
		if p == nil {
			names = append(names, "?")
			continue
		}
		names = append(names, p.String())
	}
	if s.fixed == len(s.params) {
		names = append(names, "...")
	}
	result := "?"
	if s.result != nil {
		result = s.result.String()
	}
	return result + "(" + strings.Join(names, ", ") + ")"
}

// Result returns the type of the result.
func (s *Signature) Result() *Type { return s.result }

// Params returns the types of the parameters.
func (s *Signature) Params() []*Type { return append([]*Type(nil), s.params...) }

// inMemory places every parameter and the result as a whole in one piece of memory, and returns its size in bytes and the offsets.
func inMemory(params []param, result *param) (size uintptr, offsets []uintptr) {
	place := func(p *param) {
		offsets = append(offsets, size)
		p.pieces = nil
		if p.typ.size != 0 {
			p.pieces = []piece{{size: p.typ.size, place: place{goStack, uint32(size)}}}
		}
		size += alignUp(p.typ.size, 8)
	}
	for i := range params {
		place(&params[i])
	}
	place(result)
	return size, offsets
}

// Call calls the C function at addr, blocking as Bind's functions do by default, and returns its result. The types of args have to be
// those of the signature.
//
// Errors are ErrZeroAddress, *ArgumentError, *MemoryError and ErrUnsupportedHost.
func Call(addr executor.Addr, sig *Signature, args ...Value) (Value, error) {
	if addr == 0 {
		return Value{}, ErrZeroAddress
	}
	if len(args) != len(sig.params) {
		return Value{}, &ArgumentError{Reason: fmt.Sprintf("%d arguments for %s, which takes %d", len(args), sig, len(sig.params))}
	}
	for i, a := range args {
		if a.typ == nil || !a.typ.same(sig.params[i]) {
			return Value{}, &ArgumentError{Index: i + 1, Reason: fmt.Sprintf("it is %s and has to be %s", a.Type(), sig.params[i])}
		}
	}
	values := make([]byte, sig.values)
	for i, a := range args {
		a.store(values[sig.offsets[i]:])
	}
	if err := callPlan(addr, sig.plan, values); err != nil {
		return Value{}, err
	}
	return load(sig.result, values[sig.offsets[len(args)]:]), nil
}
