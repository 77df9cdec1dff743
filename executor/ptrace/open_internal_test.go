//go:build linux && (amd64 || arm64)

package ptrace

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// TestMappedFileIsNone looks for symbols where a mapped file was and a FIFO is now: nobody waits for somebody who writes to it.
func TestMappedFileIsNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "library.so")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &Process{pid: unix.Getpid()}
	p.tid.Store(int64(p.pid))
	done := make(chan error, 1)
	go func() {
		_, err := p.openMapped(mapping{path: path})
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil {
			t.Error("it could be opened")
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits")
	}
}

// TestReadersAreFew has files that hang: nobody begins to read them again and again, and when all hang that may, looking for symbols takes the time that it has.
func TestReadersAreFew(t *testing.T) {
	p := &Process{pid: unix.Getpid(), opts: newOptions([]Option{WithTimeout(10 * time.Millisecond)})}
	p.tid.Store(int64(p.pid))
	hanging := &reading{files: []mapping{{path: "/hangs"}}, done: make(chan struct{})}
	for _, last := range []*reading{hanging, nil} {
		p.symbols = symbolCache{reading: last, readers: mostReaders}
		if _, err := p.modules(); !errors.Is(err, ErrTimeout) {
			t.Errorf("the error is %v", err)
		}
		if p.symbols.readers != mostReaders || p.symbols.reading != last {
			t.Errorf("there is another reader: %d", p.symbols.readers)
		}
	}
	p.symbols = symbolCache{reading: hanging, readers: 1}
	p.opts.timeout = time.Minute
	if list, err := p.modules(); err != nil || len(list) == 0 || p.symbols.readers != 1 {
		t.Errorf("%d modules, %v with %d readers that hang", len(list), err, p.symbols.readers)
	}
}

// TestTablesAreBounded reads two files, of which one exceeds what is read of all.
func TestTablesAreBounded(t *testing.T) {
	const symbols, text = 100, "\x00name\x00"
	const used = symbols*24 + uint64(len(text))
	var b bytes.Buffer
	for _, part := range []any{
		elf.Header64{Ident: [16]byte{0x7f, 'E', 'L', 'F', 2, 1, 1}, Shoff: 64, Shentsize: 64, Shnum: 3},
		elf.Section64{}, elf.Section64{Type: uint32(elf.SHT_DYNSYM), Off: 256, Size: 24 * symbols, Link: 2, Entsize: 24},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: 256 + 24*symbols, Size: uint64(len(text))},
		[symbols]elf.Sym64{{Name: 1, Info: 0x12, Shndx: 1, Value: 1}}, []byte(text),
	} {
		_ = binary.Write(&b, binary.LittleEndian, part) // buffers take everything
	}
	f, err := elfsymbols.Open(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	r := &symbolReader{tables: map[string]fileSymbols{}, known: map[string]fileSymbols{"known": {bytes: used}}, budget: used + used/2}
	r.table("known", f, true)
	if n := len(r.table("other", f, true)); n != 0 {
		t.Errorf("%d symbols besides what is known", n)
	}
	r.budget = used
	if n := len(r.table("last", f, true)); n != 1 || r.budget != 0 {
		t.Errorf("%d symbols, want 1; %d bytes are left", n, r.budget)
	}
}
