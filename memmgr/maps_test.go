package memmgr

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// A mapping is what is protected alike, as a line of /proc/self/maps tells it.
type mapping struct {
	from, to executor.Addr
	prot     string
}

// mappings returns those of this process that have a part between two addresses, and fails if any at all can be written and executed.
func mappings(t testing.TB, from, to executor.Addr) []mapping {
	t.Helper()
	var all []mapping
	for _, m := range allMappings(t) {
		if strings.HasPrefix(m.prot[1:], "wx") {
			t.Errorf("memory at %#x is writable and executable: %s", m.from, m.prot)
		}
		if m.from < to && from < m.to {
			all = append(all, m)
		}
	}
	return all
}

func countMaps(t testing.TB) int {
	t.Helper()
	return len(mappings(t, 0, ^executor.Addr(0)))
}

// arenaMaps returns the mappings of a manager's only arena.
func arenaMaps(t testing.TB, m *SectionMemoryManager) []mapping {
	t.Helper()
	whole := m.arenas[0].whole
	return mappings(t, addrOf(whole), addrOf(whole)+executor.Addr(len(whole)))
}

// protAt returns how an address is protected, as "r-xp".
func protAt(maps []mapping, a executor.Addr) string {
	for _, m := range maps {
		if m.from <= a && a < m.to {
			return m.prot
		}
	}
	return ""
}

// bytesAt returns memory at a target address of this process.
func bytesAt(m *SectionMemoryManager, a executor.Addr, n int) []byte {
	for _, ar := range m.arenas {
		base := addrOf(ar.whole)
		if base <= a && a < base+executor.Addr(len(ar.whole)) {
			return unsafe.Slice(&ar.whole[a-base], n)
		}
	}
	return nil
}
