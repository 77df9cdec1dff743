package mcjit_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

const moveCaller = `
int outside(int);
int now(int n) { return outside(n) - n; }
int wrong(int n)
{
	int bad = 0;
	for (int i = 0; i < n; i++) {
		int got = outside(i);
		bad += got != i + 10 && got != i + 20;
	}
	return bad;
}
`

// TestEveryCalleeMoves moves a function while a thread calls it, on the processor that the test runs on: through a stub where calls are direct (on MIPS, without position-independent code), through a GOT entry
// where they are not. With a dual mapping nothing but that word changes: emulators go on with code that they have translated.
func TestEveryCalleeMoves(t *testing.T) {
	if inprocess.Arch == "i386" {
		t.Skip("calls have addresses in their instructions there")
	}
	machine := crosstest.Here()
	for name, opts := range map[string][]memmgr.Option{"protected": nil, "dual": {memmgr.WithDualMapping()}} {
		for _, flags := range [][]string{machine.GCC(t), picOf(append(machine.GCC(t), "-fPIC"))} {
			t.Run(name+" "+strings.Join(flags[1:], " "), func(t *testing.T) {
				e, err := mcjit.New(mcjit.WithoutRelaxation(), mcjit.WithMemoryOptions(opts...))
				if err != nil {
					t.Fatal(err)
				}
				defer e.Close()
				add := func(name, source string) {
					t.Helper()
					object := testenv.CompileBytes(t, flags[0], testenv.C, source, append(flags[1:len(flags):len(flags)], "-O2", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables")...)
					if _, err := e.AddObject(objimage.NewBuffer(name, object)); err != nil {
						t.Fatal(err)
					}
				}
				add("callees.o", "int ten(int x) { return x + 10; } int twenty(int x) { return x + 20; }")
				ten, err := e.FunctionAddress("ten")
				if err != nil {
					t.Fatal(err)
				}
				twenty, err := e.FunctionAddress("twenty")
				if err != nil {
					t.Fatal(err)
				}
				if err := e.AddGlobalMapping("outside", ten); err != nil {
					t.Fatal(err)
				}
				add("caller.o", moveCaller)
				now, wrong := bound[func(int32) int32](t, e, "now"), bound[func(int32) int32](t, e, "wrong")
				var stop atomic.Bool
				rounds := make(chan int32, 1)
				go func() {
					n := int32(0)
					for !stop.Load() {
						n += wrong(5000)
					}
					rounds <- n
				}()
				for i := range 40 {
					to, want := ten, int32(10)
					if i%2 == 0 {
						to, want = twenty, 20
					}
					if _, err := e.UpdateGlobalMapping("outside", to); err != nil {
						t.Error(err)
					}
					if got := now(7); got != want {
						t.Errorf("move %d: %d, want %d", i, got, want)
						break
					}
				}
				stop.Store(true)
				if n := <-rounds; n != 0 {
					t.Errorf("%d calls have gone elsewhere", n)
				}
			})
		}
	}
}
