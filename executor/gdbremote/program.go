package gdbremote

import (
	"debug/elf"
	"encoding/binary"

	"github.com/gomcjit/gomcjit/executor"
)

// This file reads ELF headers in the target's memory: "ELF Header" and "Program Header" of the gABI.

// elfHeader is how many bytes of a file say where everything else is.
const elfHeader = 64

// A segment is what a program header says is in memory.
type segment struct {
	typ   elf.ProgType
	flags elf.ProgFlag
	vaddr uint64
	at    executor.Addr
	size  uint64
}

// wide says whether a header is that of a little-endian file of 64 bits; ok is false if it is no header of a little-endian file.
func wide(header []byte) (is64, ok bool) {
	if len(header) < elfHeader || string(header[:4]) != elf.ELFMAG || header[elf.EI_DATA] != byte(elf.ELFDATA2LSB) {
		return false, false
	}
	return header[elf.EI_CLASS] == byte(elf.ELFCLASS64), true
}

// entryOf returns e_entry.
func entryOf(header []byte) (uint64, bool) {
	is64, ok := wide(header)
	if !ok {
		return 0, false
	}
	if is64 {
		return binary.LittleEndian.Uint64(header[24:]), true
	}
	return uint64(binary.LittleEndian.Uint32(header[24:])), true
}

// flagsOf returns e_flags.
func flagsOf(header []byte) (uint32, bool) {
	is64, ok := wide(header)
	switch {
	case !ok:
		return 0, false
	case is64:
		return binary.LittleEndian.Uint32(header[48:]), true
	}
	return binary.LittleEndian.Uint32(header[36:]), true
}

// maxHeaders is how many program headers are believed.
const maxHeaders = 256

// loaded reads the program headers of the file whose header is in memory at base, and the distance from addresses in the file to those in memory.
func (p *Process) loaded(base executor.Addr) (segments []segment, bias uint64, err error) {
	header, err := p.readAt(base, elfHeader)
	if err != nil {
		return nil, 0, err
	}
	is64, ok := wide(header)
	if !ok {
		return nil, 0, nil
	}
	off, n := uint64(binary.LittleEndian.Uint32(header[28:])), binary.LittleEndian.Uint16(header[44:])
	if is64 {
		off, n = binary.LittleEndian.Uint64(header[32:]), binary.LittleEndian.Uint16(header[56:])
	}
	if segments, err = p.headers(base+executor.Addr(off), uint64(n), is64); err != nil {
		return nil, 0, err
	}
	for _, s := range segments {
		if s.typ == elf.PT_LOAD {
			bias = uint64(base) - s.vaddr // the first one begins with the header
			break
		}
	}
	for i := range segments {
		segments[i].at = executor.Addr(p.address(executor.Addr(segments[i].vaddr), bias))
	}
	return segments, bias, nil
}

// headers reads program headers. Their addresses in memory are not known yet.
func (p *Process) headers(at executor.Addr, n uint64, is64 bool) ([]segment, error) {
	if n > maxHeaders {
		return nil, nil
	}
	size := uint64(32)
	if is64 {
		size = 56
	}
	table, err := p.readAt(at, n*size)
	if err != nil {
		return nil, err
	}
	segments := make([]segment, n)
	for i := range segments {
		h, s := table[uint64(i)*size:], &segments[i]
		s.typ = elf.ProgType(binary.LittleEndian.Uint32(h))
		if is64 {
			s.flags = elf.ProgFlag(binary.LittleEndian.Uint32(h[4:]))
			s.vaddr, s.size = binary.LittleEndian.Uint64(h[16:]), binary.LittleEndian.Uint64(h[32:])
		} else {
			s.flags = elf.ProgFlag(binary.LittleEndian.Uint32(h[24:]))
			s.vaddr, s.size = uint64(binary.LittleEndian.Uint32(h[8:])), uint64(binary.LittleEndian.Uint32(h[16:]))
		}
	}
	return segments, nil
}
