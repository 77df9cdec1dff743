package rtdyld

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gomcjit/gomcjit/objimage"
)

// LLVM enters names into one table as it loads: strong definitions in place of what is there, weak ones if nothing is (RuntimeDyldImpl::loadObjectImpl). A reference is bound to what is in the table when its input has been loaded;
// or, if nothing is, to what is there at the end. The linker binds everything at the end, to the one strong definition. So definitions that are not the last get names of their own. Commons are left to the linker: LLVM takes
// "int x;" and "int x = 1;" for two variables.

// A nameTable is that table, with its history: for each name the numbers of the inputs whose definitions it has had.
type nameTable map[string][]int

func (t nameTable) load(number int, img *objimage.Object, globals []objimage.Symbol) {
	for i := range globals {
		y := &globals[i]
		if y.Place != objimage.PlaceSection && y.Place != objimage.PlaceAbsolute {
			continue
		}
		name := string(img.SymbolName(y))
		if y.Binding == objimage.BindGlobal || y.Binding == objimage.BindWeak && len(t[name]) == 0 {
			t[name] = append(t[name], number)
		}
	}
}

// replacedMark is between the name of a definition that is not the last, and the number of its input. No rule can have it.
const replacedMark = "\x02"

// nameFor returns the name by which the input of a number knows what it defines or refers to.
func (t nameTable) nameFor(name string, number int) string {
	history := t[name]
	if len(history) == 0 || history[0] > number {
		return name
	}
	last := len(history) - 1
	at := last
	for history[at] > number {
		at--
	}
	if at == last {
		return name
	}
	return name + replacedMark + strconv.Itoa(history[at])
}

// fileName returns the name that an input's file has for a symbol.
func fileName(img *objimage.Object, y *objimage.Symbol) string { return img.FileName(linkName(img, y)) }

// linkName is fileName as engines have it.
func linkName(img *objimage.Object, y *objimage.Symbol) string {
	name, _, _ := strings.Cut(string(img.SymbolName(y)), replacedMark)
	return name
}

// settle settles what several inputs define, as LLVM does without a word.
func (t *Tool) settle(inputs []*input) error {
	table := nameTable{}
	for i, in := range inputs {
		syms, err := symbolsOf(in.img)
		if err != nil {
			return err
		}
		table.load(i, in.img, syms[in.img.FirstGlobal():])
	}
	several := func(history []int) bool { return len(history) > 1 }
	if !slices.ContainsFunc(slices.Collect(maps.Values(table)), several) {
		return nil
	}
	for i, in := range inputs {
		if err := errors.Join(in.ungroup(), t.rename(inputs, i, table)); err != nil {
			return err
		}
	}
	return nil
}

// rename gives the symbols of an input the names that they have in the table.
func (t *Tool) rename(inputs []*input, number int, table nameTable) error {
	in := inputs[number]
	syms, err := symbolsOf(in.img)
	if err != nil {
		return err
	}
	edit, err := in.img.Edit()
	if err != nil {
		return err
	}
	for n := in.img.FirstGlobal(); n < len(syms); n++ {
		y := &syms[n]
		name := string(in.img.SymbolName(y))
		own := table.nameFor(name, number)
		if own == name {
			continue
		}
		edit.Rename(uint32(n), own)
		if y.Binding == objimage.BindGlobal && y.Place != objimage.PlaceUndefined && !in.isGrouped(y) {
			last := inputs[table[name][len(table[name])-1]]
			fmt.Fprintf(t.Stderr, "%s: warning: duplicate symbol %q: defined in %s and in %s, which is used\n", t.Program, in.img.FileName(name), in.path, last.path)
		}
	}
	in.img, _ = edit.Object()
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
func (in *input) isGrouped(y *objimage.Symbol) bool {
	return y.Place == objimage.PlaceSection && in.grouped[y.Section]
}
