// Package qemurun runs code of other architectures, linked by a test, as a program of its own: what is in memory becomes a static ELF executable, which qemu-user runs. The program
// ends itself by the exit system call.
//
//	p := qemurun.Program{Machine: elf.EM_ARM, Entry: 0x10000, Segments: []qemurun.Segment{{Addr: 0x10000, Data: code, Exec: true}}}
//	status, output := qemurun.Run(t, "qemu-arm", &p)
//
// Only tests import this package.
package qemurun

import (
	"bytes"
	"context"
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

// A Program is a static executable.
type Program struct {
	Machine  elf.Machine
	Wide     bool   // ELFCLASS64
	Big      bool   // ELFDATA2MSB
	Flags    uint32 // e_flags
	Entry    uint64
	Segments []Segment
}

// A Segment is memory of the program. No two may have a page in common.
type Segment struct {
	Addr        uint64
	Data        []byte
	Write, Exec bool
}

// PageSize is the largest page of the architectures, to which segments are aligned by those who place them.
const PageSize = 0x1_0000

// Bytes returns the file: a header, a program header for each segment, and the segments, each at an offset that is its address modulo PageSize.
func (p *Program) Bytes() []byte {
	order, headers := p.order(), uint64(64+56*len(p.Segments))
	phdrs := make([]elf.Prog64, len(p.Segments))
	var body bytes.Buffer
	for i, s := range p.Segments {
		gap := (s.Addr - headers - uint64(body.Len())) % PageSize
		body.Write(make([]byte, gap))
		h := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R), Off: headers + uint64(body.Len()), Vaddr: s.Addr, Paddr: s.Addr,
			Filesz: uint64(len(s.Data)), Memsz: uint64(len(s.Data)), Align: PageSize}
		if s.Write {
			h.Flags |= uint32(elf.PF_W)
		}
		if s.Exec {
			h.Flags |= uint32(elf.PF_X)
		}
		phdrs[i] = h
		body.Write(s.Data)
	}
	var file bytes.Buffer
	p.writeHeader(&file)
	for _, h := range phdrs {
		if p.Wide {
			binary.Write(&file, order, h)
		} else {
			binary.Write(&file, order, elf.Prog32{Type: h.Type, Off: uint32(h.Off), Vaddr: uint32(h.Vaddr), Paddr: uint32(h.Paddr),
				Filesz: uint32(h.Filesz), Memsz: uint32(h.Memsz), Flags: h.Flags, Align: uint32(h.Align)})
		}
	}
	file.Write(make([]byte, int(headers)-file.Len()))
	return append(file.Bytes(), body.Bytes()...)
}

func (p *Program) order() binary.ByteOrder {
	if p.Big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (p *Program) writeHeader(file *bytes.Buffer) {
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	if p.Big {
		ident[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
	if !p.Wide {
		binary.Write(file, p.order(), elf.Header32{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.Machine), Version: uint32(elf.EV_CURRENT),
			Entry: uint32(p.Entry), Phoff: 52, Flags: p.Flags, Ehsize: 52, Phentsize: 32, Phnum: uint16(len(p.Segments))})
		return
	}
	ident[elf.EI_CLASS] = byte(elf.ELFCLASS64)
	binary.Write(file, p.order(), elf.Header64{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(p.Machine), Version: uint32(elf.EV_CURRENT),
		Entry: p.Entry, Phoff: 64, Flags: p.Flags, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(p.Segments))})
}

// limit is how long a program may run.
const limit = time.Minute

// Run runs a program in an emulator of Debian's package qemu-user, and returns its exit status and what it wrote. A program that is ended by a signal fails the test.
func Run(t testing.TB, emulator string, p *Program, args ...string) (status int, output string) {
	t.Helper()
	tool := testenv.NeedsTool(t, emulator, "qemu-user")
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, p.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool, append([]string{path}, args...)...).CombinedOutput()
	if e := new(exec.ExitError); errors.As(err, &e) && e.Exited() && e.ExitCode() < 128 {
		return e.ExitCode(), string(out)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", emulator, err, out)
	}
	return 0, string(out)
}
