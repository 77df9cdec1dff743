package memmgr

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

// A mapping is a line of /proc/self/maps.
type mapping struct {
	from, to executor.Addr
	prot     string
}

// mappings returns those of this process that have a part between two addresses, and fails if any at all can be written and executed.
func mappings(t testing.TB, from, to executor.Addr) []mapping {
	t.Helper()
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	var all []mapping
	for line := range strings.Lines(string(b)) {
		var m mapping
		if _, err := fmt.Sscanf(line, "%x-%x %s", (*uint64)(&m.from), (*uint64)(&m.to), &m.prot); err != nil {
			t.Fatal(err, line)
		}
		if strings.HasPrefix(m.prot[1:], "wx") {
			t.Errorf("mapping is writable and executable: %s", line)
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
