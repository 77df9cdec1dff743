package objimage_test

import (
	"fmt"
	"log"

	"github.com/gomcjit/gomcjit/objimage"
)

// Of each object what main needs stays: sections of ELF, and atoms of Mach-O, whose section of code becomes one for each function.
func ExampleStrip() {
	for _, name := range []string{"sections.o", "sections_macho.o"} {
		buf, err := objimage.OpenBuffer("../testdata/" + name)
		if err != nil {
			log.Fatal(err)
		}
		defer buf.Close()
		obj, err := objimage.ParseAtoms(buf)
		if err != nil {
			log.Fatal(err)
		}
		list, err := objimage.Strip([]*objimage.Object{obj}, func(name string) bool { return name == "main" })
		if err != nil {
			log.Fatal(err)
		}
		symbols := make([]objimage.Symbol, list[0].NumSymbols())
		if _, err := list[0].Symbols(0, symbols); err != nil {
			log.Fatal(err)
		}
		for i := list[0].FirstGlobal(); i < len(symbols); i++ {
			if y := &symbols[i]; y.Place == objimage.PlaceSection {
				s := list[0].Section(int(y.Section))
				fmt.Printf("%s: %s is loaded: %v\n", name, list[0].SymbolName(y), s.Flags&objimage.SectionAlloc != 0)
			}
		}
	}
	// Output:
	// sections.o: used is loaded: true
	// sections.o: unused is loaded: false
	// sections.o: unused_data is loaded: false
	// sections.o: main is loaded: true
	// sections_macho.o: main is loaded: true
	// sections_macho.o: unused is loaded: false
	// sections_macho.o: unused_data is loaded: false
	// sections_macho.o: used is loaded: true
}
