package elfsymbols

import (
	"debug/elf"
	"encoding/binary"
	"strings"
)

// A Symbol is one of a table, as it lies there.
type Symbol struct {
	Name    string // a part of the table's strings
	Value   uint64
	Info    byte
	Other   byte
	Section elf.SectionIndex
	Hidden  bool // it is an older version of a symbol
}

// Bind returns the symbol's binding.
func (s *Symbol) Bind() elf.SymBind { return elf.ST_BIND(s.Info) }

// Type returns the symbol's type.
func (s *Symbol) Type() elf.SymType { return elf.ST_TYPE(s.Info) }

// IsAddress says whether the symbol is the address of something that can be used from elsewhere: it is defined, and no file, section or thread-local variable.
func (s *Symbol) IsAddress() bool {
	t := s.Type()
	return s.Section != elf.SHN_UNDEF && t != elf.STT_TLS && t != elf.STT_FILE && t != elf.STT_SECTION
}

// A section is what is needed of a section header.
type section struct {
	typ                  elf.SectionType
	flags                elf.SectionFlag
	off, size, entrySize uint64
	link                 uint32
}

// Symbols calls a function for the symbols of the first table of a type, SHT_SYMTAB or SHT_DYNSYM, that have a name. A file without such a table has none; one that exceeds the budget is a *FormatError.
func (f *File) Symbols(kind elf.SectionType, each func(Symbol)) error {
	table, versions, strtab, err := f.findTable(kind)
	if err != nil || table == nil {
		return err
	}
	if table.entrySize != f.sizes().symbol || table.size/table.entrySize > maxEntries || strtab.size > maxStrings {
		return malformed("a symbol table of %d bytes, with %d of names, is not believed", table.size, strtab.size)
	}
	if f.Budget != nil {
		if table.size+strtab.size > *f.Budget {
			return malformed("its symbol table, and those of others, are larger than all that is read")
		}
		*f.Budget -= table.size + strtab.size
	}
	text, err := f.read(strtab.off, strtab.size)
	if err != nil {
		return err
	}
	t := NewTable(&f.Header, string(text))
	const step = 1 << 12 // symbols at a time
	count := table.size / table.entrySize
	for i := uint64(0); i < count; i += step {
		n := min(step, count-i)
		entries, err := f.read(table.off+i*table.entrySize, n*table.entrySize)
		if err != nil {
			return err
		}
		var marks []byte
		if versions != nil && versions.size >= 2*count {
			if marks, err = f.read(versions.off+2*i, 2*n); err != nil {
				return err
			}
		}
		if err := t.Each(entries, marks, each); err != nil {
			return err
		}
	}
	return nil
}

// findTable looks for a symbol table, the versions that belong to it, if there are, and its strings.
func (f *File) findTable(kind elf.SectionType) (table, versions, strtab *section, err error) {
	count, size := uint64(f.numHeads), f.sizes().section
	if f.Header.sections == 0 {
		return nil, nil, nil, nil
	}
	if uint64(f.headSize) != size {
		return nil, nil, nil, malformed("section headers of %d bytes", f.headSize)
	}
	if count == 0 { // then the first one has it ("e_shnum")
		first, err := f.heads(0, 1)
		if err != nil {
			return nil, nil, nil, err
		}
		count = first[0].size
	}
	if count > maxSections {
		return nil, nil, nil, malformed("%d sections are not believed", count)
	}
	const step = 1 << 10 // headers at a time
	index := uint64(0)
	for i := uint64(0); i < count; i += step {
		list, err := f.heads(i, min(step, count-i))
		if err != nil {
			return nil, nil, nil, err
		}
		for j := range list {
			switch s := list[j]; {
			case s.typ == kind && table == nil:
				table, index = &s, i+uint64(j)
			case s.typ == elf.SHT_GNU_VERSYM && versions == nil:
				versions = &s
			}
		}
	}
	if table == nil {
		return nil, nil, nil, nil
	}
	if versions != nil && uint64(versions.link) != index {
		versions = nil
	}
	if uint64(table.link) >= count {
		return nil, nil, nil, malformed("a symbol table without names")
	}
	names, err := f.heads(uint64(table.link), 1)
	if err != nil {
		return nil, nil, nil, err
	}
	if strtab = &names[0]; strtab.typ != elf.SHT_STRTAB || (table.flags|strtab.flags)&elf.SHF_COMPRESSED != 0 {
		return nil, nil, nil, malformed("a symbol table whose names cannot be read")
	}
	return table, versions, strtab, nil
}

