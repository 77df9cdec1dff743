//go:build linux && amd64 && !race

package threads_test

import (
	"fmt"
	"log"
	"os"
	"runtime"

	"github.com/gomcjit/gomcjit/executor/threads"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// Each thread has a counter of its own. Engines use the storage by themselves; it is given here to show how.
func ExampleStorage() {
	storage, err := threads.Storage()
	if err != nil {
		log.Fatal(err)
	}
	engine, err := mcjit.New(mcjit.WithThreadStorage(storage))
	if err != nil {
		log.Fatal(err)
	}
	defer engine.Close()
	object, err := os.ReadFile("../../testdata/threadlocal.o")
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
	counts := make(chan int32)
	for range 2 {
		go func() {
			runtime.LockOSThread()
			bump()
			counts <- bump()
		}()
	}
	fmt.Println(<-counts, <-counts)
	// Output: 42 42
}
