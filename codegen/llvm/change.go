package llvm

import "context"

// Internalize makes strong definitions internal: those whose names f is true for, so that other modules see what others define in their place. It has to come before the module is
// verified or compiled, and counts for one compilation; Symbols tells of it. Errors are those of Symbols.
func (m *Module) Internalize(ctx context.Context, f func(name string) bool) error {
	return m.changeLinkage(ctx, linkExternal, linkInternal, f)
}

// Externalize is the opposite of Internalize.
func (m *Module) Externalize(ctx context.Context, f func(name string) bool) error {
	return m.changeLinkage(ctx, linkInternal, linkExternal, f)
}

func (m *Module) changeLinkage(ctx context.Context, from, to int32, f func(name string) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return err
	}
	m.ir.changeLinkage(from, to, f)
	m.known = false
	return nil
}

// Rename gives functions, variables and aliases other names: f returns the one that a symbol is to have. It has to come before the module is verified or compiled, and counts for one
// compilation; Symbols tells of it. Errors are those of Symbols.
func (m *Module) Rename(ctx context.Context, f func(name string) string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(ctx); err != nil {
		return err
	}
	m.ir.rename(f)
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
