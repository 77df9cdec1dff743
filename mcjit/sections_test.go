//go:build linux && amd64

package mcjit_test

import (
	"debug/dwarf"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
)

// A keepingManager keeps the answers.
type keepingManager struct {
	memmgr.JITMemoryManager
	byName map[string]memmgr.Section
}

func (k *keepingManager) Allocate(b memmgr.Batch, m memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	id, err := k.JITMemoryManager.Allocate(b, m, secs)
	for i := range secs {
		k.byName[m.SectionName(&secs[i])] = secs[i]
	}
	return id, err
}

// TestProcessAllSections: debug information is in memory, linked: a reader finds the function where it is.
func TestProcessAllSections(t *testing.T) {
	source := "/* the test's */ int shared = 3; static int other(int x) { return x * shared; } int f(int x) { return other(x) + 1; }"
	for _, c := range []struct {
		name  string
		args  []string
		moved executor.Addr // how far behind where it is the code is linked for
	}{{"64 bits", []string{"-g", "-gno-variable-location-views"}, 0}, {"dwarf 4", []string{"-g", "-gdwarf-4"}, 0}, {"mapped", []string{"-g"}, 0x10_0000}} {
		t.Run(c.name, func(t *testing.T) {
			mm := &keepingManager{newWatchingManager(t), map[string]memmgr.Section{}}
			e := newEngine(t, mcjit.WithProcessAllSections(), mcjit.WithMemoryManager(mm), mcjit.WithProcess(inprocess.Process{}), mcjit.WithGDB(mcjit.GDBOff))
			m := add(t, e, compiled(t, "debug.o", source, c.args...))[0]
			if c.moved != 0 {
				if err := e.MapSectionAddress(m, mm.byName[".text"].Index, mm.byName[".text"].Addr+c.moved); err != nil {
					t.Fatal(err)
				}
				if err := e.MapSectionAddress(m, mm.byName[".debug_info"].Index, 0x7777_0000); err != nil { // means nothing to what is in it
					t.Fatal(err)
				}
			}
			want, err := e.SymbolAddress("f")
			if err != nil {
				t.Fatal(err)
			}
			if err := e.FinalizeObject(); err != nil {
				t.Fatal(err)
			}
			section := func(name string) []byte { return mm.byName[name].Mem }
			data, err := dwarf.New(section(".debug_abbrev"), nil, nil, section(".debug_info"), section(".debug_line"), nil, section(".debug_ranges"), section(".debug_str"))
			if err != nil {
				t.Fatal(err)
			}
			for name, contents := range map[string][]byte{".debug_line_str": section(".debug_line_str"), ".debug_rnglists": section(".debug_rnglists"), ".debug_addr": section(".debug_addr")} {
				if err := data.AddSection(name, contents); err != nil {
					t.Fatal(err)
				}
			}
			r := data.Reader()
			for found := false; !found; {
				entry, err := r.Next()
				if err != nil || entry == nil {
					t.Fatalf("f is not found: %v", err)
				}
				if entry.Tag == dwarf.TagSubprogram && entry.Val(dwarf.AttrName) == "f" {
					found = true
					if low := entry.Val(dwarf.AttrLowpc); low != uint64(want) {
						t.Errorf("f is at %v and not at %#x", want, low)
					}
				}
			}
			if c.moved == 0 {
				f := function[func(int32) int32](t, e, "f")
				if got := f(5); got != 16 {
					t.Error(got)
				}
				if got := protection(t, mm.byName[".debug_info"].Addr); got != "r--" {
					t.Errorf("debug information is %s", got)
				}
			}
			remove(t, e, m)
		})
	}
	mm := &keepingManager{newWatchingManager(t), map[string]memmgr.Section{}}
	e := newEngine(t, mcjit.WithMemoryManager(mm))
	add(t, e, compiled(t, "debug.o", source, "-g"))
	if _, ok := mm.byName[".debug_info"]; ok {
		t.Error("debug information has memory without being asked for")
	}
}
