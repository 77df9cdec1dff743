package rtdyld

import (
	"cmp"
	"debug/dwarf"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// printLines prints, for each function of the inputs, the rows of the line table that are about it. Each input is linked by itself, as in LLVM. Where nothing is to be linked, relocations of debug
// information are applied all the same, with each section at an address of its own, so that functions that are all at 0 in the file are told apart.
func (t *Tool) printLines() error {
	for _, path := range t.options.Inputs {
		if err := t.printFile(path); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tool) printFile(path string) error {
	loaded := t.options.Action != PrintObjLine
	var l *linked
	err := t.Phase(PhaseLoad, func() (err error) {
		l, err = t.load(loaded, path)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.Phase(PhaseLink, l.resolve); err != nil {
		return err
	}
	return t.Phase(phasePrint, func() error { return l.printInput(t.Stdout, 0, loaded) })
}

// printInput prints the functions of an input in the order of its file's symbol table, but not those of which COFF has other names (weak externals). Addresses are those of the load, or those in the file.
func (l *linked) printInput(w io.Writer, input int, loaded bool) error {
	img := l.inputs[input].img
	table, err := l.lineTable(input)
	if err != nil {
		return err
	}
	syms, err := symbolsOf(img)
	if err != nil {
		return err
	}
	named := img.FileOrder()
	for i := range syms {
		y := &syms[i]
		if len(named) == len(syms) {
			y = &syms[named[i]]
		}
		if y.Type != objimage.TypeFunc || y.Place != objimage.PlaceSection || img.Format() == objimage.COFF && y.Other == objimage.OtherAlias {
			continue
		}
		b := l.blockOf(input, int(y.Section))
		if b == nil {
			continue
		}
		value := l.objects[input].SectionOffset(int(y.Section), y.Value&^modeBit(img, y))
		addr := l.addressOf(b) + value
		shown := addr
		if !loaded {
			shown = value
		}
		fmt.Fprintf(w, "Function: %s, Size = %d, Addr = %d\n", fileName(img, y), y.Size, shown)
		for _, row := range table.between(addr, y.Size) {
			fmt.Fprintf(w, "  Line info @ %d: %s, line:%d\n", row.addr-addr, row.file, row.line)
		}
	}
	return nil
}

// A lineTable is the line number programs of an object, evaluated: sequences by address.
type lineTable []sequence

// A sequence is a piece of code without gaps, described by rows in the order of addresses.
type sequence struct {
	from, to uint64
	rows     []lineRow
}

type lineRow struct {
	addr uint64
	file string
	line int
}

// between returns the rows that are about size bytes at addr. The first is the one that holds at addr, which may begin before: of several at one address the last.
// There are none unless a sequence contains addr. It is LLVM's DWARFDebugLine::LineTable::lookupAddressRange.
func (t lineTable) between(addr, size uint64) (rows []lineRow) {
	first := slices.IndexFunc(t, func(s sequence) bool { return s.from <= addr && addr < s.to })
	if first < 0 || size == 0 {
		return nil
	}
	for i, s := range t[first:] {
		if s.from >= addr+size {
			break
		}
		from, to := 0, s.rowAt(addr+size-1)
		if i == 0 {
			from = s.rowAt(addr)
		}
		rows = append(rows, s.rows[from:to+1]...)
	}
	return rows
}

// rowAt returns the number of the last row at or before addr, which is not before the sequence.
func (s *sequence) rowAt(addr uint64) int {
	n, _ := slices.BinarySearchFunc(s.rows, addr, func(r lineRow, addr uint64) int {
		if r.addr <= addr {
			return -1
		}
		return 1
	})
	return n - 1
}

// lineTable reads the line tables of an input from its sections as they were linked. It is empty if there is no debug information.
func (l *linked) lineTable(input int) (lineTable, error) {
	sections := map[string][]byte{}
	for _, b := range l.memory.blocks {
		if name, ok := strings.CutPrefix(strings.Replace(b.name, "__debug_", ".debug_", 1), ".debug_"); ok && b.module == l.objects[input].ID() && sections[name] == nil {
			sections[name] = b.section.Mem
		}
	}
	if sections["info"] == nil || sections["line"] == nil {
		return nil, nil
	}
	table, err := readLines(sections, l.inputs[input].img)
	if err != nil {
		return nil, fmt.Errorf("%s: debug information: %w", l.inputs[input].path, err)
	}
	return table, nil
}

func readLines(sections map[string][]byte, img *objimage.Object) (table lineTable, err error) {
	info, abbrev := soleUnit(img)
	data, err := dwarf.New(abbrev, nil, nil, info, sections["line"], nil, nil, sections["str"])
	if err != nil {
		return nil, err
	}
	if err := data.AddSection(".debug_line_str", sections["line_str"]); err != nil {
		return nil, err
	}
	for _, offset := range programs(sections["line"], img.ByteOrder()) {
		if err := table.addProgram(data, offset, fileNames(sections, offset, img.ByteOrder())); err != nil {
			return nil, err
		}
	}
	if img.Arch() == objimage.ArchARM {
		table.clearModes()
	}
	slices.SortStableFunc(table, func(a, b sequence) int { return cmp.Compare(a.from, b.from) })
	return table, nil
}

// clearModes takes the lowest bit off addresses, by which Thumb code is told apart: objects that are not ELF have it in line tables, too, when they are linked.
func (t lineTable) clearModes() {
	for i := range t {
		s := &t[i]
		s.from, s.to = s.from&^1, s.to&^1
		for k := range s.rows {
			s.rows[k].addr &^= 1
		}
	}
}

// addProgram evaluates the line number program at an offset.
func (t *lineTable) addProgram(data *dwarf.Data, offset int, names []string) error {
	unit := &dwarf.Entry{Offset: soleEntry, Tag: dwarf.TagCompileUnit, Field: []dwarf.Field{{Attr: dwarf.AttrStmtList, Val: int64(offset), Class: dwarf.ClassLinePtr}}}
	lines, err := data.LineReader(unit)
	if err != nil || lines == nil {
		return err
	}
	var rows []lineRow
	for {
		var entry dwarf.LineEntry
		if err := lines.Next(&entry); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if !entry.EndSequence {
			rows = append(rows, lineRow{entry.Address, nameOf(entry.File, lines.Files(), names), entry.Line})
			continue
		}
		if len(rows) > 0 {
			*t = append(*t, sequence{rows[0].addr, entry.Address, rows})
			rows = nil
		}
	}
}

// nameOf returns the name of a file as the line table has it. Package dwarf puts the folder before it.
func nameOf(file *dwarf.LineFile, files []*dwarf.LineFile, names []string) string {
	if i := slices.Index(files, file); i >= 0 && i < len(names) {
		return names[i]
	}
	if file == nil {
		return "<invalid>"
	}
	return file.Name
}
