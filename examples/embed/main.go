// Embed carries native code in a static Go program: the object is linked when the program starts, and its functions are called. Its
// source is testdata/freestanding.c.
package main

import (
	_ "embed"
	"fmt"
	"log"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

//go:embed freestanding.o
var object []byte

func main() {
	engine, err := mcjit.New()
	check(err)
	defer engine.Close()
	_, err = engine.AddObject(objimage.NewBuffer("freestanding.o", object))
	check(err)

	checksum, err := mcjit.Func[func(bytes *byte, n int) uint64](engine, "checksum")
	check(err)
	sort, err := mcjit.Func[func(values *int32, n int)](engine, "sort")
	check(err)

	values := []int32{31, -4, 159, 26, 5, -358}
	sort(&values[0], len(values))
	fmt.Printf("sorted %v, checksum %#x\n", values, checksum(&object[0], len(object)))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
