package objimage

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// An Import is a member of an import library, which says in which DLL a name is ("PE Format", "Import Library Format"). There is nothing in it to be linked: whoever runs the code knows
// where the DLL is. An object refers to the name itself, which is a function then, or to "__imp_" and the name, which is a pointer to it; the linker makes both of the one address.
type Import struct {
	Name    string // as in objects: C's name
	Symbol  string // as the DLL exports it; empty if it does so by number only
	Ordinal uint16 // the number then; otherwise where to look first in the DLL's table of names
	DLL     string // the file's name; empty in members that GNU dlltool makes, which have it in another member: see Archive.FindDLL
	Next    string // a name that another such member defines, which leads there
	Data    bool   // a variable: objects refer to the pointer only
	Arch    Arch
}

// How the name in the DLL follows from that in objects ("PE Format", "Import Name Type").
const (
	importByOrdinal = iota
	importByName
	importWithoutPrefix
	importUndecorated
	importAs
)

const importHeaderSize = 20

// ImportIn returns what a member of an import library imports, in either form: the short one of lib.exe and llvm-lib, and that of objects, as GNU dlltool makes it, whose members that are
// about the DLL as a whole are imports without a name. It returns nil if b is something else, or no object that can be read. Errors are *FormatError; the Import keeps nothing of b.
func ImportIn(b *Buffer) (m *Import, err error) {
	err = Guard(func() (err error) {
		m, err = importIn(b)
		return err
	})
	return m, err
}

func importIn(b *Buffer) (*Import, error) {
	if !isCOFF(b.data) {
		return nil, nil
	}
	if binary.LittleEndian.Uint32(b.data) == coffAnonymous && len(b.data) >= 6 && binary.LittleEndian.Uint16(b.data[4:]) == 0 {
		return parseImport(b)
	}
	o, err := Parse(b)
	if err != nil {
		return nil, nil // whoever loads it is told
	}
	return importOf(o), nil
}

// parseImport reads the short form.
func parseImport(b *Buffer) (*Import, error) {
	data, le := b.data, binary.LittleEndian
	if len(data) < importHeaderSize {
		return nil, &FormatError{Object: b.name, Msg: "import header is cut off"}
	}
	m := &Import{Arch: coffArch(le.Uint16(data[6:])), Ordinal: le.Uint16(data[16:])}
	flags, size := le.Uint16(data[18:]), le.Uint32(data[12:])
	if m.Arch == ArchUnknown {
		return nil, checkCOFFMachine(b, le.Uint16(data[6:]))
	}
	if uint64(size) > uint64(len(data)-importHeaderSize) {
		return nil, &FormatError{Object: b.name, Offset: 12, Msg: "names of the import are cut off"}
	}
	names := bytes.SplitN(data[importHeaderSize:importHeaderSize+int(size)], []byte{0}, 4)
	if len(names) < 3 || flags>>2&7 == importAs && len(names) < 4 {
		return nil, &FormatError{Object: b.name, Offset: importHeaderSize, Msg: "names of the import have no end"}
	}
	raw := string(names[0])
	m.Name, m.DLL, m.Data = importName(m.Arch, raw), string(names[1]), flags&3 != 0
	switch kind := flags >> 2 & 7; kind {
	case importByOrdinal:
	case importByName:
		m.Symbol = raw
	case importWithoutPrefix:
		m.Symbol = withoutPrefix(raw)
	case importUndecorated:
		m.Symbol, _, _ = strings.Cut(withoutPrefix(raw), "@")
	case importAs:
		m.Symbol = string(names[2])
	default:
		return nil, &FormatError{Object: b.name, Offset: 18, Msg: "unknown kind of name of the import"}
	}
	return m, nil
}

func withoutPrefix(name string) string {
	if len(name) > 0 && strings.IndexByte("?@_", name[0]) >= 0 {
		return name[1:]
	}
	return name
}

// importName is the name of a global symbol as objects of an architecture present it.
func importName(arch Arch, raw string) string {
	if arch != ArchI386 {
		return raw
	}
	return plainName(raw)
}

// importOf returns what an object imports that is a member of an import library, and nil for others.
func importOf(o *Object) *Import {
	var list, text int
	m := &Import{Arch: o.arch, Data: true}
	for i := 1; i <= o.decoded.fileSections; i++ {
		switch name := o.SectionName(i); {
		case bytes.HasPrefix(name, []byte(".idata$")):
			list = i
			if data := o.SectionData(i); string(name) == ".idata$6" && len(data) > 2 {
				m.Ordinal, m.Symbol = binary.LittleEndian.Uint16(data), string(cstring(data[2:]))
			} else if string(name) == ".idata$5" && m.Symbol == "" && len(data) >= o.Bits()/8 && data[o.Bits()/8-1]&0x80 != 0 {
				m.Ordinal = binary.LittleEndian.Uint16(data)
			} else if string(name) == ".idata$7" && o.Section(i).Relocs.Num == 0 && len(data) > 0 && data[0] != 0 {
				m.DLL = string(cstring(data))
			}
		case string(name) == ".text":
			text = i
		}
	}
	if list == 0 {
		return nil
	}
	var y [1]Symbol
	for i := o.firstGlobal; i < o.numSymbols; i++ {
		o.Symbols(i, y[:])
		name := string(o.SymbolName(&y[0]))
		if y[0].Place != PlaceSection {
			m.Next = name
			continue
		}
		m.Data = m.Data && int(y[0].Section) != text
		if imported, ok := o.ImportedName(name); ok {
			m.Name = imported
		}
	}
	return m
}

// FindDLL fills in the DLL of an import that is in a library by GNU dlltool, by its other members. It leaves it empty if they do not say. Errors are those of reading members.
func (a *Archive) FindDLL(m *Import) error {
	next := m.Next
	for range 2 { // the head of the list of the DLL's imports, and its end
		id, ok := a.Lookup(next)
		if m.DLL != "" || !ok {
			break
		}
		b, err := a.Member(id)
		if err != nil {
			return err
		}
		more, err := ImportIn(b)
		if b.Close(); more == nil || err != nil {
			return err
		}
		m.DLL, next = more.DLL, more.Next
	}
	return nil
}

// ImportedName returns the name to which a pointer's name is due: "f" for "__imp_f". It reports false for other names, and for objects of other formats.
func (o *Object) ImportedName(pointer string) (name string, ok bool) {
	if o.Format() != COFF {
		return "", false
	}
	if o.arch == ArchI386 { // the prefix has lost an underscore, and the rest is as in the file
		raw, ok := strings.CutPrefix(pointer, "_imp_")
		return plainName(raw), ok && raw != ""
	}
	name, ok = strings.CutPrefix(pointer, "__imp_")
	return name, ok && name != ""
}
