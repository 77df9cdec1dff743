//go:build linux

package inprocess

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/crosstest"
	"golang.org/x/sys/unix"
)

func threadID() int { return unix.Gettid() }

// largeWords is how many words a struct has that takes the C stack up to 16 bytes less than the limit.
const largeWords = 8190

// writableAndExecutable describes the mappings that are both.
func writableAndExecutable(t *testing.T) (list []string) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, " rwx") || strings.Contains(line, " -wx") {
			list = append(list, line)
		}
	}
	return list
}

// resident returns how many bytes of an idle stack are in memory. qemu-user (7.2, at least) has the host answer, for its own pages, which can be smaller: that is more than there is room for if room is made for
// pages of the size that programs are told.
func (c *control) resident(t *testing.T) int {
	const smallest, unwritten = 4096, 0xff
	size := stackArena.mask + 1 - guardSize()
	vec := bytes.Repeat([]byte{unwritten}, int(size/smallest))
	low := uintptr(unsafe.Pointer(c)) + unsafe.Sizeof(control{}) - size
	if _, _, errno := unix.Syscall(unix.SYS_MINCORE, low, size, uintptr(unsafe.Pointer(&vec[0]))); errno != 0 {
		t.Fatal(errno)
	}
	if n := bytes.IndexByte(vec, unwritten); n >= 0 {
		vec = vec[:n]
	}
	n := 0
	for _, v := range vec {
		n += int(v&1) * int(size) / len(vec)
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

func TestLimitedAddressSpace(t *testing.T) {
	if crosstest.Emulated() {
		t.Skip("qemu-user 7.2 does not limit address space")
	}
	child, out, err := inChild(t)
	if !child {
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	limit := unix.Rlimit{Cur: 3 << 30, Max: 3 << 30} // the default stacks would take 8 GiB
	if err := unix.Setrlimit(unix.RLIMIT_AS, &limit); err != nil {
		t.Fatal(err)
	}
	if got := mustBind[func(int32, int32) int32](t, compile(t, "gcc", bindSource)["add"])(1, 2); got != 3 {
		t.Errorf("add = %d", got)
	}
	if n := stacks.config.Max; n >= 1024 || n < fewStacks {
		t.Errorf("%d stacks", n)
	}
}
