package rtdyld

import (
	"cmp"
	"debug/elf"
	"math"
	"slices"

	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// A file is what the order of sections is found from: an objimage.Object, of which a memory manager is given the names of sections only.
type file interface {
	Format() objimage.Format
	NumSections() int
	Section(i int) objimage.Section
	NumSymbols() int
	Symbols(from int, dst []objimage.Symbol) (int, error)
	FileOrder() []uint32
	RelocTarget(i int) (target, n int, implicitAddend, ok bool)
	Relocs(i, from int, dst []objimage.Reloc) int
}

// ranksOf returns the position of each section in the order in which LLVM's RuntimeDyld allocates an object's: as symbols name them, then as relocations
// do, then as in the file; what the linker makes is last, the GOT before stubs, which LLVM does not have apart.
func ranksOf(f file, in *input, secs []memmgr.Section) []int {
	ranks := make([]int, len(secs))
	if f == nil {
		return ranks
	}
	var passed []bool
	if in != nil {
		passed = in.passed
	}
	order, _ := sectionOrder(f, passed)
	for i, s := range secs {
		if s.Index > 0 {
			ranks[i] = order[s.Index]
		} else {
			ranks[i] = rankOf(s.Index)
		}
	}
	return ranks
}

// rankOf returns the position of what the linker makes.
func rankOf(index int) int { return math.MaxInt/2 - index }

// sectionOrder returns the position of each section of a file, by number, and that of commons. Symbols that are passed over name no section.
func sectionOrder(f file, passed []bool) (order []int, commons int) {
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
	isPassed := func(n int) bool { // so is a weak external of COFF, which is no definition to LLVM
		return n < len(passed) && passed[n] || n < len(syms) && f.Format() == objimage.COFF && syms[n].Other == objimage.OtherAlias
	}
	named := f.FileOrder()
	for i := range syms {
		n := i
		if len(named) == len(syms) {
			n = int(named[i])
		}
		if y := &syms[n]; !isPassed(n) && y.Place == objimage.PlaceSection && y.Type != objimage.TypeSection && y.Type != objimage.TypeFile {
			mention(y.Section)
		}
	}
	commons = next
	next++
	for _, step := range relocationSteps(f) {
		mention(uint32(step.section))
		relocs := make([]objimage.Reloc, step.n)
		for _, r := range relocs[:f.Relocs(step.table, 0, relocs)] {
			if int(r.Sym) < len(syms) && syms[r.Sym].Place == objimage.PlaceSection && !isPassed(int(r.Sym)) {
				mention(syms[r.Sym].Section)
			}
		}
	}
	for i := range order {
		mention(uint32(i))
	}
	return order, commons
}

// firstAddress returns where the section is that LLVM loads first.
func (l *linked) firstAddress() uint64 {
	var first *block
	for _, b := range l.memory.blocks {
		if l.inputOf(b) == l.inputs[0] && (first == nil || b.rank < first.rank) {
			first = b
		}
	}
	if first == nil {
		return 0
	}
	return l.addressOf(first)
}

// A relocationStep is a table of relocations, which apply to a section.
type relocationStep struct{ section, table, n int }

// relocationSteps returns LLVM's way through the relocations: in ELF from table to table; in other formats, where they are parts of sections, from section to section, those that have none included.
func relocationSteps(f file) (steps []relocationStep) {
	for i := 1; i < f.NumSections(); i++ {
		if target, n, _, ok := f.RelocTarget(i); ok && n > 0 {
			steps = append(steps, relocationStep{target, i, n})
		} else if f.Format() != objimage.ELF && !ok && isOfFile(f.Section(i)) {
			steps = append(steps, relocationStep{i, i, 0})
		}
	}
	if f.Format() != objimage.ELF {
		slices.SortStableFunc(steps, func(a, b relocationStep) int { return cmp.Compare(a.section, b.section) })
	}
	return steps
}

// isOfFile says whether a section of another format than ELF is one of the file, and none of the tables and groups that its reader makes.
func isOfFile(s objimage.Section) bool {
	return s.Relocs.Target == 0 && s.Type != uint32(elf.SHT_NULL) && s.Type != uint32(elf.SHT_GROUP)
}

// unloaded returns the sections that only LLVM has in memory, in case somebody wants to see them: tables of the file, and what is empty.
func (in *input) unloaded(module uint64, secs []memmgr.Section) (list []*block) {
	loaded := map[int]bool{}
	for i := range secs {
		loaded[secs[i].Index] = true
	}
	order, commons := sectionOrder(in.plain, in.passed)
	if b := in.commons; b != nil {
		b.module, b.rank = module, commons
		list = append(list, b)
	}
	for i := range in.plain.NumSections() {
		s := in.plain.Section(i)
		if loaded[i] || in.isMade(i) || in.plain.Format() != objimage.ELF && !isOfFile(s) {
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
