package llvm

import "fmt"

// optimise runs passes over the module.
func (m *irModule) optimise(passes string, machine machineRef) error {
	switch {
	case passes == "":
		return nil
	case m.library.runPasses != nil:
		return m.runPipeline(passes, machine)
	default:
		return m.runLegacy(passes, machine)
	}
}

// runPipeline is the new pass manager.
func (m *irModule) runPipeline(passes string, machine machineRef) error {
	l := m.library
	options := l.createPasses()
	failed := l.runPasses(m.ref, zero(passes), machine, options)
	l.disposePasses(options)
	if failed == 0 {
		return nil
	}
	message := l.errorMessage(failed) // takes the error
	reason := l.c.text(message)
	l.disposeErrText(message)
	return &PassesError{Passes: passes, Reason: reason}
}

// legacyLevels are the pipelines that the legacy pass manager has: how much it optimises for speed and for size, and below which cost it inlines, which is what clang takes.
var legacyLevels = map[string]struct{ speed, size, inline uint32 }{
	"default<O0>": {0, 0, 0},
	"default<O1>": {1, 0, 0},
	"default<O2>": {2, 0, 225},
	"default<O3>": {3, 0, 250},
	"default<Os>": {2, 1, 50},
	"default<Oz>": {2, 2, 5},
}

// runLegacy is the pass manager of before LLVM 13.
func (m *irModule) runLegacy(passes string, machine machineRef) error {
	l := m.library
	level, ok := legacyLevels[passes]
	if !ok || l.createBuilder == nil {
		return &PassesError{Passes: passes, Reason: fmt.Sprintf("LLVM %d takes default<O0> to default<O3>, default<Os> and default<Oz> only", l.major)}
	}
	builder := l.createBuilder()
	l.setLevel(builder, level.speed)
	l.setSizeLevel(builder, level.size)
	if level.inline > 0 {
		l.useInliner(builder, level.inline)
	}
	manager := l.createManager()
	l.addAnalyses(machine, manager)
	l.populate(builder, manager)
	l.runManager(manager, m.ref)
	l.disposeManager(manager)
	l.disposeBuilder(builder)
	return nil
}
