//go:build linux && amd64

package hostlib_test

import (
	"fmt"
	"log"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
)

func Example() {
	m, err := hostlib.OpenByName("m")
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	addr, ok := m.Lookup("floor")
	if !ok {
		log.Fatal("libm has no floor")
	}
	floor, err := inprocess.Bind[func(float64) float64](addr, inprocess.Leaf())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(floor(-2.5))
	// Output: -3
}
