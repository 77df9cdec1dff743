//go:build linux && amd64

package runtimedyld

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestCalleeMoves moves a function, which has data, from place to place while callers run: through a stub, and through a pointer in read-only data.
func TestCalleeMoves(t *testing.T) {
	for name, opts := range map[string][]memmgr.Option{"batch": nil, "dual": {memmgr.WithDualMapping()}} {
		t.Run(name, func(t *testing.T) {
			mm, err := memmgr.New(opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer mm.Close()
			d := New(mm, nil)
			d.SetRelaxation(false)
			defer d.Close()
			load := func(name, source string) *Object {
				o, err := d.LoadObject(parseObject(t, name, testenv.CompileBytes(t, "gcc", testenv.C, source, "-O2", "-fPIC", "-fno-asynchronous-unwind-tables")))
				if err != nil {
					t.Fatal(err)
				}
				return o
			}
			load("caller.o", "long f(long); long (*const table[])(long) = {f}; long by_stub(long x) { return f(x); } long by_table(long x) { return table[x & 0](x); }")
			callee := load("callee.o", "static long base = 1000; long *where = &base; long f(long x) { return *where + x; }")
			if _, err := d.Finalize(); err != nil {
				t.Fatal(err)
			}
			text := sectionIndexNamed(t, callee.Image(), ".text")
			home, _ := callee.SectionLoadAddress(text)
			call := func(name string, x uint64) uint64 {
				a, ok := d.FinalizedAddress(name)
				if !ok {
					t.Errorf("%s is not finalized", name)
				}
				got, err := inprocess.Process{}.Call(a, x)
				if err != nil {
					t.Error(err)
				}
				return got
			}
			var stop atomic.Bool
			var wg sync.WaitGroup
			for _, name := range []string{"by_stub", "by_table"} {
				wg.Go(func() {
					for x := uint64(0); !stop.Load(); x++ {
						if got := call(name, x); got != 1000+x {
							t.Errorf("%s(%d) = %d", name, x, got)
							return
						}
					}
				})
			}
			for i := range 30 {
				to := home
				if i%3 < 2 {
					to = moveTo(t, d, mm, callee, text, memmgr.Batch(1000+i))
				} else if err := d.Reopen(callee); err != nil {
					t.Fatal(err)
				} else if err := d.MapSectionAddress(callee, text, home); err != nil {
					t.Fatal(err)
				}
				if _, ok := d.FinalizedAddress("f"); ok {
					t.Error("a reopened function is known as finalized")
				}
				if _, err := d.Finalize(); err != nil {
					t.Fatal(err)
				}
				if a, ok := d.FinalizedAddress("f"); !ok || a != to || callee.Remapped() != (to != home) {
					t.Errorf("f is at %v (%v), want %v; remapped: %v", a, ok, to, callee.Remapped())
				}
				if got := call("by_stub", 1) + call("by_table", 2) + call("f", 3); got != 3006 {
					t.Errorf("%d", got)
				}
			}
			stop.Store(true)
			wg.Wait()
		})
	}
}

// moveTo has an object's code linked for memory that the client has allocated, and copies it there, as clients do for another process.
func moveTo(t *testing.T, d *RuntimeDyld, mm *memmgr.SectionMemoryManager, o *Object, text int, b memmgr.Batch) executor.Addr {
	t.Helper()
	size, _ := o.SectionSize(text)
	room := []memmgr.Section{{Kind: memmgr.Code, Size: size, Align: 64}}
	if _, err := mm.Allocate(b, memmgr.Module{Name: "client"}, room); err != nil {
		t.Fatal(err)
	}
	if err := d.Reopen(o); err != nil {
		t.Fatal(err)
	}
	if err := d.MapSectionAddress(o, text, room[0].Addr); err != nil {
		t.Fatal(err)
	}
	if err := d.ResolveRelocations(); err != nil {
		t.Fatal(err)
	}
	code, err := d.SectionContent(o, text)
	if err != nil {
		t.Fatal(err)
	}
	copy(room[0].Mem, code)
	if err := mm.Finalize(b); err != nil {
		t.Fatal(err)
	}
	return room[0].Addr
}

func sectionIndexNamed(t *testing.T, img *objimage.Object, name string) int {
	t.Helper()
	for i := 1; i < img.NumSections(); i++ {
		if string(img.SectionName(i)) == name {
			return i
		}
	}
	t.Fatal("no section ", name)
	return 0
}
