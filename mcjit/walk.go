package mcjit

import "github.com/gomcjit/gomcjit/runtimedyld"

// Sections lists the sections of a module, those that the linker made for it, and the debug sections that no memory manager holds, with bytes, addresses, kinds and permissions: see runtimedyld.Sections. It suffices to write a loader for a target
// that nobody here knows; examples/baremetal is one. A module that is not in the engine is ErrNotOwned, one that is not compiled yet runtimedyld.ErrState: see GenerateCode.
func (e *ExecutionEngine) Sections(m *Module) ([]runtimedyld.SectionView, error) {
	if err := e.checkLoaded(m); err != nil {
		return nil, err
	}
	return e.dyld.Sections(m.Object())
}

// CommonSections lists the storage of commons, which belongs to no module: see runtimedyld.CommonSections.
func (e *ExecutionEngine) CommonSections() ([]runtimedyld.SectionView, error) {
	return e.dyld.CommonSections()
}
