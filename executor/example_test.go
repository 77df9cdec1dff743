package executor_test

import (
	"fmt"

	"github.com/gomcjit/gomcjit/executor"
)

// Addresses are numbers of another process, even if that is this one: they are computed with, and printed as debuggers do.
func ExampleAddr() {
	section := executor.Addr(0x7f0000001000)
	fmt.Println(section + 0x24)
	// Output: 0x7f0000001024
}