// heads reads section headers.
func (f *File) heads(from, n uint64) ([]section, error) {
	size := f.sizes().section
	b, err := f.read(f.Header.sections+from*size, n*size)
	if err != nil {
		return nil, err
	}
	list := make([]section, n)
	for i := range list {
		g := fields{b[uint64(i)*size:][:size], f.Order, f.Wide()}
		s := &list[i]
		g.long() // sh_name
		s.typ, s.flags = elf.SectionType(g.long()), elf.SectionFlag(g.address())
		g.address() // sh_addr
		s.off, s.size, s.link = g.address(), g.address(), g.long()
		g.long()    // sh_info
		g.address() // sh_addralign
		s.entrySize = g.address()
	}
	return list, nil
}

// A Table decodes entries of a symbol table. Names may all be parts of one another, of which there is an end: all together they are a few times as long as the strings are, and the entries.
type Table struct {
	wide   bool
	order  binary.ByteOrder
	text   string
	budget int // bytes of names that are still looked at
}

// maxName is the longest name that a symbol may have, in bytes: others have none.
const maxName = 1 << 16

// NewTable returns what decodes the entries of a file whose names are parts of text.
func NewTable(h *Header, text string) *Table {
	return &Table{wide: h.Wide(), order: h.Order, text: text, budget: 16*len(text) + maxName}
}

// EntrySize returns how many bytes an entry has.
func (t *Table) EntrySize() int {
	if t.wide {
		return 24
	}
	return 16
}

// nameAllowance is how many bytes of names an entry may have besides, without an account: many symbols may have one name.
const nameAllowance = 256

// Each calls a function for the symbols in entries that have a name. versions are two bytes for each of them, or nil.
func (t *Table) Each(entries, versions []byte, each func(Symbol)) error {
	size := t.EntrySize()
	for i := 0; (i+1)*size <= len(entries); i++ {
		s, name := t.decode(entries[i*size : (i+1)*size])
		if uint64(name) >= uint64(len(t.text)) {
			continue
		}
		rest := t.text[name:min(uint64(name)+maxName, uint64(len(t.text)))]
		end := strings.IndexByte(rest, 0)
		looked := end
		if end < 0 {
			looked = len(rest)
		}
		if t.budget -= max(0, looked-nameAllowance); t.budget < 0 {
			return malformed("the names of symbols are parts of each other, so that they have no end")
		}
		if end <= 0 {
			continue
		}
		s.Name = rest[:end]
		if len(versions) >= 2*(i+1) {
			s.Hidden = t.order.Uint16(versions[2*i:])&0x8000 != 0
		}
		each(s)
	}
	return nil
}

// decode decodes an entry, but for its name.
func (t *Table) decode(b []byte) (s Symbol, name uint32) {
	f := fields{b, t.order, t.wide}
	name = f.long()
	if t.wide {
		s.Info, s.Other = f.b[0], f.b[1]
		f.b = f.b[2:]
		s.Section = elf.SectionIndex(f.half())
		s.Value = f.address()
		return s, name
	}
	s.Value = f.address()
	f.address() // st_size
	s.Info, s.Other = f.b[0], f.b[1]
	f.b = f.b[2:]
	s.Section = elf.SectionIndex(f.half())
	return s, name
}
