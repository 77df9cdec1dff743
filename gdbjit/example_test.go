package gdbjit_test

import (
	"errors"
	"fmt"

	"github.com/gomcjit/gomcjit/gdbjit"
)

// A code generator that writes debug information of its own registers what it made, and takes it back before the code goes.
func Example() {
	object := []byte("\x7fELF: an object file in which sections have the addresses where they were loaded")
	entry, err := gdbjit.RegisterObject(object)
	if errors.Is(err, gdbjit.ErrUnsupported) {
		return // Windows, WebAssembly
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(entry.Size() == len(object))
	fmt.Println(entry.Unregister())
	fmt.Println(entry.Unregister())
	// Output:
	// true
	// <nil>
	// gdbjit: the entry is not registered any more
}
