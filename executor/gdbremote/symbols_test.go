package gdbremote

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// overlapping returns a symbol table in which each name is the end of the one before, and its strings: as many bytes as the names together have are some thousand times more.
func overlapping(names int) (syms []byte, text string) {
	for i := range names {
		syms = append(syms, symbolAt(i, 1)...)
	}
	return syms, strings.Repeat("a", names) + "\x00"
}

// symbolAt returns an entry of a symbol table.
func symbolAt(name int, at uint64) []byte {
	b := make([]byte, 24)
	binary.LittleEndian.PutUint32(b, uint32(name))
	b[4], b[6] = byte(elf.STB_GLOBAL)<<4|byte(elf.STT_FUNC), 1
	binary.LittleEndian.PutUint64(b[8:], at)
	return b
}

// programOf returns an executable that has a symbol table and nothing else.
func programOf(t *testing.T, syms []byte, text string) *bytes.Reader {
	t.Helper()
	const header, section = 64, 64
	var b bytes.Buffer
	h := elf.Header64{Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: fakeEntry, Shoff: header, Ehsize: header, Shentsize: section, Shnum: 3, Shstrndx: 2}
	at := uint64(header + 3*section)
	list := []elf.Section64{
		{},
		{Type: uint32(elf.SHT_SYMTAB), Off: at, Size: uint64(len(syms)), Link: 2, Entsize: 24},
		{Type: uint32(elf.SHT_STRTAB), Off: at + uint64(len(syms)), Size: uint64(len(text))},
	}
	for _, part := range []any{h, list, syms, []byte(text)} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return bytes.NewReader(b.Bytes())
}

// TestNamesTakeNoMemory reads a symbol table of half a megabyte whose names have 200 MB together.
func TestNamesTakeNoMemory(t *testing.T) {
	const names = 20000
	syms, text := overlapping(names)
	file := programOf(t, syms, text)
	s := newFakeStub()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithProgram(file))
	var bad *elfsymbols.FormatError
	if !errors.As(err, &bad) {
		t.Errorf("the error is %v", err)
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 30<<20 {
		t.Errorf("%d bytes were allocated for %d of a file", got, file.Size())
	}
}

// TestProgramFile finds symbols of a file.
func TestProgramFile(t *testing.T) {
	syms, text := overlapping(200)
	s := newFakeStub()
	p, err := Connect(context.Background(), s.connect(t), WithArch("x86_64"), WithProgram(programOf(t, syms, text)))
	if err != nil {
		t.Fatal(err)
	}
	if found, err := p.Lookup("aaa", "b"); err != nil || found[0] != 1 || found[1] != 0 {
		t.Errorf("%v, %v", found, err)
	}
}
