package runtimedyld

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// Windows finds out how to unwind a function by a table of all functions, sorted by their addresses: .pdata, of which compilers write a piece for each section of code. Its entries
// begin with the function's address relative to the image. The linker makes one table of an object's pieces, which stay as they are.

// A FunctionTable is the table of an object's functions with unwind information, for who runs the code: RtlAddGrowableFunctionTable(&token, Addr, Entries, Entries, Base, End), and
// RtlDeleteGrowableFunctionTable(token) before the memory is given back. Entries are RUNTIME_FUNCTION of the architecture, sorted. Base to End is to be the object's alone: it is if the memory
// manager puts images as they want it (memmgr.Module.Image).
type FunctionTable struct {
	Addr      executor.Addr // of the first entry
	Entries   int
	EntrySize int           // bytes: 12 on x86-64, 8 on ARM and AArch64
	Base      executor.Addr // to which addresses in the table, and in what it refers to, are relative
	End       executor.Addr // behind the last of the object's sections of code
}

// FunctionTable returns the table of an object's functions; false if it has none, as objects of other formats, those of i386, and those without code. It is valid for a Finalized object, and in Hooks.Finalizing
// and Hooks.Leaving.
func (o *Object) FunctionTable() (t FunctionTable, ok bool) {
	if o.coff == nil || o.coff.table < 0 || o.coff.entries == 0 {
		return t, false
	}
	t = FunctionTable{
		Addr: executor.Addr(o.loadAddr(int(o.coff.table))), Entries: int(o.coff.entries), EntrySize: int(functionSize(o.arch)), Base: executor.Addr(o.coff.base),
	}
	for i := range o.fileSections() {
		if o.img.Section(int(o.sections[i].file)).Flags&objimage.SectionExec != 0 {
			t.End = max(t.End, executor.Addr(o.loadAddr(i)+o.size(i)))
		}
	}
	return t, t.End > t.Base
}

// ImageBase returns the address of the image that a COFF object is, which is that of __ImageBase; false for objects of other formats. It is valid as FunctionTable is.
func (o *Object) ImageBase() (base executor.Addr, ok bool) {
	if o.coff == nil || o.img.Format() != objimage.COFF {
		return 0, false
	}
	return executor.Addr(o.coff.base), true
}

// functionSize returns the size of an entry, 0 if there are none.
func functionSize(a *arch) uint64 {
	switch a.base() {
	case &x86_64:
		return 12
	case &arm, &aarch64:
		return 8
	}
	return 0
}

// planFunctions asks for memory for the table of functions.
func (p *plan) planFunctions() {
	each, size := functionSize(p.arch), uint64(0)
	if each == 0 || !p.roles.Has(RoleFunctions) {
		return
	}
	for k, file := range p.files {
		if s := p.img.Section(int(file)); RoleOf(p.img, &s) == RoleFunctions {
			p.coff.pieces = append(p.coff.pieces, uint32(k))
			size += s.Size / each * each
		}
	}
	if size == 0 {
		return
	}
	p.coff.table = int32(len(p.requests))
	p.requests = append(p.requests, memmgr.Section{Index: SectionFunctions, Kind: memmgr.ROData, Size: size, Align: functionsAlign})
}

// functionsAlign is the alignment of the table, in bytes.
const functionsAlign = 4

// tableSize returns the bytes of the table: what planFunctions has asked for.
func (c *coffPart) tableSize(o *Object) (size uint64) {
	each := functionSize(o.arch)
	for _, k := range c.pieces {
		size += o.size(int(k)) / each * each
	}
	return size
}

// coffFinish makes the table of functions, when its pieces are relocated. Entries for nothing are left out.
func coffFinish(f *fixer) {
	o := f.o
	if o.coff.table < 0 {
		return
	}
	each := int(functionSize(o.arch))
	var list [][]byte
	size := uint64(0) // as planFunctions has it
	for _, k := range o.coff.pieces {
		piece := o.mem(int(k), o.layout.extents[k].size)
		size += uint64(len(piece) / each * each)
		for ; len(piece) >= each; piece = piece[each:] {
			if binary.LittleEndian.Uint32(piece) != 0 || binary.LittleEndian.Uint32(piece[4:]) != 0 {
				list = append(list, piece[:each])
			}
		}
	}
	slices.SortStableFunc(list, func(a, b []byte) int {
		return cmp.Compare(binary.LittleEndian.Uint32(a), binary.LittleEndian.Uint32(b))
	})
	o.coff.entries = uint64(len(list))
	table := o.mem(int(o.coff.table), size)
	clear(table[copy(table, bytes.Join(list, nil)):]) // what was an entry before sections were moved may be none now
}

// isFunctions says whether a section is a piece of the table of functions.
func isFunctions(img *objimage.Object, name []byte) bool {
	rest, ok := bytes.CutPrefix(name, []byte(".pdata"))
	return ok && img.Format() == objimage.COFF && (len(rest) == 0 || rest[0] == '$')
}

// coffRole returns the role of a section of a name that only COFF has. Functions of the C runtime's lists are grouped by the letter behind "X": initializers of C and of C++, pre-terminators and
// terminators ("CRT initialization"), and TLS callbacks ("PE Format", "TLS Callback Functions").
func coffRole(img *objimage.Object, name []byte) Role {
	if isFunctions(img, name) {
		return RoleFunctions
	}
	list, ok := bytes.CutPrefix(name, []byte(".CRT$X"))
	if !ok || len(list) == 0 || img.Format() != objimage.COFF {
		return RoleNone
	}
	switch list[0] {
	case 'I', 'C':
		return RoleCRTInit
	case 'P', 'T':
		return RoleCRTTerm
	case 'L':
		return RoleTLSCallbacks
	}
	return RoleNone
}
