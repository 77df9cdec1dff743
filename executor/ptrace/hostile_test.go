//go:build linux && (amd64 || arm64)

package ptrace_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestHostileFile has a process map a file of a megabyte as code whose symbols have names of a gigabyte together. Symbols of others are found all the same.
func TestHostileFile(t *testing.T) {
	const names = 40000
	path := filepath.Join(t.TempDir(), "hostile.so")
	file := overlappingNames(names)
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	tg := start(t, program(t), "read")
	p := attach(t, tg)
	found, err := p.Lookup("open", "mmap", "add8")
	if err != nil || found[0] == 0 || found[1] == 0 {
		t.Fatal(found, err)
	}
	name, err := p.CString(path)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := p.Call(found[0], uint64(name), 0)
	if err != nil || int32(fd) < 0 {
		t.Fatal(int32(fd), err)
	}
	const readExecute, private = 5, 2
	at, err := p.Call(found[1], 0, uint64(len(file)), readExecute, private, fd, 0)
	if err != nil || int64(at) < 0 && int64(at) > -4096 {
		t.Fatal(int64(at), err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begun := time.Now()
	again, err := p.Lookup("add8", "no such name")
	if err != nil || again[0] != found[2] || again[1] != 0 {
		t.Errorf("%v, %v", again, err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", got, len(file))
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

// overlappingNames returns a shared library with a table of dynamic symbols, of which each name is the end of the one before.
func overlappingNames(names int) []byte {
	h := elf.Header64{Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: 64, Shentsize: 64, Shnum: 3, Ehsize: 64, Shstrndx: 2}
	text := strings.Repeat("a", names) + "\x00"
	list := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_DYNSYM), Off: 256, Size: 24 * uint64(names), Link: 2, Entsize: 24},
		{Type: uint32(elf.SHT_STRTAB), Off: 256 + 24*uint64(names), Size: uint64(len(text))},
	}
	var b bytes.Buffer
	_, _ = binary.Write(&b, binary.LittleEndian, h), binary.Write(&b, binary.LittleEndian, list) // buffers take everything
	for i := range names {
		_ = binary.Write(&b, binary.LittleEndian, elf.Sym64{Name: uint32(i), Info: 0x12, Shndx: 1, Value: 1})
	}
	return append(b.Bytes(), text...)
}
