package lli

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/gomcjit/gomcjit/codegen/llvm"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
)

// execute runs the program.
func (t *Tool) execute(e *mcjit.ExecutionEngine) (int, error) {
	if err := checkMain(t.entry); err != nil {
		return 0, err
	}
	argv0 := t.options.Input
	if t.options.JITKind == "mcjit" {
		argv0 = strings.TrimSuffix(argv0, ".bc")
	}
	if t.options.FakeArgv0 != "" {
		argv0 = t.options.FakeArgv0
	}
	status, err := t.Execute(e, t.options.Entry, append([]string{argv0}, t.options.Arguments...))
	if err == nil && t.options.JITKind == "mcjit" && !t.options.remote() {
		err = e.RunStaticDestructors() // before the handlers of atexit, which are exit's to run
	}
	if errors.Is(err, mcjit.ErrSymbolNotFound) {
		err = &fatalError{fmt.Sprintf("Program used external function '%s' which could not be resolved!", t.options.Entry)}
	}
	switch t.entry.Result { // the rest of the register is rubbish
	case "i1":
		status &= 1
	case "i8":
		status &= 0xff
	case "i16":
		status &= 0xffff
	}
	return status, err
}

// exit is what happens when main has returned: lli calls the program's exit, which is C's if the program has none.
func (t *Tool) exit(e *mcjit.ExecutionEngine, status int) (int, error) {
	_, variable := t.symbol("exit")
	if f := t.exitFn; f == nil && variable || f != nil && (f.Result != "void" || f.Variadic || len(f.Params) != 1 || f.Params[0] != "i32") {
		return 0, &exitError{"exit defined with wrong prototype!"}
	}
	_, err := e.SymbolAddress("exit")
	if errors.Is(err, mcjit.ErrSymbolNotFound) {
		return status, nil
	}
	sig, sigErr := inprocess.NewSignature(inprocess.Void, inprocess.Int32)
	if err = errors.Join(err, sigErr); err != nil {
		return 0, err
	}
	if _, err := e.RunFunction("exit", sig, inprocess.UintValue(inprocess.Int32, uint64(status))); err != nil {
		return 0, err
	}
	return 0, &exitError{fmt.Sprintf("exit(%d) returned!", status)}
}

// LLVM's types, in the words of its language.
var (
	vectorOfStrings = regexp.MustCompile(`^(i8\*\*|ptr)$`)
	integerType     = regexp.MustCompile(`^i\d+$`)
)

// checkMain returns what ExecutionEngine::runFunctionAsMain and MCJIT::runFunction abort for.
func checkMain(f *llvm.FunctionType) error {
	switch {
	case len(f.Params) > 3:
		return &fatalError{"Invalid number of arguments of main() supplied"}
	case len(f.Params) > 2 && !vectorOfStrings.MatchString(f.Params[2]):
		return &fatalError{"Invalid type for third argument of main() supplied"}
	case len(f.Params) > 1 && !vectorOfStrings.MatchString(f.Params[1]):
		return &fatalError{"Invalid type for second argument of main() supplied"}
	case len(f.Params) > 0 && f.Params[0] != "i32":
		return &fatalError{"Invalid type for first argument of main() supplied"}
	case f.Result != "void" && !integerType.MatchString(f.Result):
		return &fatalError{"Invalid return type of main() supplied"}
	case len(f.Params) > 0 && f.Result != "i32" && f.Result != "void":
		return &fatalError{"MCJIT::runFunction does not support full-featured argument passing. Please use ExecutionEngine::getFunctionAddress and cast the result to the desired function pointer type."}
	}
	return nil
}
