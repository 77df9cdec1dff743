package qemurun_test

import (
	"debug/elf"
	"testing"

	"github.com/gomcjit/gomcjit/internal/qemurun"
)

// TestRun runs `mov r7, #1; mov r0, #42; svc 0`.
func TestRun(t *testing.T) {
	code := []byte{0x01, 0x70, 0xa0, 0xe3, 0x2a, 0x00, 0xa0, 0xe3, 0x00, 0x00, 0x00, 0xef}
	p := qemurun.Program{Machine: elf.EM_ARM, Flags: 0x5000000, Entry: 0x10000, Segments: []qemurun.Segment{
		{Addr: 0x2345_6780, Data: []byte("data"), Write: true}, {Addr: 0x10000, Data: code, Exec: true},
	}}
	if status, out := qemurun.Run(t, "qemu-arm", &p); status != 42 || out != "" {
		t.Errorf("exit status %d, output %q", status, out)
	}
}
