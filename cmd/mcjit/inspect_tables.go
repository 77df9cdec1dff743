package main

import (
	"debug/elf"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// writeSections lists the sections but number 0.
func writeSections(w io.Writer, img *objimage.Object) {
	t := table{right: []bool{true, false, false, true, true, false, false, false}}
	t.add("#", "name", "type", "bytes", "align", "memory", "", "")
	for i := 1; i < img.NumSections(); i++ {
		s := img.Section(i)
		note := flagNames(s.Flags)
		if target, n, implicit, ok := img.RelocTarget(i); ok {
			note = fmt.Sprintf("%s for [%d] %s", count(n, "relocation"), target, img.SectionName(target))
			if implicit {
				note += ", addends in the section"
			}
		}
		t.add(fmt.Sprint(i), string(img.SectionName(i)), strings.TrimPrefix(elf.SectionType(s.Type).String(), "SHT_"), fmt.Sprint(s.Size), fmt.Sprint(s.Align),
			permission(s.Flags), note)
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
	return name
}

// writeRelocations lists the relocations of each section.
func writeRelocations(w io.Writer, img *objimage.Object, syms []objimage.Symbol) {
	none := true
	for i := 1; i < img.NumSections(); i++ {
		target, n, implicit, ok := img.RelocTarget(i)
		if !ok || n == 0 {
			continue
		}
		none = false
		fmt.Fprintf(w, "\nrelocations of [%d] %s\n", target, img.SectionName(target))
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

// A relocationKey is a relocation type of an architecture and a format.
type relocationKey struct {
	arch, format string
	typ          uint32
}

// otherRelocations has the names of relocation types of other formats than ELF, which are the linker's.
var otherRelocations = sync.OnceValue(func() map[relocationKey]string {
	names := map[relocationKey]string{}
	for r := range runtimedyld.Relocations() {
		names[relocationKey{r.Arch, r.Format, r.Type}] = r.Name
	}
	return names
})

// relocationName returns the psABI's name of a relocation type. Those of an architecture whose names are not known are numbers.
func relocationName(img *objimage.Object, typ uint32) string {
	if img.Format() != objimage.ELF {
		if name := otherRelocations()[relocationKey{img.Arch().String(), img.Format().String(), typ}]; name != "" {
			return name
		}
		return fmt.Sprint(typ)
	}
	switch elf.Machine(img.Machine()) {
	case elf.EM_X86_64:
		return elf.R_X86_64(typ).String()
	case elf.EM_386:
		return elf.R_386(typ).String()
	case elf.EM_AARCH64:
		return elf.R_AARCH64(typ).String()
	case elf.EM_ARM:
		return elf.R_ARM(typ).String()
	case elf.EM_PPC:
		return elf.R_PPC(typ).String()
	case elf.EM_PPC64:
		return elf.R_PPC64(typ).String()
	case elf.EM_RISCV:
		return elf.R_RISCV(typ).String()
	case elf.EM_S390:
		return elf.R_390(typ).String()
	case elf.EM_LOONGARCH:
		return elf.R_LARCH(typ).String()
	}
	return fmt.Sprint(typ)
}
