package main

import (
	"debug/elf"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// writeSections lists the sections but number 0.
func writeSections(w io.Writer, img *objimage.Object) {
	t := table{right: []bool{true, false, false, true, true, false, false, false}}
	t.add("#", "name", "type", "bytes", "align", "memory", "", "")
	more := sectionNotes(img)
	for i := 1; i < img.NumSections(); i++ {
		s := img.Section(i)
		note := flagNames(s.Flags)
		target, n, implicit, relocs := img.RelocTarget(i)
		switch {
		case img.Format() != objimage.ELF && (relocs || s.Type == uint32(elf.SHT_GROUP)):
			continue // the file has no such section
		case relocs:
			note = fmt.Sprintf("%s for [%d] %s", count(n, "relocation"), target, printable(string(img.SectionName(target))))
			if implicit {
				note += ", addends in the section"
			}
		}
		note = strings.Join(slices.DeleteFunc([]string{note, more[i]}, func(s string) bool { return s == "" }), ", ")
		t.add(fmt.Sprint(i), string(img.SectionName(i)), sectionType(img, s), fmt.Sprint(s.Size), fmt.Sprint(s.Align), permission(s.Flags), note)
	}
	fmt.Fprintf(w, "\nsections\n")
	t.write(w, "  ")
}

// permission says how the memory of a section is protected, nothing for one that is not loaded.
func permission(f objimage.SectionFlags) string {
	if f&objimage.SectionAlloc == 0 {
		return ""
	}
	p := []byte("r--")
	if f&objimage.SectionWrite != 0 {
		p[1] = 'w'
	}
	if f&objimage.SectionExec != 0 {
		p[2] = 'x'
	}
	return string(p)
}

var sectionFlagNames = []struct {
	flag objimage.SectionFlags
	name string
}{
	{objimage.SectionZeroFill, "zero-fill"}, {objimage.SectionTLS, "thread-local"}, {objimage.SectionMerge, "merge"}, {objimage.SectionStrings, "strings"},
	{objimage.SectionGroup, "group"}, {objimage.SectionLinkOrder, "link-order"}, {objimage.SectionCompressed, "compressed"},
	{objimage.SectionExclude, "exclude"},
}

func flagNames(f objimage.SectionFlags) string {
	var names []string
	for _, n := range sectionFlagNames {
		if f&n.flag != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " ")
}

// writeSymbols lists the symbols but number 0.
func writeSymbols(w io.Writer, img *objimage.Object, syms []objimage.Symbol) {
	t := table{right: []bool{true, true, true, false, false, false, false, false}}
	t.add("#", "value", "bytes", "binding", "type", "visibility", "where", "name")
	for i := 1; i < len(syms); i++ {
		s := &syms[i]
		if s.Type == objimage.TypeSection && img.Format() == objimage.MachO {
			continue // the reader's own
		}
		t.add(fmt.Sprint(i), fmt.Sprintf("%#x", s.Value), fmt.Sprint(s.Size), bindingNames[s.Binding], typeNames[s.Type],
			visibilityNames[s.Visibility], place(img, s), symbolName(img, s))
	}
	fmt.Fprintf(w, "\nsymbols\n")
	t.write(w, "  ")
}

var (
	bindingNames = map[objimage.Binding]string{
		objimage.BindLocal: "local", objimage.BindGlobal: "global", objimage.BindWeak: "weak", objimage.BindUnique: "unique",
	}
	typeNames = map[objimage.SymbolType]string{
		objimage.TypeNone: "", objimage.TypeObject: "object", objimage.TypeFunc: "function", objimage.TypeSection: "section", objimage.TypeFile: "file",
		objimage.TypeCommon: "common", objimage.TypeTLS: "thread-local", objimage.TypeIFunc: "indirect", objimage.TypeOther: "other",
	}
	visibilityNames = map[objimage.Visibility]string{
		objimage.VisibilityDefault: "", objimage.VisibilityInternal: "internal", objimage.VisibilityHidden: "hidden", objimage.VisibilityProtected: "protected",
	}
)

func place(img *objimage.Object, s *objimage.Symbol) string {
	switch s.Place {
	case objimage.PlaceSection:
		return string(img.SectionName(int(s.Section)))
	case objimage.PlaceAbsolute:
		return "(absolute)"
	case objimage.PlaceCommon:
		return "(common)"
	}
	return "(undefined)"
}

// symbolName returns the name; of a section's symbol, which mostly has none, the section's.
func symbolName(img *objimage.Object, s *objimage.Symbol) string {
	name := string(img.SymbolName(s))
	if name == "" && s.Type == objimage.TypeSection && s.Place == objimage.PlaceSection {
		name = string(img.SectionName(int(s.Section)))
	}
	return visible(name)
}

// visible writes the mark of names that C would write otherwise as LLVM's IR does.
func visible(name string) string { return strings.Replace(name, "\x01", `\01`, 1) }

// writeRelocations lists the relocations of each section.
func writeRelocations(w io.Writer, img *objimage.Object, syms []objimage.Symbol) {
	none := true
	for i := 1; i < img.NumSections(); i++ {
		target, n, implicit, ok := img.RelocTarget(i)
		if !ok || n == 0 {
			continue
		}
		none = false
		fmt.Fprintf(w, "\nrelocations of [%d] %s\n", target, printable(string(img.SectionName(target))))
		relocs := make([]objimage.Reloc, n)
		relocs = relocs[:img.Relocs(i, 0, relocs)]
		t := table{right: []bool{true, false, false}}
		t.add("offset", "type", "symbol")
		for _, r := range relocs {
			t.add(fmt.Sprintf("%#x", r.Offset), relocationName(img, r.Type), operand(img, syms, &r, implicit))
		}
		t.write(w, "  ")
	}
	if none {
		fmt.Fprintf(w, "\nno relocations\n")
	}
}

// operand writes what a relocation refers to: symbol and addend.
func operand(img *objimage.Object, syms []objimage.Symbol, r *objimage.Reloc, implicit bool) string {
	name := "(none)"
	switch {
	case uint64(r.Sym) >= uint64(len(syms)) && r.Sym > 0:
		name = fmt.Sprintf("(symbol %d, which does not exist)", r.Sym)
	case r.Sym > 0:
		name = symbolName(img, &syms[r.Sym])
	}
	switch {
	case implicit:
		return name + " + addend in the section"
	case r.Addend > 0:
		return fmt.Sprintf("%s + %#x", name, r.Addend)
	case r.Addend < 0:
		return fmt.Sprintf("%s - %#x", name, -uint64(r.Addend))
	}
	return name
}

// machoOwnTypes is from where on types of Mach-O are the reader's own, which are as wide as addresses.
const machoOwnTypes = 256

// relocationName returns the name of a relocation type in the format's documents, or its number. Of Mach-O, whose types are those of several widths, the width is told, too.
func relocationName(img *objimage.Object, typ uint32) string {
	name := runtimedyld.RelocationName(img, typ)
	if name == "" {
		return fmt.Sprint(typ)
	}
	if img.Format() == objimage.MachO && typ < machoOwnTypes {
		name += ", " + count(1<<(typ>>4&3), "byte")
	}
	return name
}
