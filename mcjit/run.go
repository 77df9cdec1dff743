package mcjit

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
)

// ErrNoSignature is a function of which nobody knows the type: its module came as an object, or its source does not tell.
var ErrNoSignature = errors.New("the type of the function is not known; give its signature")

// ErrArguments is a call with arguments that an engine cannot pass in the process that runs its code: only integers and pointers can be, in another one than this.
var ErrArguments = errors.New("only integers and pointers can be passed to a function of another process")

// A MainError is a function that is not what a program's main may be.
type MainError struct {
	Function string
	Reason   string // in LLVM's words, as in "Invalid return type of main() supplied"
}

// Error returns the reason.
func (e *MainError) Error() string { return e.Reason }

// RunFunction calls a function of the engine, which it finalizes first, and returns its result: LLVM's runFunction, for every signature that C has. sig may be nil for a function of a module
// whose source tells its type (codegen.Symbol.Signature). It is for those who learn a function only at run time; Func is for others, and much faster.
//
// Errors are those of FunctionAddress, ErrNoSignature, ErrNoProcess, ErrArguments, and those of inprocess.Call.
func (e *ExecutionEngine) RunFunction(name string, sig *inprocess.Signature, args ...inprocess.Value) (inprocess.Value, error) {
	addr, err := e.FunctionAddress(name)
	if err != nil {
		return inprocess.Value{}, err
	}
	if sig == nil {
		if sig = e.signatureOf(name, addr); sig == nil {
			return inprocess.Value{}, fmt.Errorf("%s: %w", name, ErrNoSignature)
		}
	}
	switch p := e.processAt(addr).(type) {
	case nil:
		return inprocess.Value{}, fmt.Errorf("%s: %w", name, ErrNoProcess)
	case inprocess.Process:
		return inprocess.Call(addr, sig, args...)
	default:
		return callOver(p, addr, sig, args)
	}
}

// callOver calls a function of another process, which takes integers only.
func callOver(p executor.Process, addr executor.Addr, sig *inprocess.Signature, args []inprocess.Value) (inprocess.Value, error) {
	if len(args) != len(sig.Params()) {
		return inprocess.Value{}, &inprocess.ArgumentError{Reason: fmt.Sprintf("the signature has %d parameters, and %d arguments are given", len(sig.Params()), len(args))}
	}
	words := make([]uint64, len(args))
	for i, a := range args {
		if a.Type() != sig.Params()[i] {
			return inprocess.Value{}, &inprocess.ArgumentError{Index: i + 1, Reason: fmt.Sprintf("it is %v, and the parameter %v", a.Type(), sig.Params()[i])}
		}
		if !isWord(a.Type()) {
			return inprocess.Value{}, fmt.Errorf("argument %d is %v: %w", i+1, a.Type(), ErrArguments)
		}
		words[i] = a.Uint()
	}
	result := sig.Result()
	if result != inprocess.Void && !isWord(result) {
		return inprocess.Value{}, fmt.Errorf("the result is %v: %w", result, ErrArguments)
	}
	r, err := p.Call(addr, words...)
	switch {
	case err != nil || result == inprocess.Void:
		return inprocess.Value{}, err
	case result == inprocess.Pointer:
		return inprocess.PointerValue(executor.Addr(r)), nil
	case result == inprocess.Bool:
		return inprocess.BoolValue(r&1 != 0), nil
	}
	return inprocess.UintValue(result, r), nil
}

// isWord says whether a type is an integer or a pointer.
func isWord(t *inprocess.Type) bool {
	switch t {
	case inprocess.Bool, inprocess.Int8, inprocess.Int16, inprocess.Int32, inprocess.Int64, inprocess.Uint8, inprocess.Uint16, inprocess.Uint32, inprocess.Uint64, inprocess.Pointer:
		return true
	}
	return false
}

// signatureOf returns the type of the function of that name at an address, as far as its module's source tells it, or nil. Others may define the name too: weakly, or for themselves.
func (e *ExecutionEngine) signatureOf(name string, addr executor.Addr) *inprocess.Signature {
	m := e.moduleAt(addr)
	if m == nil {
		return nil
	}
	return m.signature(context.Background(), name)
}

// RunFunctionAsMain calls a function of the engine as a program's main, which it finalizes first, and returns what it returns: LLVM's runFunctionAsMain. Constructors are not run; Initialize does. argv[0]
// is the program's name. A main that returns nothing returns 0.
//
// If the module's source tells the function's type, one that no main has is a *MainError, and nothing is run. Other errors are those of FunctionAddress and of inprocess.RunMain, and ErrNoProcess unless the
// code runs in this process.
func (e *ExecutionEngine) RunFunctionAsMain(name string, argv, envp []string) (int, error) {
	addr, err := e.FunctionAddress(name)
	if err != nil {
		return 0, err
	}
	sig := e.signatureOf(name, addr)
	if sig != nil {
		if err := checkMain(name, sig); err != nil {
			return 0, err
		}
	}
	if _, here := e.processAt(addr).(inprocess.Process); !here {
		return 0, fmt.Errorf("%s: strings cannot be passed to another process: %w", name, ErrNoProcess)
	}
	result, err := inprocess.RunMain(addr, argv, envp)
	if sig != nil && sig.Result() == inprocess.Void {
		result = 0
	}
	return result, err
}

// checkMain returns an error for what is not a main's type, as LLVM's runFunctionAsMain has it: int or void of up to int, char **, char **.
func checkMain(name string, sig *inprocess.Signature) error {
	params := sig.Params()
	reason := ""
	switch {
	case len(params) > 3:
		reason = "Invalid number of arguments of main() supplied"
	case len(params) > 2 && params[2] != inprocess.Pointer:
		reason = "Invalid type for third argument of main() supplied"
	case len(params) > 1 && params[1] != inprocess.Pointer:
		reason = "Invalid type for second argument of main() supplied"
	case len(params) > 0 && params[0] != inprocess.Int32 && params[0] != inprocess.Uint32:
		reason = "Invalid type for first argument of main() supplied"
	case !isMainResult(sig.Result()):
		reason = "Invalid return type of main() supplied"
	default:
		return nil
	}
	return &MainError{Function: name, Reason: reason}
}

// isMainResult says whether a type is nothing or an integer.
func isMainResult(t *inprocess.Type) bool {
	return t == inprocess.Void || isWord(t) && t != inprocess.Pointer
}
