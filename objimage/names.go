package objimage

import (
	"encoding/binary"
	"math"
	"strings"
)

// Names. The names of symbols here are C's, which engines look for, whatever the format: Mach-O, and COFF on i386, put an underscore before them, which the readers take off. A name that has
// none in the file, as assembly can have, is presented with a byte 1 before it, as LLVM IR writes names that are not to be mangled.

// maxNameBytes bounds the names of a file of so many bytes, all together. They may overlap in the file, as ends of each other do: few bytes of it must not become many of memory, nor be read
// again and again.
func maxNameBytes(size int) int { return int(min(16*int64(size)+1<<16, math.MaxInt32)) }

// FileName returns the name that a symbol has in the file, if SymbolName returns name for it.
func (o *Object) FileName(name string) string {
	if !o.hasUnderscores() {
		return name
	}
	if rest, ok := strings.CutPrefix(name, "\x01"); ok {
		return rest
	}
	return "_" + name
}

// LinkName is the opposite of FileName: the name under which engines know what the file calls so.
func (o *Object) LinkName(name string) string {
	if !o.hasUnderscores() {
		return name
	}
	return plainName(name)
}

// hasUnderscores says whether C's names have an underscore before them in the file.
func (o *Object) hasUnderscores() bool {
	return o.Format() == MachO || o.Format() == COFF && o.arch == ArchI386
}

// hasUnderscores says it of a file by what it begins with.
func hasUnderscores(data []byte) bool {
	switch identify(data) {
	case MachO:
		return true
	case COFF:
		if binary.LittleEndian.Uint32(data) == coffAnonymous && len(data) >= 8 {
			data = data[6:]
		}
		return coffArch(binary.LittleEndian.Uint16(data)) == ArchI386
	}
	return false
}

// plainName is the name without its underscore.
func plainName(name string) string {
	if rest, ok := strings.CutPrefix(name, "_"); ok || name == "" {
		return rest
	}
	return "\x01" + name
}

// WithSections returns the object with other flags and types of sections, and without the tables of relocations that change makes SHT_NULL. It is for tools that load what programs do not
// have in memory. An object of ELF, whose tables are those of the file, returns itself, and false.
func (o *Object) WithSections(change func(s *Section)) (changed *Object, ok bool) {
	if o.decoded == nil {
		return o, false
	}
	n, d := *o, *o.decoded
	d.sections = append([]Section(nil), d.sections...)
	for i := 1; i < len(d.sections); i++ {
		s := &d.sections[i]
		if change(s); s.Type == 0 {
			*s = Section{Index: i, Align: 1}
		}
	}
	n.decoded = &d
	return &n, true
}
