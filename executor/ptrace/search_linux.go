//go:build amd64 || arm64

package ptrace

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/gomcjit/gomcjit/executor"
)

// A search looks for what refers to memory, as conservative garbage collectors do: a word anywhere that has an address in it. So are return addresses found, handlers, and pointers to data; those, too, that glibc disguises (jump buffers,
// handlers of exit). If there is none nothing can lead there any more. Memory of the agent does not count, which is used by calls only.
type search struct {
	p       *Process
	l       *ledger
	lo, hi  uint64 // all of the memory is between them
	guard   uint64 // see pointerGuard; 0 if there is none
	tables  []addrRange
	found   []addrRange // tables that the unwinder has
	skipped []addrRange
}

func (p *Process) newSearch(l *ledger) (*search, error) {
	s := &search{p: p, l: l, lo: ^uint64(0), skipped: append(slices.Clone(l.ranges), l.agent)}
	for _, r := range l.ranges {
		s.lo, s.hi = min(s.lo, uint64(r.start)), max(s.hi, uint64(r.end))
	}
	for start, end := range l.forgotten {
		s.tables = append(s.tables, addrRange{start, end})
	}
	for _, start := range l.tables {
		if !l.holds(start) {
			continue // its memory has been released
		}
		end, err := p.endOfTable(start)
		if err != nil {
			return nil, err
		}
		s.tables = append(s.tables, addrRange{start, end})
	}
	return s, nil
}

// endOfTable returns where an unwind table ends, in the format of .eh_frame: with a record of no bytes (LSB Core, 10.6).
func (p *Process) endOfTable(at executor.Addr) (executor.Addr, error) {
	for n := 0; ; n++ {
		var b [4]byte
		if err := p.readAt(at, b[:]); err != nil {
			return 0, err
		}
		size := binary.NativeEndian.Uint32(b[:])
		at += 4 + executor.Addr(size)
		if size == 0 || size == ^uint32(0) || n > mostEntries {
			return at, nil
		}
	}
}

// everything searches registers and memory. All threads stand still.
func (s *search) everything(t *tracee, all []*tracee) error {
	var err error
	if s.guard, err = t.pointerGuard(); err != nil {
		s.guard = 0 // the thread has no such block, and so no C library
	}
	for _, each := range all {
		general := each.saved.registers
		if err := s.words(0, unsafe.Slice((*byte)(unsafe.Pointer(&general)), unsafe.Sizeof(general))); err != nil {
			return err
		}
		for _, set := range each.saved.vector {
			if err := s.words(0, set.data); err != nil {
				return err
			}
		}
	}
	return s.memory()
}

// words searches memory, or registers if its address is 0.
func (s *search) words(at executor.Addr, b []byte) error {
	lo, span := s.lo, s.hi-s.lo
	for i := 0; i+8 <= len(b); i += 8 {
		word := binary.NativeEndian.Uint64(b[i:])
		if word-lo >= span && undisguise(word, s.guard)-lo >= span {
			continue
		}
		if err := s.refers(at, i, word); err != nil {
			return err
		}
	}
	return nil
}

// refers looks at a word that may be an address.
func (s *search) refers(at executor.Addr, i int, word uint64) error {
	if to := executor.Addr(word); s.l.holds(to) {
		if at == 0 || !s.ofUnwinder(at+executor.Addr(i), to) {
			return errReferred
		}
	}
	if s.guard != 0 && s.l.holds(executor.Addr(undisguise(word, s.guard))) {
		return errReferred
	}
	return nil
}

// ofUnwinder recognizes what libgcc's unwinder has of a table (unwind-dw2-fde.h): its address, in struct object; once it has been used addresses in it, and in the object's first word the lowest one of code, three words before the
// address of a list that begins with the table's address.
func (s *search) ofUnwinder(at, to executor.Addr) bool {
	if i := slices.IndexFunc(s.tables, func(r addrRange) bool { return r.holds(to) }); i >= 0 {
		s.find(to)
		return true
	}
	list, err := s.p.word(at + 3*8)
	if err != nil {
		return false
	}
	if s.find(executor.Addr(list)) {
		return true
	}
	table, err := s.p.word(executor.Addr(list))
	return err == nil && s.find(executor.Addr(table))
}

// find notes a table of which the unwinder has the address.
func (s *search) find(table executor.Addr) bool {
	i := slices.IndexFunc(s.tables, func(r addrRange) bool { return r.start == table })
	if i >= 0 && slices.Contains(s.l.tables, table) && !slices.Contains(s.found, s.tables[i]) {
		s.found = append(s.found, s.tables[i])
	}
	return i >= 0
}

// memory searches what the process has written to. The error is a *unwinderError if nothing but its unwinder refers to the memory.
func (s *search) memory() error {
	s.found = nil
	maps, err := s.p.maps()
	if err != nil {
		return err
	}
	pages, err := os.Open(s.p.proc("pagemap"))
	if err != nil {
		return err
	}
	defer pages.Close()
	total := uint64(0)
	for _, m := range maps {
		if !strings.HasPrefix(m.perms, "r") || strings.HasPrefix(m.path, "[v") { // [vdso], [vvar], [vsyscall]
			continue
		}
		if total += uint64(m.end - m.start); total > mostMapped {
			return errTooLarge
		}
		if err := s.mapping(pages, m); err != nil {
			return err
		}
	}
	if len(s.found) > 0 {
		return &unwinderError{s.found}
	}
	return nil
}

const (
	mostMapped = 64 << 30 // of which the table of pages has 128 MiB
	pieceSize  = 1 << 20
)

// mapping searches the pages of a mapping that are the process's own: those that have never been written to, and those that are a file's, have nothing that it has put there.
func (s *search) mapping(pages *os.File, m mapping) error {
	page := executor.Addr(s.p.PageSize())
	const entrySize, present, swapped, file = 8, 1 << 63, 1 << 62, 1 << 61 // proc_pid_pagemap(5)
	shared := strings.HasSuffix(m.perms, "s")
	entries := make([]byte, entrySize*min(pieceSize, (m.end-m.start)/page))
	buffer := make([]byte, pieceSize)
	for at := m.start; at < m.end; {
		n, err := pages.ReadAt(entries[:min(uint64(len(entries)), entrySize*uint64((m.end-at)/page))], int64(at/page*entrySize))
		if n == 0 {
			return err
		}
		from := at
		for i := 0; i+entrySize <= n; i += entrySize {
			entry := binary.NativeEndian.Uint64(entries[i:])
			own := entry&(present|swapped) != 0 && (shared || entry&file == 0)
			if next := at + page; !own || next-from >= pieceSize || i+2*entrySize > n {
				end := at
				if own {
					end = next
				}
				if err := s.piece(from, buffer[:end-from]); err != nil {
					return err
				}
				from = next
			}
			at += page
		}
	}
	return nil
}

// piece searches memory, but for what is searched for itself.
func (s *search) piece(at executor.Addr, buffer []byte) error {
	if len(buffer) == 0 {
		return nil
	}
	end := at + executor.Addr(len(buffer))
	for _, skip := range s.skipped {
		if at < skip.end && skip.start < end {
			before, after := max(at, skip.start), min(end, skip.end)
			if err := s.piece(at, buffer[:before-at]); err != nil {
				return err
			}
			return s.piece(after, buffer[:end-after])
		}
	}
	if err := s.p.readAt(at, buffer); errors.Is(err, unix.EFAULT) {
		return nil // it has gone meanwhile, or is a device's
	} else if err != nil {
		return err
	}
	return s.words(at, buffer)
}
