//go:build linux && amd64

package mcjit_test

import (
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
)

// LLVM's unit tests of MCJIT, those that are disabled there included, written anew from what they assert. A test's name is its suite's and its own. Those of the memory manager are in package memmgr,
// those of names of the process in package hostlib. Each suite has a file.

// A mapper calls an engine's mappings.
type mapper struct {
	t *testing.T
	e *mcjit.ExecutionEngine
}

func (m mapper) update(name string, addr, wantOld executor.Addr) {
	m.t.Helper()
	if old, err := m.e.UpdateGlobalMapping(name, addr); err != nil || old != wantOld {
		m.t.Errorf("update of %s: %v, %v; want %v", name, old, err, wantOld)
	}
}

func (m mapper) wantAddress(name string, want executor.Addr) {
	m.t.Helper()
	a, ok := m.e.AddressToGlobalIfAvailable(name)
	if a != want || ok != (want != 0) {
		m.t.Errorf("%s is mapped to %v, %v; want %v", name, a, ok, want)
	}
	if want != 0 {
		if a, err := m.e.SymbolAddress(name); a != want || err != nil {
			m.t.Errorf("a look-up of %s: %v, %v; want %v", name, a, err, want)
		}
	}
}

// wantValue checks what is at an address; "" is nothing.
func (m mapper) wantValue(addr executor.Addr, want string) {
	m.t.Helper()
	v, ok := m.e.GlobalValueAtAddress(addr)
	if v.Name != want || ok != (want != "") || ok && v.Module == nil {
		m.t.Errorf("at %v is %q, %v; want %q", addr, v.Name, ok, want)
	}
}

func newMapper(t *testing.T, text string) (mapper, *mcjit.Module) {
	e := newEngine(t)
	return mapper{t, e}, toy(t, e, new(toygen.Generator), "mapped", text)
}

func TestExecutionEngine_ForwardGlobalMapping(t *testing.T) {
	m, _ := newMapper(t, "extern Global1; extern Global2")
	map_(t, m.e, "Global1", 0x1000)
	m.wantAddress("Global1", 0x1000)
	m.update("Global1", 0x2000, 0x1000)
	m.wantAddress("Global1", 0x2000)
	m.update("Global1", 0, 0x2000)
	m.wantAddress("Global1", 0)
	m.update("Global1", 0x1000, 0)
	m.wantAddress("Global1", 0x1000)
	m.wantAddress("Global2", 0)
	m.update("Global2", 0x3000, 0) // before it was added
	m.wantAddress("Global2", 0x3000)
	m.wantAddress("Global1", 0x1000)
}

func TestExecutionEngine_ReverseGlobalMapping(t *testing.T) {
	m, _ := newMapper(t, "extern Global1; extern Global2")
	map_(t, m.e, "Global1", 0x1000)
	m.wantValue(0x1000, "Global1")
	m.update("Global1", 0x2000, 0x1000)
	m.wantValue(0x1000, "")
	m.wantValue(0x2000, "Global1")
	m.update("Global2", 0x1000, 0)
	m.wantValue(0x1000, "Global2")
	m.wantValue(0x2000, "Global1")
	m.update("Global1", 0, 0x2000)
	m.wantValue(0x1000, "Global2")
	m.wantValue(0x2000, "")
	m.update("Global2", 0x2000, 0x1000)
	m.wantValue(0x1000, "")
	m.wantValue(0x2000, "Global2")
	map_(t, m.e, "Global1", 0x2000) // two at an address: the last one
	m.wantValue(0x2000, "Global1")
	m.update("Global1", 0, 0x2000)
	m.wantValue(0x2000, "Global2")
	map_(t, m.e, "stranger", 0x5000) // that no module has
	m.wantValue(0x5000, "")
	if name, ok := m.e.GlobalMappingAt(0x5000); name != "stranger" || !ok {
		t.Errorf("%q, %v", name, ok)
	}
}

func TestExecutionEngine_ClearModuleMappings(t *testing.T) {
	m, module := newMapper(t, "extern Global1")
	map_(t, m.e, "Global1", 0x1000)
	map_(t, m.e, "stranger", 0x2000)
	m.wantValue(0x1000, "Global1")
	if err := m.e.ClearGlobalMappingsFromModule(module); err != nil {
		t.Fatal(err)
	}
	m.wantValue(0x1000, "")
	m.wantAddress("Global1", 0)
	m.wantAddress("stranger", 0x2000)
	toy(t, m.e, new(toygen.Generator), "other", "extern Global2")
	m.update("Global2", 0x1000, 0)
	m.wantValue(0x1000, "Global2")
	if err := m.e.ClearAllGlobalMappings(); err != nil {
		t.Fatal(err)
	}
	m.wantValue(0x1000, "")
	m.wantAddress("stranger", 0)
}

func TestExecutionEngine_DestructionRemovesGlobalMapping(t *testing.T) {
	m, module := newMapper(t, "extern Global1")
	map_(t, m.e, "Global1", 0x1000)
	m.wantValue(0x1000, "Global1")
	remove(t, m.e, module)
	m.wantValue(0x1000, "")
}
