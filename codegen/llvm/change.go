package llvm

import "context"

// Externalize makes internal definitions external: those whose names f is true for. It has to come before the module is verified or compiled, and counts for one compilation; Symbols tells of
// it. Errors are those of Symbols.
func (m *Module) Externalize(ctx context.Context, f func(name string) bool) error {
	return m.change(ctx, func(ir *irModule) { ir.externalize(f) })
}

// Disown makes weak definitions, those whose names f is true for, mere declarations, so that others' are used; aliases become internal. It counts like Externalize.
func (m *Module) Disown(ctx context.Context, f func(name string) bool) error {
	return m.change(ctx, func(ir *irModule) { ir.disown(f) })
}

// WeakenThreads makes references weak to thread-local variables that the module only declares, if f is true for their names: they may stay undefined. Position-independent code that uses
// one then crashes in the C library. It counts like Externalize.
func (m *Module) WeakenThreads(ctx context.Context, f func(name string) bool) error {
	return m.change(ctx, func(ir *irModule) { ir.weakenThreads(f) })
}

// Rename gives functions, variables and aliases other names: f returns the one that a symbol is to have. It has to come before the module is verified or compiled, and counts for one
// compilation; Symbols tells of it. Errors are those of Symbols.
func (m *Module) Rename(ctx context.Context, f func(name string) string) error {
	return m.change(ctx, func(ir *irModule) { ir.rename(f) })
}

func (m *Module) change(ctx context.Context, f func(*irModule)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return err
	}
	f(m.ir)
	m.known = false
	return nil
}

// A FunctionType is the type of a function, in the words of LLVM's language: "i32", "i8**", "ptr", "<4 x float>".
type FunctionType struct {
	Result   string
	Params   []string
	Variadic bool
}

// FunctionType returns the type of a function that the module defines or declares, or nil if there is none. The name is that of the source: without what the target puts before names of
// C's, and with the byte 1 that keeps it from doing so. Errors are those of Symbols.
func (m *Module) FunctionType(ctx context.Context, name string) (*FunctionType, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return nil, err
	}
	return m.ir.functionType(name), nil
}
