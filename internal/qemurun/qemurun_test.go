package qemurun

import (
	"debug/elf"
	"runtime"
	"testing"
)

// TestRun runs `mov $60, %eax; mov $7, %edi; syscall`, and what ends by a signal.
func TestRun(t *testing.T) {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the program is for Linux on x86-64")
	}
	img := &Image{Machine: elf.EM_X86_64, Wide: true, Entry: 0x1000_0003, Segments: []Segment{
		{Addr: 0x1000_0000, Data: []byte("\x0f\x0b\x90\xb8\x3c\x00\x00\x00\xbf\x07\x00\x00\x00\x0f\x05"), Exec: true},
		{Addr: 0x2001_0000, Data: []byte("data"), Write: true},
	}}
	if status, text := Run(t, "", img); status != 7 {
		t.Errorf("status %d, want 7; %s", status, text)
	}
	img.Entry = 0x1000_0000
	if status, text := Run(t, "", img); status != -1 {
		t.Errorf("status %d (%s), want a signal", status, text)
	}
}
