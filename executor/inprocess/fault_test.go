//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// isAccessViolation says whether Windows has ended a process for a fault, or Go's runtime has, which then has said so.
func isAccessViolation(err error, out string) bool {
	const accessViolation = "0xc0000005"
	return err != nil && strings.Contains(err.Error(), accessViolation) || strings.Contains(out, "Exception "+accessViolation)
}

// A fault in loaded code ends the process, in every way of calling, whatever defers there are and however the runtime is told to treat faults:
// it must not become a panic on C's stack, nor hang.
func TestFaultEndsProcess(t *testing.T) {
	type big struct{ v [3]int64 }
	_ = big{}.v
	ways := map[string]func(t *testing.T){
		"blocking": func(t *testing.T) {
			mustBind[func(*int32)](t, compile(t, "gcc", "void w(int *p) { *p = 1; }")["w"])(nil)
		},
		"leaf": func(t *testing.T) {
			mustBind[func(*int32)](t, compile(t, "gcc", "void w(int *p) { *p = 1; }")["w"], Leaf())(nil)
		},
		"leaf with arguments on the stack": func(t *testing.T) {
			w := compile(t, "gcc", "struct b { long v[3]; }; void w(struct b b, int *p) { *p = b.v[0]; }")["w"]
			mustBind[func(big, *int32)](t, w, Leaf())(big{}, nil)
		},
		"leaf to nowhere":     func(t *testing.T) { mustBind[func(big)](t, 64, Leaf())(big{}) },
		"leaf into the arena": func(t *testing.T) { mustBind[func(big)](t, 0xc000000000, Leaf())(big{}) },
		"callback in between": func(t *testing.T) {
			code := compile(t, "gcc", "int apply(int (*f)(int), int n) { f(n); return *(volatile int *)0; }")
			mustBind[func(executor.Addr, int32) int32](t, code["apply"])(mustCallback(t, func(int32) int32 { return 0 }).Addr(), 1)
		},
	}
	for name, way := range ways {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			begin := time.Now()
			child, out, err := inChild(t, "GOTRACEBACK=all")
			if child {
				debug.SetPanicOnFault(true)
				defer func() { t.Log("RECOVERED", recover()) }()
				way(t)
				t.Fatal("not reached")
			}
			// In an emulator the C stack can be below Go's, and then the runtime ends the process for that.
			fatal := strings.Contains(out, "SIGSEGV") || isAccessViolation(err, out) || crosstest.Emulated() && strings.Contains(out, "fatal error: runtime: split stack overflow")
			if err == nil || strings.Contains(out, "RECOVERED") || !fatal || time.Since(begin) > time.Minute {
				t.Errorf("error %v, output:\n%s", err, out)
			}
		})
	}
}
