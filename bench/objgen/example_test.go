package objgen_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gomcjit/gomcjit/bench/objgen"
)

func Example() {
	g := &objgen.Generator{Dir: os.TempDir(), Jobs: 2, Log: os.Stderr}
	set, err := g.Set(context.Background(), "many-many")
	var unknown *objgen.UnknownSetError
	if errors.As(err, &unknown) {
		fmt.Println("no set is called", unknown.Name)
		return
	}
	fmt.Println(len(set.Files), "objects")
	// Output: no set is called many-many
}
