//go:build linux

package inprocess

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/crosstest"
	"golang.org/x/sys/unix"
)

// resident returns how many bytes of an idle stack are in memory.
func (c *control) resident(t *testing.T) int {
	size := stackArena.mask + 1 - guardSize()
	page := uintptr(unix.Getpagesize())
	vec := make([]byte, size/page)
	low := uintptr(unsafe.Pointer(c)) + unsafe.Sizeof(control{}) - size
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, low, size, uintptr(unsafe.Pointer(&vec[0]))); errno != 0 {
		t.Fatal(errno)
	}
	n := 0
	for _, v := range vec {
		n += int(v&1) * int(page)
	}
	return n
}

// A stack takes the pages that have been used, also where the system makes huge ones of what it can.
func TestStacksHaveNoHugePages(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil || crosstest.Emulated() {
		t.Skip("this kernel has no huge pages")
	}
	mustBind[func()](t, 1) // makes the stacks
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	inArena, checked := false, 0
	for line := range strings.Lines(string(smaps)) {
		var from, to uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
			inArena = from >= stackArena.base && to <= stackArena.base+stackArena.size
			continue
		}
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok && inArena {
			if checked++; !slices.Contains(strings.Fields(flags), "nh") {
				t.Errorf("a mapping of the stacks has the flags %s", flags)
			}
		}
	}
	if checked == 0 {
		t.Error("no mapping of the stacks is found")
	}
}
