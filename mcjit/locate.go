package mcjit

import (
	"bytes"
	"debug/dwarf"
	"debug/elf"
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// A Location says what is at an address, in the words of the source.
type Location struct {
	Module   *Module
	Symbol   string // the function or variable, as the source names it; "" if the object names none there
	Function bool   // it is a function
	Offset   uint64 // bytes from its start
	File     string // "" without debug information of ELF; RISC-V's lines, whose tables need more relocations than package elf knows, are not found
	Line     int
}

// String returns the location as error messages have it: "f+0x4 (file.c:12)".
func (l Location) String() string {
	text := l.Symbol
	if text == "" && l.Module != nil {
		text = l.Module.Name()
	} else if l.Offset > 0 {
		text += fmt.Sprintf("+%#x", l.Offset)
	}
	if l.File != "" {
		text += fmt.Sprintf(" (%s:%d)", l.File, l.Line)
	}
	return text
}

// Locate finds the module at an address, where the code runs, and what it has there: false if no module of the engine is there. For the place of a call ask for its return address less one. It
// reads the debug information of the module anew, which takes some milliseconds or more. Modules whose files have been truncated may not be found.
func (e *ExecutionEngine) Locate(addr executor.Addr) (Location, bool) {
	e.mu.Lock() // files of modules that are in the engine are open
	defer e.mu.Unlock()
	m := e.moduleAtLocked(addr)
	if m == nil {
		return Location{}, false
	}
	l, o := Location{Module: m}, m.Object()
	_ = objimage.Guard(func() error { // of a file that has been truncated what is found has to do
		l.findSymbol(o, addr)
		l.findLine(o, addr)
		return nil
	})
	return l, true
}

// moduleAt returns the module that has an address where the code runs, or nil.
func (e *ExecutionEngine) moduleAt(addr executor.Addr) *Module {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.moduleAtLocked(addr)
}

// moduleAtLocked is moduleAt for those who hold e.mu.
func (e *ExecutionEngine) moduleAtLocked(addr executor.Addr) *Module {
	for _, list := range [...][]*Module{e.modules, e.builtins} {
		for _, m := range list {
			if o := m.Object(); o != nil && contains(o, addr) {
				return m
			}
		}
	}
	return nil
}

func contains(o *runtimedyld.Object, addr executor.Addr) bool {
	for _, r := range o.AddrRanges() {
		if r.Start <= addr && addr < r.End {
			return true
		}
	}
	return false
}

// findSymbol finds the last symbol before an address that may reach there.
func (l *Location) findSymbol(o *runtimedyld.Object, addr executor.Addr) {
	img := o.Image()
	var buf [64]objimage.Symbol
	var best executor.Addr
	for from := 0; from < img.NumSymbols(); {
		n, err := img.Symbols(from, buf[:])
		if err != nil || n == 0 {
			return
		}
		from += n
		for i := range buf[:n] {
			s := &buf[i]
			if s.Place != objimage.PlaceSection || s.Type == objimage.TypeSection || s.Type == objimage.TypeFile {
				continue
			}
			base, ok := o.SectionLoadAddress(int(s.Section))
			size, _ := o.SectionSize(int(s.Section))
			at := base + executor.Addr(o.SectionOffset(int(s.Section), s.Value))
			name := img.SymbolName(s)
			if !ok || addr < at || at < best || addr-base >= executor.Addr(size) || s.Size > 0 && addr-at >= executor.Addr(s.Size) || len(name) == 0 {
				continue
			}
			best = at
			l.Symbol, l.Function, l.Offset = img.FileName(string(name)), s.Type == objimage.TypeFunc, uint64(addr-at)
		}
	}
}

// makeAbsolute adds the addresses of sections to the values of symbols in an object file with addresses: package elf relocates debug information by the values alone.
func makeAbsolute(f *elf.File, object []byte) {
	entry, shndx, value, word := uint64(elf.Sym64Size), 6, 8, 8
	if f.Class == elf.ELFCLASS32 {
		entry, shndx, value, word = elf.Sym32Size, 14, 4, 4
	}
	table := f.SectionByType(elf.SHT_SYMTAB)
	if table == nil || table.Offset > uint64(len(object)) || table.FileSize > uint64(len(object))-table.Offset {
		return
	}
	for b := object[table.Offset : table.Offset+table.FileSize]; uint64(len(b)) >= entry; b = b[entry:] {
		section := int(f.ByteOrder.Uint16(b[shndx:]))
		if section == 0 || section >= len(f.Sections) {
			continue
		}
		addr, field := f.Sections[section].Addr, b[value:value+word]
		if word == 4 {
			f.ByteOrder.PutUint32(field, f.ByteOrder.Uint32(field)+uint32(addr))
		} else {
			f.ByteOrder.PutUint64(field, f.ByteOrder.Uint64(field)+addr)
		}
	}
}

// findLine looks into the line tables. What is wrong with them is no error: the symbol is enough.
func (l *Location) findLine(o *runtimedyld.Object, addr executor.Addr) {
	if o.Image().Format() != objimage.ELF || !o.HasDebugInfo() {
		return
	}
	object, err := o.DebugImage().DebugObject()
	if err != nil {
		return
	}
	f, err := elf.NewFile(bytes.NewReader(object))
	if err != nil {
		return
	}
	makeAbsolute(f, object)
	data, err := f.DWARF()
	if err != nil {
		return
	}
	unit, err := data.Reader().SeekPC(uint64(addr))
	if err != nil {
		return
	}
	lines, err := data.LineReader(unit)
	if err != nil || lines == nil {
		return
	}
	var entry dwarf.LineEntry
	if lines.SeekPC(uint64(addr), &entry) == nil && entry.File != nil {
		l.File, l.Line = entry.File.Name, entry.Line
	}
}
