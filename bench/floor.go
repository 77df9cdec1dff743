package main

import (
	"debug/elf"
	"math/bits"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// A goLinker is the floor lb-minilink, written in Go in the same way: it does the least that gives a running program, checks nothing at all, not
// even bounds, and believes every file. What it takes is what Go and its collector take for the work: a linker in Go that checks its input is
// hardly faster.
type goLinker struct {
	objects []goObject
	address []uint64 // of each section of each object; in pass 1 the offset in the group, times 4, and the group
	end     [numGroups]uint64
	names   []goName // a hash table
	memory  []byte
	common  uint64
	got     uint64 // an entry for each slot of the table
}

// A goObject is a file, as pointers into it.
type goObject struct {
	data     unsafe.Pointer
	sections []elf.Section64
	symbols  []elf.Sym64
	strings  unsafe.Pointer
	first    int // global symbol
	base     int // of its sections in address
}

// A goName is a slot of the table. Names stay where they are: in the objects.
type goName struct {
	name       unsafe.Pointer
	size, hash uint32
	address    uint64
	weak       bool
}

// Sections are grouped by how their memory is protected.
const (
	groupCode = iota
	groupRead
	groupWritten
	numGroups
)

func groupOf(flags uint64) uint64 {
	switch {
	case flags&uint64(elf.SHF_EXECINSTR) != 0:
		return groupCode
	case flags&uint64(elf.SHF_WRITE) != 0:
		return groupWritten
	}
	return groupRead
}

func alignUp(n, to uint64) uint64 { return (n + max(to, 1) - 1) &^ (max(to, 1) - 1) }

var system = memmgr.SystemMapper()

// linkFloor is the linker of the floor.
func linkFloor(in *inputs, phase func(string)) (linked, error) {
	l := &goLinker{}
	l.measure(in)
	if err := l.load(); err != nil {
		return nil, err
	}
	phase(figLoad)
	l.relocate()
	code, read := l.end[groupCode], l.end[groupRead]
	if err := system.Protect(l.memory[:code], memmgr.ProtReadExec); err != nil {
		return nil, err
	}
	return l, system.Protect(l.memory[code:code+read], memmgr.ProtRead)
}

func (l *goLinker) symbol(name string) (executor.Addr, error) {
	text := append([]byte(name), 0)
	at := l.slot(unsafe.Pointer(&text[0]))
	if *at == (goName{}) {
		return found(0, false)
	}
	return executor.Addr(at.address), nil
}

func (l *goLinker) function(name string) (executor.Addr, error) { return l.symbol(name) }
func (l *goLinker) close() error                                { return system.Release(l.memory) }

// measure is pass 1: sizes, symbols counted.
func (l *goLinker) measure(in *inputs) {
	l.objects = make([]goObject, 0, len(in.buffers))
	globals, commons := 0, uint64(0)
	for _, buffer := range in.buffers {
		o := l.enter(unsafe.Pointer(unsafe.SliceData(buffer.Bytes())))
		globals += len(o.symbols) - o.first
		for i := range o.symbols[o.first:] {
			if y := &o.symbols[o.first+i]; elf.SectionIndex(y.Shndx) == elf.SHN_COMMON {
				commons += y.Size + 64
			}
		}
		l.objects = append(l.objects, o)
	}
	l.names = make([]goName, 1<<bits.Len(uint(2*(globals+len(in.externals))+64)))
	l.common = alignUp(l.end[groupWritten], 64)
	l.got = alignUp(l.common+commons, 64)
	l.end[groupWritten] = l.got + uint64(len(l.names))*8
}

func (l *goLinker) enter(data unsafe.Pointer) goObject {
	header := (*elf.Header64)(data)
	o := goObject{data: data, sections: unsafe.Slice((*elf.Section64)(unsafe.Add(data, header.Shoff)), header.Shnum), base: len(l.address)}
	for i := range o.sections {
		s, at := &o.sections[i], uint64(0)
		switch {
		case s.Flags&uint64(elf.SHF_ALLOC) != 0:
			group := groupOf(s.Flags)
			end := &l.end[group]
			*end = alignUp(*end, s.Addralign)
			at = *end<<2 | group
			*end += s.Size + 4 // what ends a table of frames
		case s.Type == uint32(elf.SHT_SYMTAB):
			o.symbols = unsafe.Slice((*elf.Sym64)(unsafe.Add(data, s.Off)), s.Size/elf.Sym64Size)
			o.strings = unsafe.Add(data, o.sections[s.Link].Off)
			o.first = int(s.Info)
		}
		l.address = append(l.address, at)
	}
	return o
}

// load is pass 2: copies, and defines symbols.
func (l *goLinker) load() (err error) {
	size, base := uint64(0), [numGroups]uint64{}
	for i := range l.end {
		base[i] = size
		l.end[i] = alignUp(l.end[i]+8, 4096)
		size += l.end[i]
	}
	if l.memory, err = system.Reserve(int(size), 0); err != nil {
		return err
	}
	if err := system.Protect(l.memory, memmgr.ProtReadWrite); err != nil {
		return err
	}
	for i := range base {
		base[i] += uint64(uintptr(unsafe.Pointer(unsafe.SliceData(l.memory))))
	}
	l.got += base[groupWritten]
	l.common += base[groupWritten]
	for i := range l.objects {
		l.copy(&l.objects[i], &base)
		l.define(&l.objects[i])
	}
	return nil
}

func (l *goLinker) copy(o *goObject, base *[numGroups]uint64) {
	for i := range o.sections {
		s, at := &o.sections[i], &l.address[o.base+i]
		if s.Flags&uint64(elf.SHF_ALLOC) == 0 {
			continue
		}
		*at = base[*at&3] + *at>>2
		if s.Type != uint32(elf.SHT_NOBITS) {
			copy(unsafe.Slice((*byte)(l.at(*at)), s.Size), unsafe.Slice((*byte)(unsafe.Add(o.data, s.Off)), s.Size))
		}
	}
}

// at returns the memory of an address.
func (l *goLinker) at(address uint64) unsafe.Pointer {
	start := unsafe.Pointer(unsafe.SliceData(l.memory))
	return unsafe.Add(start, address-uint64(uintptr(start)))
}

func (l *goLinker) define(o *goObject) {
	for i := o.first; i < len(o.symbols); i++ {
		y := &o.symbols[i]
		section := elf.SectionIndex(y.Shndx)
		if section == elf.SHN_UNDEF {
			continue
		}
		at := l.slot(unsafe.Add(o.strings, y.Name))
		weak := elf.ST_BIND(y.Info) == elf.STB_WEAK || section == elf.SHN_COMMON
		if at.address != 0 && (weak || !at.weak) {
			continue
		}
		at.weak = weak
		switch {
		case section == elf.SHN_COMMON:
			l.common = alignUp(l.common, y.Value)
			at.address = l.common
			l.common += y.Size
		case section == elf.SHN_ABS:
			at.address = y.Value
		default:
			at.address = y.Value + l.address[o.base+int(section)]
		}
	}
}

// slot returns the slot of a name that ends in a zero, a new one if there is none.
func (l *goLinker) slot(name unsafe.Pointer) *goName {
	hash, size := hashName(name)
	mask := uint32(len(l.names) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		at := &l.names[i]
		if at.name == nil {
			at.name, at.size, at.hash = name, size, hash
			return at
		}
		if at.hash == hash && at.size == size && unsafe.String((*byte)(at.name), size) == unsafe.String((*byte)(name), size) {
			return at
		}
	}
}

// hashName reads eight bytes at a time.
func hashName(name unsafe.Pointer) (hash, size uint32) {
	for *(*byte)(unsafe.Add(name, size)) != 0 {
		size++
	}
	h, left := uint64(0x9e3779b97f4a7c15), size
	for ; left >= 8; left -= 8 {
		h = (h ^ *(*uint64)(name)) * 0xff51afd7ed558ccd
		h ^= h >> 32
		name = unsafe.Add(name, 8)
	}
	word := uint64(left) << 56
	for i := range left {
		word ^= uint64(*(*byte)(unsafe.Add(name, i))) << (8 * i)
	}
	h = (h ^ word) * 0xc4ceb9fe1a85ec53
	return uint32(h ^ h>>29), size
}

// relocate is pass 3.
func (l *goLinker) relocate() {
	var address []uint64
	var slots []uint32
	first := uintptr(unsafe.Pointer(unsafe.SliceData(l.names)))
	for i := range l.objects {
		o := &l.objects[i]
		address, slots = address[:0], slots[:0]
		for k := range o.symbols {
			y, at, slot := &o.symbols[k], uint64(0), uint32(0)
			if k >= o.first {
				name := l.slot(unsafe.Add(o.strings, y.Name))
				at, slot = name.address, uint32((uintptr(unsafe.Pointer(name))-first)/unsafe.Sizeof(goName{}))
			} else if at = y.Value; elf.SectionIndex(y.Shndx) < elf.SHN_LORESERVE {
				at += l.address[o.base+int(y.Shndx)]
			}
			address, slots = append(address, at), append(slots, slot)
		}
		for k := range o.sections {
			if s := &o.sections[k]; s.Type == uint32(elf.SHT_RELA) && o.sections[s.Info].Flags&uint64(elf.SHF_ALLOC) != 0 {
				relocs := unsafe.Slice((*elf.Rela64)(unsafe.Add(o.data, s.Off)), s.Size/uint64(unsafe.Sizeof(elf.Rela64{})))
				l.apply(relocs, l.address[o.base+int(s.Info)], address, slots)
			}
		}
	}
}

func (l *goLinker) apply(relocs []elf.Rela64, base uint64, address []uint64, slots []uint32) {
	for i := range relocs {
		r := &relocs[i]
		symbol, p := r.Info>>32, base+r.Off
		place, v := l.at(p), address[symbol]+uint64(r.Addend)
		switch elf.R_X86_64(uint32(r.Info)) {
		case elf.R_X86_64_64:
			*(*uint64)(place) = v
		case elf.R_X86_64_GOTPCREL, elf.R_X86_64_GOTPCRELX, elf.R_X86_64_REX_GOTPCRELX:
			entry := l.got + uint64(slots[symbol])*8
			*(*uint64)(l.at(entry)) = address[symbol]
			*(*uint32)(place) = uint32(entry + uint64(r.Addend) - p)
		case elf.R_X86_64_PC32, elf.R_X86_64_PLT32:
			*(*uint32)(place) = uint32(v - p)
		case elf.R_X86_64_PC64:
			*(*uint64)(place) = v - p
		case elf.R_X86_64_32, elf.R_X86_64_32S:
			*(*uint32)(place) = uint32(v)
		}
	}
}
