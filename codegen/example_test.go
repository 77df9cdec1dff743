package codegen_test

import (
	"fmt"

	"github.com/gomcjit/gomcjit/codegen"
)

func ExampleKindOf() {
	fmt.Println(codegen.KindOf("hello.ll", nil), codegen.KindOf("start.S", nil), codegen.KindOf("cached", []byte("BC\xc0\xde")))
	// Output: LLVM IR assembly with cpp LLVM bitcode
}
