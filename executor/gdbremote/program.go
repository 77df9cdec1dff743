package gdbremote

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/elfsymbols"
)

// This file reads ELF headers in the target's memory.

// A segment is what a program header says is in memory.
type segment struct {
	flags elf.ProgFlag
	at    executor.Addr
	size  uint64
}

// format is that of the processor's programs.
func (p *Process) format() *elfsymbols.Header {
	h := &elfsymbols.Header{Class: elf.ELFCLASS64, Order: binary.LittleEndian}
	if p.arch.word == 4 {
		h.Class = elf.ELFCLASS32
	}
	if p.arch.big {
		h.Order = binary.BigEndian
	}
	return h
}

// loaded reads the program headers of the file whose header is in memory at base. What is no such file has none.
func (p *Process) loaded(base executor.Addr) (segments []segment, err error) {
	b, err := p.readAt(base, elfsymbols.HeaderSize)
	if err != nil {
		return nil, err
	}
	h, err := elfsymbols.ParseHeader(b)
	if err != nil {
		return nil, nil
	}
	off, size := h.SegmentTable()
	table, err := p.readAt(base+executor.Addr(off), size)
	if err != nil {
		return nil, err
	}
	bias, first := uint64(0), true
	for _, s := range h.Segments(table) {
		if s.Type != elf.PT_LOAD {
			continue
		}
		if first {
			bias, first = uint64(base)-s.Vaddr, false // the first one begins with the header
		}
		segments = append(segments, segment{s.Flags, executor.Addr(p.address(executor.Addr(s.Vaddr), bias)), s.Filesz})
	}
	return segments, nil
}
