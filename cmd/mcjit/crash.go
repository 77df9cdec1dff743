package main

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/epc"
	"github.com/gomcjit/gomcjit/executor/ptrace"
	"github.com/gomcjit/gomcjit/mcjit"
)

// A crashError is a program's crash in another process, as people want to read it.
type crashError struct{ who, text string }

func (e *crashError) Error() string { return e.who + " has crashed: " + e.text }

// explainCrash makes an error that tells of a crash one of the program, with the place in the source. Others stay.
func explainCrash(engine *mcjit.ExecutionEngine, err error) error {
	var crash *epc.CrashError
	var fault *ptrace.FaultError
	who := "the program"
	switch {
	case errors.As(err, &fault):
		who = fmt.Sprintf("a function called in process %d, which goes on,", fault.PID)
		crash = &epc.CrashError{Signal: fault.Signal, PC: fault.PC, Fault: fault.At, HasFault: fault.At != 0, Stack: fault.Stack}
	case !errors.As(err, &crash):
		return err
	}
	text := crash.Signal
	if crash.HasFault && crash.Fault != crash.PC {
		text += fmt.Sprintf(", accessing %v", crash.Fault)
	}
	if at, ok := engine.Locate(crash.PC); ok {
		return &crashError{who, fmt.Sprintf("%s, in %v", text, at)}
	}
	text += fmt.Sprintf(", at %v", crash.PC)
	if caller, ok := findCaller(engine, crash.Stack); ok {
		text += fmt.Sprintf(", outside the program, called by %v", caller)
	}
	return &crashError{who, text}
}

// findCaller finds the latest call by a module's function whose return address is still on the stack. What is at such an address is not certain to be in use: it is a hint.
func findCaller(engine *mcjit.ExecutionEngine, stack []executor.Addr) (mcjit.Location, bool) {
	var code []executor.AddrRange
	for _, m := range engine.Modules() {
		if o := m.Object(); o != nil {
			code = append(code, o.AddrRanges()...)
		}
	}
	for _, word := range stack {
		for _, r := range code {
			if word <= r.Start || word > r.End {
				continue
			}
			if at, ok := engine.Locate(word - 1); ok && at.Function {
				return at, true
			}
		}
	}
	return mcjit.Location{}, false
}
