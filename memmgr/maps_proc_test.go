//go:build !windows

package memmgr

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
)

// replaces says whether pages can be replaced in which code runs.
const replaces = runtime.GOOS == "linux"

// eachStatus calls fn with every line of /proc/self/status.
func eachStatus(fn func(line string)) error {
	b, err := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		fn(line)
	}
	return err
}

// resident returns the resident memory of this process, in KiB.
func resident(t testing.TB) (now int) {
	if err := eachStatus(func(line string) { fmt.Sscanf(line, "VmRSS: %d", &now) }); err != nil {
		t.Skip(err)
	}
	return now
}

// allMappings returns the mappings of this process.
func allMappings(t testing.TB) (all []mapping) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(b)) {
		var m mapping
		if _, err := fmt.Sscanf(line, "%x-%x %s", (*uint64)(&m.from), (*uint64)(&m.to), &m.prot); err != nil {
			t.Fatal(err, line)
		}
		all = append(all, m)
	}
	return all
}
