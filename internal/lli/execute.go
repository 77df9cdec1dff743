package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"fmt"
	"strings"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
)

// execute runs the program.
func (t *Tool) execute(e *mcjit.ExecutionEngine) (int, error) {
	s, _ := t.symbol(t.options.Entry)
	if err := checkMain(s.Signature); err != nil {
		return 0, err
	}
	argv0 := strings.TrimSuffix(t.options.Input, ".bc")
	if t.options.FakeArgv0 != "" {
		argv0 = t.options.FakeArgv0
	}
	status, err := t.Execute(e, t.options.Entry, append([]string{argv0}, t.options.Arguments...))
	if s.Signature == nil {
		return status, err
	}
	switch s.Signature.Result() { // the rest of the register is rubbish
	case inprocess.Bool:
		status &= 1
	case inprocess.Int8:
		status &= 0xff
	case inprocess.Int16:
		status &= 0xffff
	}
	return status, err
}

// exit is what happens when main has returned: lli calls the program's exit, which is C's if the program has none.
func (t *Tool) exit(e *mcjit.ExecutionEngine, status int) (int, error) {
	s, ok := t.symbol("exit")
	if !ok {
		return status, nil
	}
	if g := s.Signature; g == nil || g.Result() != inprocess.Void || len(g.Params()) != 1 || g.Params()[0] != inprocess.Int32 {
		return 0, &exitError{"exit defined with wrong prototype!"}
	}
	if !s.Defined {
		return status, nil
	}
	if _, err := e.RunFunction("exit", s.Signature, inprocess.UintValue(inprocess.Int32, uint64(status))); err != nil {
		return 0, err
	}
	return 0, &exitError{fmt.Sprintf("exit(%d) returned!", status)}
}

// checkMain returns what ExecutionEngine::runFunctionAsMain and MCJIT::runFunction abort for.
func checkMain(sig *inprocess.Signature) error {
	if sig == nil {
		return nil
	}
	params, result := sig.Params(), sig.Result()
	switch {
	case len(params) > 3:
		return &fatalError{"Invalid number of arguments of main() supplied"}
	case len(params) > 2 && params[2] != inprocess.Pointer:
		return &fatalError{"Invalid type for third argument of main() supplied"}
	case len(params) > 1 && params[1] != inprocess.Pointer:
		return &fatalError{"Invalid type for second argument of main() supplied"}
	case len(params) > 0 && params[0] != inprocess.Int32:
		return &fatalError{"Invalid type for first argument of main() supplied"}
	case result == inprocess.Pointer || result == inprocess.Float32 || result == inprocess.Float64:
		return &fatalError{"Invalid return type of main() supplied"}
	case len(params) > 0 && result != inprocess.Int32 && result != inprocess.Void:
		return &fatalError{"MCJIT::runFunction does not support full-featured argument passing. Please use ExecutionEngine::getFunctionAddress and cast the result to the desired function pointer type."}
	}
	return nil
}
