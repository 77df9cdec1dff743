package llvm

import (
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/codegen"
)

// A target is all that makes a target machine.
type target struct {
	triple, arch, cpu, features  string
	level, relocation, codeModel int32
	fastISel                     bool
}

// The numbers of llvm-c/TargetMachine.h, by package codegen's.
var (
	levels      = [...]int32{codegen.ODefault: 2, codegen.O0: 0, codegen.O1: 1, codegen.O2: 2, codegen.O3: 3}
	relocations = [...]int32{codegen.RelocDefault: 2, codegen.RelocStatic: 1, codegen.RelocPIC: 2, codegen.RelocDynamicNoPIC: 3}
	codeModels  = [...]int32{
		codegen.CodeModelDefault: 0, codegen.CodeModelTiny: 2, codegen.CodeModelSmall: 3, codegen.CodeModelKernel: 4, codegen.CodeModelMedium: 5, codegen.CodeModelLarge: 6,
	}
)

// target returns what a module is compiled for.
func (m *irModule) target(o *codegen.Options) target {
	l := m.library
	t := target{
		triple: o.Triple, arch: o.Arch, cpu: o.CPU, features: joinFeatures(o.Features), fastISel: o.FastISel,
		level: levels[o.OptLevel], relocation: relocations[o.RelocModel], codeModel: codeModels[o.CodeModel],
	}
	if t.triple == "" {
		t.triple = m.triple()
	}
	if t.triple == "" {
		t.triple = l.HostTriple()
	}
	if t.cpu == "native" {
		t.cpu = l.take(l.hostCPU())
		t.features = strings.Trim(l.take(l.hostFeatures())+","+t.features, ",")
	}
	return t
}

// joinFeatures returns features as LLVM takes them. One without a sign is switched on (SubtargetFeatures::AddFeature).
func joinFeatures(list []string) string {
	signed := make([]string, 0, len(list))
	for _, f := range list {
		if f != "" && f[0] != '+' && f[0] != '-' {
			f = "+" + f
		}
		signed = append(signed, f)
	}
	return strings.Join(signed, ",")
}

// machines are target machines that nobody uses just now. Each is for one goroutine at a time: it has caches.
type machines struct {
	sync.Mutex
	idle map[target][]machineRef
}

// maxIdle is how many target machines of a kind are kept.
const maxIdle = 8

// machine returns a target machine.
func (l *Library) machine(t target) (machineRef, error) {
	if m := l.machines.take(t); m != 0 {
		return m, nil
	}
	found, err := l.backEnd(&t)
	if err != nil {
		return 0, err
	}
	m := l.createMachine(found, zero(t.triple), zero(t.cpu), zero(t.features), t.level, t.relocation, t.codeModel)
	if m == 0 {
		return 0, &TargetError{Triple: t.triple, Reason: "LLVM has no code generator for " + t.triple}
	}
	if t.fastISel && l.setFastISel != nil {
		l.setFastISel(m, 1)
	}
	return m, nil
}

// backEnd finds the part of libLLVM for a target: by its own name (-march), whatever the triple says, or by the triple.
func (l *Library) backEnd(t *target) (targetRef, error) {
	found, err := l.registeredBackEnd(t)
	if err == nil {
		return found, nil
	}
	if err := l.registerOthers(); err != nil {
		return 0, err
	}
	return l.registeredBackEnd(t)
}

// registeredBackEnd is backEnd for those that are registered.
func (l *Library) registeredBackEnd(t *target) (targetRef, error) {
	if t.arch != "" {
		found := l.targetFromName(zero(t.arch))
		if found == 0 {
			return 0, &TargetError{Triple: t.triple, Reason: "No available targets are compatible with this -march, see -version for the available targets.\n"}
		}
		_, rest, _ := strings.Cut(t.triple, "-")
		t.triple = tripleArch(t.arch) + "-" + rest
		return found, nil
	}
	var found targetRef
	var message cString
	if l.targetFromTriple(zero(t.triple), &found, &message) != 0 {
		return 0, &TargetError{Triple: t.triple, Reason: l.take(message)}
	}
	return found, nil
}

// tripleArch returns how triples spell the architecture of a back end (Triple::getArchTypeForLLVMName).
func tripleArch(backEnd string) string {
	switch backEnd {
	case "x86-64":
		return "x86_64"
	case "x86":
		return "i386"
	case "ppc32":
		return "powerpc"
	case "ppc64":
		return "powerpc64"
	case "ppc64le":
		return "powerpc64le"
	}
	return backEnd
}

// take returns an idle machine, or 0.
func (p *machines) take(t target) machineRef {
	p.Lock()
	defer p.Unlock()
	idle := p.idle[t]
	if len(idle) == 0 {
		return 0
	}
	p.idle[t] = idle[:len(idle)-1]
	return idle[len(idle)-1]
}

// release gives a target machine back, for the next module.
func (l *Library) release(t target, m machineRef) {
	if !l.machines.keep(t, m) {
		l.disposeMachine(m)
	}
}

func (p *machines) keep(t target, m machineRef) bool {
	p.Lock()
	defer p.Unlock()
	if len(p.idle[t]) >= maxIdle {
		return false
	}
	if p.idle == nil {
		p.idle = map[target][]machineRef{}
	}
	p.idle[t] = append(p.idle[t], m)
	return true
}
