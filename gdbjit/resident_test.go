//go:build unix

package gdbjit

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// resident returns the bytes of memory that this process occupies, and 0 where there is no /proc.
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
