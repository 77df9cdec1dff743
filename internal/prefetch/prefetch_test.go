package prefetch_test

import (
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/internal/prefetch"
)

// A table is asked for while there is something else to do, and read then.
func Example() {
	table := make([]byte, 4096)
	prefetch.Head(table)
	fmt.Println(len(table))
	// Output: 4096
}

// Whatever is asked for, memory is as before, and what is beyond the end of an array is no fault.
func TestPrefetchChangesNothing(t *testing.T) {
	b := make([]byte, 1<<16)
	for i := range b {
		b[i] = byte(i * 7)
	}
	for _, n := range []int{0, 1, 63, 64, 65, 4096, len(b)} {
		for from := range 70 {
			prefetch.Head(b[from : from+min(n, len(b)-from)])
		}
	}
	prefetch.Head(nil)
	prefetch.Line(&b[len(b)-1])
	prefetch.Line[byte](nil)
	for i := range b {
		if b[i] != byte(i*7) {
			t.Fatalf("byte %d is %#x", i, b[i])
		}
	}
	if n := testing.AllocsPerRun(10, func() {
		var local [256]byte
		prefetch.Head(local[:])
		prefetch.Line(&local[128])
	}); n != 0 {
		t.Errorf("asking for memory on the stack allocates %v times", n)
	}
}
