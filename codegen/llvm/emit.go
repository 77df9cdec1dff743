package llvm

import (
	"context"

	"github.com/gomcjit/gomcjit/codegen"
)

// object makes code of the module and returns the object file. The module is not good for anything else then: code generation changes it.
func (m *irModule) object(ctx context.Context, o *codegen.Options, passes string) ([]byte, error) {
	t := m.target(o)
	made := make(chan []byte, 1)
	err := m.guard(ctx, func() error {
		machine, err := m.library.machine(t) // LLVM ends the process here already for a code model that a target does not have
		if err != nil {
			return m.failure(err)
		}
		object, err := m.generate(t, o, passes, machine)
		m.library.release(t, machine) // but not after a panic: then it is lost
		made <- object
		return err
	})
	if err != nil {
		return nil, err
	}
	return <-made, nil
}

func (m *irModule) generate(t target, o *codegen.Options, passes string, machine machineRef) ([]byte, error) {
	m.prepare(t, o, machine)
	if err := m.optimise(passes, machine); err != nil {
		return nil, m.failure(err)
	}
	return m.emit(machine)
}

// prepare makes the module one for the target.
func (m *irModule) prepare(t target, o *codegen.Options, machine machineRef) {
	l := m.library
	l.setModuleTriple(m.ref, zero(t.triple))
	if l.c.text(l.moduleLayout(m.ref)) == "" {
		data := l.machineLayout(machine)
		l.setLayout(m.ref, data)
		l.disposeLayout(data)
	}
	if o.KeepFramePointer {
		key, value := zero("frame-pointer"), zero("all")
		for f := l.firstFunction(m.ref); f != 0; f = l.nextFunction(f) {
			l.addAttribute(f, key, value)
		}
	}
}

// emit generates code and returns the object file.
func (m *irModule) emit(machine machineRef) ([]byte, error) {
	const objectFile = 1 // llvm-c/TargetMachine.h, LLVMCodeGenFileType
	l := m.library
	var message cString
	var buffer bufferRef
	if l.emitToMemory(machine, m.ref, objectFile, &message, &buffer) != 0 {
		return nil, m.failure(&TargetError{Triple: m.triple(), Reason: l.take(message)})
	}
	object := l.c.bytes(l.bufferStart(buffer), l.bufferSize(buffer))
	l.disposeBuffer(buffer)
	if m.failed() {
		return nil, m.failure(nil)
	}
	return object, nil
}
