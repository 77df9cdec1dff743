package icache_test

import (
	"fmt"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// Whoever writes code calls Sync before anybody runs it.
func Example() {
	code := make([]byte, 64)
	if icache.Known {
		icache.Sync(code)
	}
	fmt.Println("ready to run")
	// Output: ready to run
}
