package llvm

import "fmt"

// runPasses optimises the module.
func (m *Module) runPasses(passes string, machine machineRef) error {
	switch {
	case passes == "":
		return nil
	case m.library.api.runPasses != nil:
		return m.runPipeline(passes, machine)
	default:
		return m.runLegacy(passes, machine)
	}
}

// runPipeline is the new pass manager.
func (m *Module) runPipeline(passes string, machine machineRef) error {
	l := m.library
	options := l.createPasses()
	defer l.disposePasses(options)
	failed := l.api.runPasses(m.ref, zero(passes), machine, options)
	if failed == 0 {
		return nil
	}
	message := l.errorMessage(failed) // takes the error
	defer l.disposeErrText(message)
	return &PassesError{Passes: passes, Reason: l.c.text(message)}
}

// legacyLevels are the pipelines that the legacy pass manager has, with how much it optimises for speed and for size, and below which cost it inlines (what clang takes).
var legacyLevels = map[string]struct{ speed, size, inline uint32 }{
	"default<O0>": {0, 0, 0},
	"default<O1>": {1, 0, 0},
	"default<O2>": {2, 0, 225},
	"default<O3>": {3, 0, 250},
	"default<Os>": {2, 1, 50},
	"default<Oz>": {2, 2, 5},
}

// runLegacy is the pass manager of before LLVM 13.
func (m *Module) runLegacy(passes string, machine machineRef) error {
	l := m.library
	level, ok := legacyLevels[passes]
	if !ok || l.createBuilder == nil {
		return &PassesError{Passes: passes, Reason: fmt.Sprintf("LLVM %d takes default<O0> to default<O3>, default<Os> and default<Oz> only", l.major)}
	}
	builder := l.createBuilder()
	defer l.disposeBuilder(builder)
	l.setLevel(builder, level.speed)
	l.setSizeLevel(builder, level.size)
	if level.inline > 0 {
		l.useInliner(builder, level.inline)
	}
	manager := l.createManager()
	defer l.disposeManager(manager)
	l.addAnalyses(machine, manager)
	l.populate(builder, manager)
	l.runManager(manager, m.ref)
	return nil
}
