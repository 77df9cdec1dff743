package rtdyld

import (
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
)

// demote makes definitions weak that a later input has, too: LLVM takes the last one without a word. What refers to such a name in the input itself means its own definition, which becomes a local one, too.
func (t *Tool) demote(inputs []*input) error {
	last := map[string]int{} // the last input that defines a name
	err := eachStrong(inputs, func(i, _ int, name string) { last[name] = i })
	if err != nil {
		return err
	}
	demoted := make([][]int, len(inputs))
	err = eachStrong(inputs, func(i, number int, name string) {
		j := last[name]
		if j == i {
			return
		}
		if demoted[i] = append(demoted[i], number); !inputs[i].isGrouped(number) {
			shown := inputs[i].img.FileName(name)
			fmt.Fprintf(t.Stderr, "%s: warning: duplicate symbol %q: defined in %s and in %s, which is used\n", t.Program, shown, inputs[i].path, inputs[j].path)
		}
	})
	for i, numbers := range demoted {
		if err == nil && len(numbers) > 0 {
			err = inputs[i].demote(numbers)
		}
	}
	return err
}

// eachStrong calls f for each definition that is not weak of a global symbol in an input, with the numbers of both.
func eachStrong(inputs []*input, f func(i, number int, name string)) error {
	for i, in := range inputs {
		syms, err := symbolsOf(in.img)
		if err != nil {
			return err
		}
		for n := in.img.FirstGlobal(); n < len(syms); n++ {
			y := &syms[n]
			if y.Binding == objimage.BindGlobal && (y.Place == objimage.PlaceSection || y.Place == objimage.PlaceAbsolute) {
				f(i, n, string(in.img.SymbolName(y)))
			}
		}
	}
	return nil
}

// ungroup takes the section groups away: LLVM has all copies of what is in COMDAT groups.
func (in *input) ungroup() error {
	groups, err := in.img.Groups()
	if err != nil || len(groups) == 0 {
		return err
	}
	edit, err := in.img.Edit()
	if err != nil {
		return err
	}
	in.grouped = map[uint32]bool{}
	for _, g := range groups {
		for _, section := range g.Members {
			in.grouped[section] = true
		}
	}
	edit.Ungroup()
	in.img, _ = edit.Object()
	return nil
}

// isGrouped says whether a symbol was defined in a group.
func (in *input) isGrouped(symbol int) bool {
	var y [1]objimage.Symbol
	in.img.Symbols(symbol, y[:])
	return y[0].Place == objimage.PlaceSection && in.grouped[y[0].Section]
}

// demote makes global symbols weak, and what refers to them refer to local ones at the same places.
func (in *input) demote(numbers []int) error {
	syms, err := symbolsOf(in.img)
	if err != nil {
		return err
	}
	edit, err := in.img.Edit()
	if err != nil {
		return err
	}
	locals := map[uint32]uint32{}
	for _, n := range numbers {
		y := syms[n]
		y.Binding = objimage.BindLocal
		locals[uint32(n)] = edit.AddSymbol(y)
		y.Binding = objimage.BindWeak
		edit.SetSymbol(uint32(n), y)
	}
	for table := 1; table < in.img.NumSections(); table++ {
		_, n, _, ok := in.img.RelocTarget(table)
		if !ok || n == 0 {
			continue
		}
		relocs := make([]objimage.Reloc, n)
		relocs = relocs[:in.img.Relocs(table, 0, relocs)]
		for i := range relocs {
			if local, ok := locals[relocs[i].Sym]; ok {
				relocs[i].Sym = local
			}
		}
		edit.SetRelocs(table, relocs)
	}
	in.img, _ = edit.Object()
	return nil
}
