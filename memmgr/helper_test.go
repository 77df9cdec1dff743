//go:build linux && amd64

package memmgr

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// helperVar names what this test binary does instead of testing, when it is run by a test.
const helperVar = "GOMCJIT_MEMMGR_HELPER"

var helpers = map[string]func() error{
	"gdb-batch":            func() error { return debuggee() },
	"gdb-dual":             func() error { return debuggee(WithDualMapping()) },
	"little-address-space": littleAddressSpace,
}

func TestMain(m *testing.M) {
	if name := os.Getenv(helperVar); name != "" {
		if err := helpers[name](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper is a command that runs this test binary as one of the helpers.
func helper(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	if len(args) > 0 {
		cmd = exec.Command(args[0], append(args[1:], os.Args[0])...)
	}
	cmd.Env = append(os.Environ(), helperVar+"="+name)
	return cmd
}

// littleAddressSpace makes managers where the default reservation is refused.
func littleAddressSpace() error {
	var size int
	err := eachStatus(func(line string) { fmt.Sscanf(line, "VmSize: %d", &size) })
	if err != nil {
		return err
	}
	const spare = 400 << 20
	limit := uint64(size)<<10 + spare
	if err := unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	m, err := New()
	if err != nil {
		return err
	}
	if n := m.Stats().Reserved; n < spare/16 || n > spare/4 {
		return fmt.Errorf("%d bytes are reserved", n)
	}
	for range 4 { // other managers, and what else needs address space, find room
		other, err := New()
		if err != nil {
			return err
		}
		if _, err := other.Allocate(1, Module{}, sections(3, 1<<20)); err != nil {
			return err
		}
		defer other.Close()
	}
	if _, err := m.Allocate(1, Module{}, sections(30, 1<<20)); err != nil {
		return err
	}
	if _, err := New(WithReserve(100<<20), WithDualMapping()); err != nil {
		return err
	}
	_, err = m.Allocate(2, Module{Name: "much.o"}, sections(30, 16<<20))
	if !errors.Is(err, ErrExhausted) {
		return fmt.Errorf("allocating more than there is: %v", err)
	}
	return nil
}

// TestLittleAddressSpace makes managers in a process with a limit on its address space.
func TestLittleAddressSpace(t *testing.T) {
	if out, err := helper("little-address-space").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
