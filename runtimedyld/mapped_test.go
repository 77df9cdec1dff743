package runtimedyld

import (
	"debug/elf"
	"fmt"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// TestMapAndLookUpWhileCompacting: whoever has mapped a section sees the symbols there at once, although the table is compacted again and again.
func TestMapAndLookUpWhileCompacting(t *testing.T) {
	b := newBench(t, nil)
	o := b.load(defining("moved.o", "x", elf.STB_GLOBAL))
	w := newELF("many.o")
	w.section(".data", flagsData, make([]byte, 8))
	for i := range 600 {
		w.global(fmt.Sprint("y", i), 1, 0)
	}
	img := w.parse(t)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				if many, err := b.LoadObject(img); err != nil || b.Remove(many) != nil {
					t.Error("many.o cannot come and go", err)
					return
				}
			}
		}
	}()
	for i := range executor.Addr(500_000) {
		at := (i + 1) << 12
		if err := b.MapSectionAddress(o, 1, at); err != nil {
			t.Fatal(err)
		}
		if a, ok := b.SymbolLoadAddress("x"); !ok || a != at+8 {
			t.Errorf("x is at %v, %v, want %v", a, ok, at+8)
			break
		}
	}
	close(stop)
	<-stopped
}
