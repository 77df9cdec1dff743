package llvmstubs_test

import (
	"fmt"
	"os"

	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/objimage"
)

func Example() {
	data, err := os.ReadFile("../../../testdata/rules/arm/llvm.o")
	if err != nil {
		fmt.Println(err)
		return
	}
	img, err := objimage.Parse(objimage.NewBuffer("llvm.o", data))
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := llvmstubs.Add(img, func(name string) bool { return false })
	if err != nil {
		fmt.Println(err)
		return
	}
	syms := make([]objimage.Symbol, result.Object.NumSymbols())
	result.Object.Symbols(0, syms)
	for _, s := range result.Stubs {
		fmt.Printf("%s+%#x leads to %s\n", img.SectionName(s.Section), s.Offset, result.Object.SymbolName(&syms[s.Symbol]))
	}
	// Output:
	// .text+0x18 leads to far
	// .text+0x20 leads to local
}
