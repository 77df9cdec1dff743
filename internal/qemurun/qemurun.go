// Package qemurun runs machine code of any architecture in a process of its own: memory contents at fixed addresses become an executable, which qemu-user runs,
// or the kernel itself where it can. It needs neither a C library nor a linker of that architecture.
//
// Only tests import this package. All functions may be called from parallel tests.
package qemurun

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/internal/testenv"
)

// An Image is what is in memory when a program starts.
type Image struct {
	Machine  elf.Machine
	Wide     bool   // 64-bit
	Big      bool   // big-endian
	Flags    uint32 // e_flags
	Entry    uint64
	Segments []Segment
}

// A Segment is contents at an address. No two segments may have a page of 4 KiB in common; 64 KiB for hosts and targets with larger pages.
type Segment struct {
	Addr  uint64
	Data  []byte
	Exec  bool
	Write bool
}

// timeout is far more than any test program needs.
const timeout = 60 * time.Second

// Run starts the program and returns its exit status, or -1 and why it has none, and what it has written. The emulator is a program as NeedsTool of package
// testenv returns it; "" runs the program directly.
func Run(t testing.TB, emulator string, img *Image) (status int, output string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, img.bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	if emulator != "" {
		cmd = exec.Command(emulator, path)
	}
	text, err := testenv.Bounded(cmd, timeout)
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatalf("%v: %v", cmd, err)
	} else if err != nil && exit.ExitCode() < 0 {
		return -1, exit.Error() + "\n" + string(text)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// pageSize is the largest that matters.
const pageSize = 1 << 16

// bytes returns the program as an ELF file: a header, a program header for each segment, contents.
func (img *Image) bytes() []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	if img.Big {
		order, ident[elf.EI_DATA] = binary.BigEndian, byte(elf.ELFDATA2MSB)
	}
	n := uint16(len(img.Segments))
	var head, body bytes.Buffer
	if img.Wide {
		ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
		binary.Write(&head, order, elf.Header64{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(img.Machine), Version: 1, Entry: img.Entry, Phoff: 64,
			Flags: img.Flags, Ehsize: 64, Phentsize: 56, Phnum: n})
	} else {
		binary.Write(&head, order, elf.Header32{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(img.Machine), Version: 1, Entry: uint32(img.Entry), Phoff: 52,
			Flags: img.Flags, Ehsize: 52, Phentsize: 32, Phnum: n})
	}
	for _, s := range img.Segments {
		for (pageSize+uint64(body.Len()))%pageSize != s.Addr%pageSize {
			body.WriteByte(0)
		}
		off, size := pageSize+uint64(body.Len()), uint64(len(s.Data))
		body.Write(s.Data)
		flags := elf.PF_R
		if s.Exec {
			flags |= elf.PF_X
		}
		if s.Write {
			flags |= elf.PF_W
		}
		if img.Wide {
			binary.Write(&head, order, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Off: off, Vaddr: s.Addr, Paddr: s.Addr, Filesz: size, Memsz: size, Align: pageSize})
		} else {
			binary.Write(&head, order, elf.Prog32{Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Off: uint32(off), Vaddr: uint32(s.Addr), Paddr: uint32(s.Addr),
				Filesz: uint32(size), Memsz: uint32(size), Align: pageSize})
		}
	}
	return append(append(head.Bytes(), make([]byte, pageSize-head.Len())...), body.Bytes()...)
}
