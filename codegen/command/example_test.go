package command_test

import (
	"fmt"

	"github.com/gomcjit/gomcjit/codegen"
	"github.com/gomcjit/gomcjit/codegen/command"
)

func ExamplePrograms() {
	fmt.Println(command.Programs(codegen.C))
	fmt.Println(command.Programs(codegen.Bitcode))
	// Output:
	// [clang gcc cc]
	// [llc clang]
}
