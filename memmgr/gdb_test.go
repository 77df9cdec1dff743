//go:build linux && amd64

package memmgr

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

// loaded is where the debugger stops and finds the address of a function, in the register of a first argument.
//
//go:noinline
func loaded(f executor.Addr) executor.Addr { return f }

// debuggee loads two functions, the second one into the page (with a dual mapping) or beside the page (by the batch) of the first while there
// is a breakpoint, removes one, and loads a third where that was.
func debuggee(opts ...Option) error {
	runtime.LockOSThread() // a goroutine that moves while gdb steps it over a breakpoint would stop there again
	m, err := New(opts...)
	if err != nil {
		return err
	}
	defer m.Close()
	results := []any{}
	load := func(b Batch, n byte) (AllocID, executor.Addr, error) {
		code := []byte{0xb8, n, 0, 0, 0, 0xc3} // mov eax, n; ret
		secs := []Section{{Kind: Code, Size: 6, Align: 16}}
		id, err := m.Allocate(b, Module{ID: uint64(b)}, secs)
		if err != nil {
			return 0, 0, err
		}
		copy(secs[0].Mem, code)
		return id, secs[0].Addr, m.Finalize(b)
	}
	_, f, err := load(1, 41)
	if err != nil {
		return err
	}
	loaded(f) // the debugger sets a breakpoint at f
	results = append(results, call(f))
	gid, g, err := load(2, 42)
	if err != nil {
		return err
	}
	loaded(g) // and at g
	results = append(results, call(g), call(f))
	if err := m.Deallocate(gid); err != nil {
		return err
	}
	_, h, err := load(3, 43)
	if err != nil {
		return err
	}
	results = append(results, call(f), call(h))
	fmt.Println("results:", results)
	return nil
}

// TestBreakpoints lets gdb set breakpoints in pages that the manager goes on writing. They are in memory as long as the process runs.
func TestBreakpoints(t *testing.T) {
	gdb := testenv.NeedsTool(t, "gdb", "gdb")
	// Test binaries have no symbols, but this one runs at the same addresses again.
	const commands = `
set pagination off
set confirm off
break *%#x
run
set $f = $rax
break *$f
continue
echo == stopped in f\n
continue
set $g = $rax
break *$g
continue
echo == stopped in g\n
delete 3
continue
echo == stopped in f\n
continue
echo == stopped in f\n
continue
`
	script := filepath.Join(t.TempDir(), "script")
	stops := reflect.ValueOf(loaded).Pointer()
	if err := os.WriteFile(script, fmt.Appendf(nil, commands, stops), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"gdb-batch", "gdb-dual"} {
		t.Run(way, func(t *testing.T) {
			cmd := helper(way, gdb, "-nx", "-batch", "-x", script)
			cmd.Env = append(cmd.Env, "GODEBUG=asyncpreemptoff=1")
			out, err := cmd.CombinedOutput()
			var seen []string
			for line := range strings.Lines(string(out)) {
				if strings.HasPrefix(line, "Thread") && strings.Contains(line, " hit Breakpoint ") {
					_, what, _ := strings.Cut(line, " hit ")
					seen = append(seen, what[:len("Breakpoint N")])
				}
				if strings.HasPrefix(line, "==") || strings.HasPrefix(line, "results") {
					seen = append(seen, strings.TrimSpace(line))
				}
			}
			want := []string{
				"Breakpoint 1",
				"Breakpoint 2", "== stopped in f",
				"Breakpoint 1",
				"Breakpoint 3", "== stopped in g",
				"Breakpoint 2", "== stopped in f",
				"Breakpoint 2", "== stopped in f",
				"results: [41 42 41 41 43]",
			}
			if err != nil || !slices.Equal(seen, want) {
				t.Errorf("gdb saw %q, want %q: %v\n%s", seen, want, err, out)
			}
		})
	}
}
