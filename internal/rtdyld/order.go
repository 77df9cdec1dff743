package rtdyld

import (
	"math"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A file is what the order of sections is found from: an objimage.Object, of which a memory manager is given the names of sections only.
type file interface {
	NumSections() int
	Section(i int) objimage.Section
	NumSymbols() int
	Symbols(from int, dst []objimage.Symbol) (int, error)
	RelocTarget(i int) (target, n int, implicitAddend, ok bool)
	Relocs(i, from int, dst []objimage.Reloc) int
}

// ranksOf returns the position of each section in the order in which LLVM's RuntimeDyld allocates an object's: as symbols name them, then as relocations
// do, then as in the file; what the linker makes is last, the GOT before stubs, which LLVM does not have apart.
func ranksOf(f file, secs []memmgr.Section) []int {
	ranks := make([]int, len(secs))
	if f == nil {
		return ranks
	}
	order, _ := sectionOrder(f)
	for i, s := range secs {
		if s.Index > 0 {
			ranks[i] = order[s.Index]
		} else {
			ranks[i] = math.MaxInt/2 - s.Index
		}
	}
	return ranks
}

// sectionOrder returns the position of each section of a file, by number, and that of commons.
func sectionOrder(f file) (order []int, commons int) {
	order, next := make([]int, f.NumSections()), 1
	mention := func(section uint32) {
		if order[section] == 0 {
			order[section] = next
			next++
		}
	}
	syms := make([]objimage.Symbol, f.NumSymbols())
	if _, err := f.Symbols(0, syms); err != nil {
		syms = nil // loading says so
	}
	for i := range syms {
		if syms[i].Place == objimage.PlaceSection && syms[i].Type != objimage.TypeSection && syms[i].Type != objimage.TypeFile {
			mention(syms[i].Section)
		}
	}
	commons = next
	next++
	for i := 1; i < f.NumSections(); i++ {
		target, n, _, ok := f.RelocTarget(i)
		if !ok || n == 0 {
			continue
		}
		mention(uint32(target))
		relocs := make([]objimage.Reloc, n)
		for _, r := range relocs[:f.Relocs(i, 0, relocs)] {
			if int(r.Sym) < len(syms) && syms[r.Sym].Place == objimage.PlaceSection {
				mention(syms[r.Sym].Section)
			}
		}
	}
	for i := range order {
		mention(uint32(i))
	}
	return order, commons
}

// unloaded returns the sections that only LLVM has in memory, in case somebody wants to see them: tables of the file, and what is empty.
func (in *input) unloaded(module uint64, secs []memmgr.Section) (list []*block) {
	loaded := map[int]bool{}
	for i := range secs {
		loaded[secs[i].Index] = true
	}
	order, commons := sectionOrder(in.plain)
	if b := in.commons; b != nil {
		b.module, b.rank = module, commons
		list = append(list, b)
	}
	for i := range in.plain.NumSections() {
		s := in.plain.Section(i)
		if loaded[i] || in.plain.Format() != objimage.ELF && (i == 0 || s.Relocs.Target != 0 || s.Type == 0) {
			continue
		}
		section := memmgr.Section{Index: i, Kind: memmgr.ROData, Size: s.Size, Align: s.Align, Mem: in.plain.SectionData(i)}
		if s.Flags&objimage.SectionExec != 0 {
			section.Kind = memmgr.Code
		}
		list = append(list, &block{module: module, name: string(in.plain.SectionName(i)), section: section, rank: order[i], idle: true})
	}
	return list
}
