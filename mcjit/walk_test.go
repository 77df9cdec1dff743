package mcjit_test

import (
	"errors"
	"os"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

// TestSections walks a module before and after it is finalized: code, data and debug information are in the list, at their addresses.
func TestSections(t *testing.T) {
	content, err := os.ReadFile("../testdata/debug.o")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := mcjit.New()
	if err != nil {
		t.Skip(err) // no memory on this host
	}
	defer engine.Close()
	m, err := engine.AddObject(objimage.NewBuffer("debug.o", content))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		views, err := engine.Sections(m)
		if err != nil {
			t.Fatal(err)
		}
		code, debug := false, false
		for _, v := range views {
			at, loaded := m.Object().SectionLoadAddress(v.Index)
			if at != v.Addr || loaded != v.Loaded {
				t.Errorf("%s is at %v (%v), want %v (%v)", v.Name, v.Addr, v.Loaded, at, loaded)
			}
			code = code || v.Kind == memmgr.Code && v.Prot == executor.MemRead|executor.MemExec && len(v.Content) > 0
			debug = debug || v.Name == ".debug_info" && v.Prot == 0 && !v.Loaded && len(v.Content) > 0
		}
		if !code || !debug {
			t.Errorf("code %v, debug information %v", code, debug)
		}
		if err := engine.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := engine.CommonSections(); len(list) != 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
	if err := engine.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Sections(m); !errors.Is(err, mcjit.ErrNotOwned) {
		t.Errorf("%v", err)
	}
}
