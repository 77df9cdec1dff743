package main

import (
	"debug/elf"
	"math/bits"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A goLinker is the floor lb-minilink, written in Go in the same way: it does the least that gives a running program, checks nothing at all, not
// even bounds, and believes every file. What it takes is what Go and its collector take for the work: a linker in Go that checks its input is
// hardly faster.
type goLinker struct {
	objects []goObject
	address []uint64 // of each section of each object
	memory  []byte   // the groups', and behind them the GOT, with an entry for each slot of the table
	end     [numGroups]uint64
	got     uint64
	names   []goName // a hash table

	symbols []uint64 // scratch of relocate: addresses of an object's symbols, and their slots
	slots   []uint32
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
	l, err := newGoLinker(in)
	if err != nil {
		return nil, err
	}
	start := l.end
	for _, buffer := range in.buffers {
		l.load(buffer)
	}
	phase(figLoad)
	for i := range l.objects {
		l.relocate(&l.objects[i])
	}
	return l, l.protect(&start)
}

// floorModules times the floor with each object finalized before the next one is loaded.
func (c *child) floorModules() error {
	for reps, start := 0, cpuTime(); reps == 0 || c.again(reps, cpuTime()-start); reps++ {
		l, err := newGoLinker(c.inputs)
		if err != nil {
			return err
		}
		begin := cpuTime()
		for _, buffer := range c.buffers {
			for g := range l.end {
				l.end[g] = alignUp(l.end[g], goPage)
			}
			start := l.end
			l.relocate(l.load(buffer))
			if err := l.protect(&start); err != nil {
				return err
			}
		}
		c.sample(figModule, float64(cpuTime()-begin)/float64(len(c.buffers)))
		if err := l.close(); err != nil {
			return err
		}
	}
	return nil
}

// goPage is a page, or several.
const goPage = 4096

// newGoLinker makes room for all that the inputs have, however they are aligned.
func newGoLinker(in *inputs) (*goLinker, error) {
	r := &in.result
	l := &goLinker{
		objects: make([]goObject, 0, len(in.buffers)),
		names:   make([]goName, 1<<bits.Len(uint(2*(r.Symbols+r.Externals)+64))),
	}
	room := alignUp(r.LoadedBytes+uint64(r.Sections+numGroups*r.Objects)*goPage, goPage)
	var err error
	if l.memory, err = system.Reserve(int(numGroups*room+alignUp(uint64(len(l.names))*8, goPage)), 0); err != nil {
		return nil, err
	}
	at := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(l.memory))))
	for g := range l.end {
		l.end[g], at = at, at+room
	}
	l.got = at
	return l, system.Protect(l.memory, memmgr.ProtReadWrite)
}

// protect protects what was loaded since the groups ended at start.
func (l *goLinker) protect(start *[numGroups]uint64) error {
	for g, prot := range [...]memmgr.Prot{groupCode: memmgr.ProtReadExec, groupRead: memmgr.ProtRead} {
		if n := alignUp(l.end[g]-start[g], goPage); n > 0 {
			if err := system.Protect(unsafe.Slice((*byte)(l.at(start[g])), n), prot); err != nil {
				return err
			}
		}
	}
	return nil
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

// load copies the sections of an object, and defines its symbols.
func (l *goLinker) load(buffer *objimage.Buffer) *goObject {
	data := unsafe.Pointer(unsafe.SliceData(buffer.Bytes()))
	header := (*elf.Header64)(data)
	o := goObject{data: data, sections: unsafe.Slice((*elf.Section64)(unsafe.Add(data, header.Shoff)), header.Shnum), base: len(l.address)}
	for i := range o.sections {
		s, at := &o.sections[i], uint64(0)
		switch {
		case s.Flags&uint64(elf.SHF_ALLOC) != 0:
			at = l.copy(s, data)
		case s.Type == uint32(elf.SHT_SYMTAB):
			o.symbols = unsafe.Slice((*elf.Sym64)(unsafe.Add(data, s.Off)), s.Size/elf.Sym64Size)
			o.strings = unsafe.Add(data, o.sections[s.Link].Off)
			o.first = int(s.Info)
		}
		l.address = append(l.address, at)
	}
	l.define(&o)
	l.objects = append(l.objects, o)
	return &l.objects[len(l.objects)-1]
}

// copy returns the address of a section.
func (l *goLinker) copy(s *elf.Section64, data unsafe.Pointer) uint64 {
	end := &l.end[groupOf(s.Flags)]
	at := alignUp(*end, s.Addralign)
	*end = at + s.Size + 4 // what ends a table of frames
	if s.Type != uint32(elf.SHT_NOBITS) {
		copy(unsafe.Slice((*byte)(l.at(at)), s.Size), unsafe.Slice((*byte)(unsafe.Add(data, s.Off)), s.Size))
	}
	return at
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
			at.address = alignUp(l.end[groupWritten], y.Value)
			l.end[groupWritten] = at.address + y.Size
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

// relocate applies the relocations of an object.
func (l *goLinker) relocate(o *goObject) {
	first := uintptr(unsafe.Pointer(unsafe.SliceData(l.names)))
	l.symbols, l.slots = l.symbols[:0], l.slots[:0]
	for i := range o.symbols {
		y, at, slot := &o.symbols[i], uint64(0), uint32(0)
		if i >= o.first {
			name := l.slot(unsafe.Add(o.strings, y.Name))
			at, slot = name.address, uint32((uintptr(unsafe.Pointer(name))-first)/unsafe.Sizeof(goName{}))
		} else if at = y.Value; elf.SectionIndex(y.Shndx) < elf.SHN_LORESERVE {
			at += l.address[o.base+int(y.Shndx)]
		}
		l.symbols, l.slots = append(l.symbols, at), append(l.slots, slot)
	}
	for i := range o.sections {
		if s := &o.sections[i]; s.Type == uint32(elf.SHT_RELA) && o.sections[s.Info].Flags&uint64(elf.SHF_ALLOC) != 0 {
			relocs := unsafe.Slice((*elf.Rela64)(unsafe.Add(o.data, s.Off)), s.Size/uint64(unsafe.Sizeof(elf.Rela64{})))
			l.apply(relocs, l.address[o.base+int(s.Info)])
		}
	}
}

func (l *goLinker) apply(relocs []elf.Rela64, base uint64) {
	address, slots := l.symbols, l.slots
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
