//go:build linux && amd64

package hostlib_test

import (
	"fmt"
	"log"
	"os"

	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

func ExampleNewThreadStorage() {
	storage, err := hostlib.NewThreadStorage()
	if err != nil {
		log.Fatal(err)
	}
	engine, err := mcjit.New(mcjit.WithThreadStorage(storage))
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	object, err := os.ReadFile("../testdata/threadlocal.o")
	if err != nil {
		log.Fatal(err)
	}
	if _, err := engine.AddObject(objimage.NewBuffer("threadlocal.o", object)); err != nil {
		log.Fatal(err)
	}
	bump, err := mcjit.Func[func() int32](engine, "bump")
	if err != nil {
		log.Fatal(err)
	}
	count := make(chan int32)
	go func() { count <- bump() }()
	fmt.Println(<-count)
	// Output: 41
}
