package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/gomcjit/gomcjit/executor/epc"
)

// An executor serves its controller for a long time, and needs no more memory for that than it is asked for.
func TestExecutorMemory(t *testing.T) {
	onlyLinuxAMD64(t)
	cmd := exec.Command("mcjit", "executor")
	p, err := epc.Start(context.Background(), cmd, epc.Filedescs)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	data := make([]byte, 1<<20)
	at, err := p.Reserve(uint64(len(data)), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		if _, err := p.Lookup("malloc"); err != nil {
			t.Fatal(err)
		}
		if err := p.WriteMemory(at, data); err != nil {
			t.Fatal(err)
		}
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		t.Fatalf("%s", status)
	}
	if used, _ := strconv.Atoi(string(match[1])); used > 200<<10 {
		t.Errorf("%d KiB for 300 writes of 1 MiB", used)
	}
	if err := p.Release(at); err != nil {
		t.Error(err)
	}
}
