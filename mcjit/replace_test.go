//go:build linux && amd64

package mcjit_test

import (
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestReplacedWhileFinalizing: the module that defines a function is replaced after it has been finalized and before its address is returned. The
// replacement is finalized, too.
func TestReplacedWhileFinalizing(t *testing.T) {
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		replacement := compiled(t, "new.o", "int f(void) { return 2; }")
		e := newEngine(t, opts...)
		var old []*mcjit.Module
		done := false
		e.RegisterJITEventListener(&recorder{onLoaded: func(uint64, *objimage.Image) {
			if !done {
				done = true
				remove(t, e, old...)
				add(t, e, replacement)
			}
		}})
		add(t, e, compiled(t, "other.o", "int g(void) { return 0; }"))
		old = add(t, e, compiled(t, "old.o", "int f(void) { return 1; }"))
		within(t, time.Minute, func() {
			a, err := e.FunctionAddress("f")
			if err != nil {
				t.Fatal(err)
			}
			if p := protection(t, a); p != "r-x" {
				t.Errorf("f is in memory that is %s", p)
			}
		})
	})
}
