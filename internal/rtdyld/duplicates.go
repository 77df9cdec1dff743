package rtdyld

import (
	"debug/elf"
	"fmt"

	"github.com/gomcjit/gomcjit/objimage"
)

// demote makes definitions weak that a later input has, too: LLVM takes the last one without a word. It is for ELF; of other formats the linker says what is defined twice.
func (t *Tool) demote(inputs []*input) error {
	last := map[string]int{} // the last input that defines a name
	err := eachStrong(inputs, func(i, _ int, name string) { last[name] = i })
	if err != nil {
		return err
	}
	changed := map[int]bool{}
	err = eachStrong(inputs, func(i, number int, name string) {
		if j := last[name]; j != i {
			fmt.Fprintf(t.Stderr, "%s: warning: duplicate symbol %q: defined in %s and in %s, which is used\n", t.Program, name, inputs[i].path, inputs[j].path)
			setWeak(inputs[i], number)
			changed[i] = true
		}
	})
	for i := range changed {
		if in := inputs[i]; err == nil {
			in.img, err = objimage.Parse(objimage.NewBuffer(in.path, in.data))
		}
	}
	return err
}

// eachStrong calls f for each definition that is not weak of a global symbol in an ELF input, with the numbers of both.
func eachStrong(inputs []*input, f func(i, number int, name string)) error {
	for i, in := range inputs {
		if in.img.Format() != objimage.ELF {
			continue
		}
		syms, err := symbolsOf(in.img)
		if err != nil {
			return err
		}
		for n := in.img.FirstGlobal(); n < len(syms); n++ {
			if y := &syms[n]; y.Binding == objimage.BindGlobal && (y.Place == objimage.PlaceSection || y.Place == objimage.PlaceAbsolute) {
				f(i, n, string(in.img.SymbolName(y)))
			}
		}
	}
	return nil
}

// setWeak sets the binding of a symbol in the bytes of an ELF input (gABI, "Symbol Table": st_info).
func setWeak(in *input, number int) {
	size, info := elf.Sym64Size, 4
	if in.img.Bits() == 32 {
		size, info = elf.Sym32Size, 12
	}
	for i := 1; i < in.img.NumSections(); i++ {
		if s := in.img.Section(i); s.Type == uint32(elf.SHT_SYMTAB) {
			at := &in.data[s.Offset+uint64(number*size+info)]
			*at = byte(elf.STB_WEAK)<<4 | *at&0xf
			return
		}
	}
}
