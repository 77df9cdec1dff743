package llvm

import (
	"io"
	"sync"
)

// Options say for what and how to compile. The zero value compiles for the target that the module names, or else for this process, with position-independent code.
// Options are comparable.
type Options struct {
	Triple   string // in place of the module's
	CPU      string // as clang's -mcpu; "" is any of the architecture, "native" the one that runs this
	Features string // "+avx2,-sse4.1"; those of the host as well if CPU is "native"

	OptLevel   OptLevel
	Relocation RelocationModel
	CodeModel  CodeModel

	// Passes are run before code is generated: a pipeline as opt's -passes takes it, such as "default<O2>". Versions before 13 know default<O0> to default<O3>, default<Os> and
	// default<Oz> only. "" runs none, as LLVM's JITs do.
	Passes string

	SkipVerify bool // do not check the module; what is broken then may crash the process
}

// An OptLevel is how hard the code generator tries.
type OptLevel uint8

// The levels. The default is that of LLVM's tools, -O2.
const (
	OptDefault OptLevel = iota
	OptNone
	OptLess
	OptAggressive
)

// level returns llvm-c/TargetMachine.h's LLVMCodeGenOptLevel.
func (o OptLevel) level() int32 {
	return [...]int32{OptDefault: 2, OptNone: 0, OptLess: 1, OptAggressive: 3}[o&3]
}

// A RelocationModel says what code may assume about where it is. The numbers are those of llvm-c/TargetMachine.h but for the default.
type RelocationModel int32

// The models.
const (
	RelocationPIC          RelocationModel = iota // position-independent; the default
	RelocationStatic                              // absolute addresses
	RelocationDynamicNoPIC                        // Darwin's: own code absolute, other through pointers
	RelocationROPI                                // read-only data relative
	RelocationRWPI                                // read-write data relative
	RelocationROPIRWPI                            // both
)

func (r RelocationModel) mode() int32 {
	return [...]int32{RelocationPIC: 2, RelocationStatic: 1, RelocationDynamicNoPIC: 3, RelocationROPI: 4, RelocationRWPI: 5, RelocationROPIRWPI: 6}[r]
}

// A CodeModel says how far apart code and data may be. The numbers are those of llvm-c/TargetMachine.h.
type CodeModel int32

// The models.
const (
	CodeModelDefault CodeModel = iota // the target's: small, mostly
	CodeModelJIT                      // what LLVM's JITs take: large on x86-64
	CodeModelTiny
	CodeModelSmall
	CodeModelKernel
	CodeModelMedium
	CodeModelLarge
)

// A target is all that makes a target machine.
type target struct {
	triple, cpu, features string
	level                 OptLevel
	relocation            RelocationModel
	codeModel             CodeModel
}

// machines are target machines that nobody uses just now. Each is for one goroutine at a time: it has caches.
type machines struct {
	sync.Mutex
	idle map[target][]machineRef
}

// maxIdle is how many target machines of a kind are kept.
const maxIdle = 8

// machine returns a target machine for the module.
func (l *Library) machine(t target) (machineRef, error) {
	l.machines.Lock()
	defer l.machines.Unlock()
	if idle := l.machines.idle[t]; len(idle) > 0 {
		l.machines.idle[t] = idle[:len(idle)-1]
		return idle[len(idle)-1], nil
	}
	return l.newMachine(t)
}

func (l *Library) newMachine(t target) (machineRef, error) {
	var found targetRef
	var message cString
	failed := l.targetFromTriple(zero(t.triple), &found, &message) != 0
	text := l.take(message)
	if failed {
		return 0, &TargetError{Triple: t.triple, Reason: text}
	}
	m := l.createMachine(found, zero(t.triple), zero(t.cpu), zero(t.features), t.level.level(), t.relocation.mode(), int32(t.codeModel))
	if m == 0 {
		return 0, &TargetError{Triple: t.triple, Reason: "LLVM has no code generator for it"}
	}
	return m, nil
}

// release gives a target machine back, for the next module.
func (l *Library) release(t target, m machineRef) {
	l.machines.Lock()
	defer l.machines.Unlock()
	if l.machines.idle == nil {
		l.machines.idle = map[target][]machineRef{}
	}
	if idle := l.machines.idle[t]; len(idle) < maxIdle {
		l.machines.idle[t] = append(idle, m)
		return
	}
	l.disposeMachine(m)
}

// target returns what a module is compiled for.
func (m *Module) target(o Options) target {
	l := m.library
	t := target{triple: o.Triple, cpu: o.CPU, features: o.Features, level: o.OptLevel, relocation: o.Relocation, codeModel: o.CodeModel}
	if t.triple == "" {
		t.triple = m.Triple()
	}
	if t.triple == "" {
		t.triple = l.HostTriple()
	}
	if t.cpu == "native" {
		t.cpu = l.take(l.hostCPU())
		if t.features = l.take(l.hostFeatures()); o.Features != "" {
			t.features += "," + o.Features
		}
	}
	return t
}

// WriteObject compiles the module and writes the object. The module cannot be used again but for its Close. Errors are *VerifyError, *TargetError, *PassesError, *FatalError,
// *Diagnostic (several are joined), ErrClosed, and those of w.
func (m *Module) WriteObject(w io.Writer, o Options) error {
	if m.ref == 0 || m.spent {
		return ErrClosed
	}
	if !o.SkipVerify {
		if err := m.Verify(); err != nil {
			return err
		}
	}
	m.spent = true
	t := m.target(o)
	machine, err := m.library.machine(t)
	if err != nil {
		return err
	}
	var object []byte
	err = guard(m.name, func() error {
		m.prepare(t, machine)
		if err := m.runPasses(o.Passes, machine); err != nil {
			return err
		}
		object, err = m.emitObject(machine)
		return err
	})
	if isFatal(err) {
		m.broken = true
		return err // and the target machine is lost, too
	}
	m.library.release(t, machine)
	if err != nil {
		return err
	}
	_, err = w.Write(object)
	return err
}

// prepare makes the module one for the target.
func (m *Module) prepare(t target, machine machineRef) {
	l := m.library
	l.setModuleTriple(m.ref, zero(t.triple))
	if layout := l.c.text(l.moduleLayout(m.ref)); layout == "" {
		data := l.machineLayout(machine)
		l.setLayout(m.ref, data)
		l.disposeLayout(data)
	}
}

// emitObject generates code and returns the object file.
func (m *Module) emitObject(machine machineRef) ([]byte, error) {
	const objectFile = 1 // LLVMCodeGenFileType
	l := m.library
	var message cString
	var buffer bufferRef
	failed := l.emit(machine, m.ref, objectFile, &message, &buffer) != 0
	if failed {
		return nil, &TargetError{Triple: m.Triple(), Reason: l.take(message)}
	}
	defer l.disposeBuffer(buffer)
	if err := m.failure(); err != nil {
		return nil, err
	}
	return l.c.bytes(l.bufferStart(buffer), l.bufferSize(buffer)), nil
}
