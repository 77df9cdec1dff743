// Package threadtest has what tests of thread-local storage need, with a C library in the process and without.
//
// Only tests import this package. Its functions may be called from parallel tests, but for Flat, which looks at the whole process.
package threadtest

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// Add adds an object, or ends the test.
func Add(t testing.TB, e *mcjit.ExecutionEngine, name string, object []byte) *mcjit.Module {
	t.Helper()
	m, err := e.AddObject(objimage.NewBuffer(name, object))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Bind is mcjit.Func that ends the test if it fails.
func Bind[F any](t testing.TB, e *mcjit.ExecutionEngine, name string, opts ...inprocess.Option) F {
	t.Helper()
	f, err := mcjit.Func[F](e, name, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Grow makes the goroutine's stack grow, and finds the goroutine, if it is still there. It returns no 0.
func Grow(n int) int {
	var frame [256]byte
	if n == 0 {
		return len(frame)
	}
	frame[n%256] = 1
	return Grow(n-1) + int(frame[n%256])
}

// Flat fails if f makes the process larger by more than so many pages when it is called three times as often as it was called before, which is so many rounds.
func Flat(t *testing.T, name string, rounds, pages int, f func()) {
	t.Helper()
	for range rounds {
		f()
	}
	before := resident(t)
	for range 3 * rounds {
		f()
	}
	if grown := resident(t) - before; grown > pages {
		t.Errorf("%s: %d rounds more cost %d pages", name, 3*rounds, grown)
	}
}

// resident returns how many pages of memory the process has.
func resident(t *testing.T) (pages int) {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	var all int
	fmt.Sscan(string(data), &all, &pages)
	return pages
}
