package mcjit_test

import (
	"strings"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
)

const locateSource = `
int first(int x) {
	return x + 1;
}
static int hidden(int x) {
	return first(x) * 2;
}
int variable[4] = {1};
int last(int x) {
	x = hidden(x);
	return x - 1;
}
`

// An elsewhere is a process in which nothing ever runs.
type elsewhere struct{ reserved executor.Addr }

func (e *elsewhere) PageSize() uint64                                { return 4096 }
func (e *elsewhere) Install(executor.Addr, []executor.Segment) error { return nil }
func (e *elsewhere) Release(...executor.Addr) error                  { return nil }
func (e *elsewhere) Call(executor.Addr, ...uint64) (uint64, error)   { return 0, nil }
func (e *elsewhere) Reserve(size uint64, _ executor.Addr) (executor.Addr, error) {
	e.reserved += executor.Addr(size)
	return 0x1000_0000 + e.reserved - executor.Addr(size), nil
}

// TestLocate asks for places in functions that share a section, and in functions that have one each, whose addresses in the file are all 0. The first of two modules must not be found in the second's place.
func TestLocate(t *testing.T) {
	for _, command := range []string{
		"gcc -g -O0 -fPIC", "gcc -g -O0 -fPIC -ffunction-sections", "clang -g -O0 -fPIC", "clang -gdwarf-4 -O0 -fPIC -ffunction-sections", "clang -O0 -fPIC",
		"aarch64-linux-gnu-gcc -g -O0 -ffunction-sections", "arm-linux-gnueabihf-gcc -g -O0 -marm",
	} {
		t.Run(command, func(t *testing.T) {
			fields := strings.Fields(command)
			e, err := mcjit.New(mcjit.WithGDB(mcjit.GDBOff), mcjit.WithMemoryManager(memmgr.NewRemote(&elsewhere{}, 0)), mcjit.WithProcess(&elsewhere{}))
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			decoy := testenv.CompileBytes(t, fields[0], testenv.C, "int other(int x) { return x; }", fields[1:]...)
			if _, err := e.AddObject(objimage.NewBuffer("other.o", decoy)); err != nil {
				t.Fatal(err)
			}
			m, err := e.AddObject(objimage.NewBuffer("located.o", testenv.CompileBytes(t, fields[0], testenv.C, locateSource, fields[1:]...)))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.FinalizeObject(); err != nil {
				t.Fatal(err)
			}
			for name, line := range map[string]int{"first": 2, "last": 9, "variable": 0} {
				at, err := e.GlobalValueAddress(name)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(command, "-g") {
					line = 0
				}
				got, ok := e.Locate(at + 1)
				if !ok || got.Module != m || got.Symbol != name || got.Offset != 1 || got.Line != line || got.Function != (name != "variable") || (got.File != "") != (line > 0) {
					t.Errorf("%s: %+v, %v", name, got, ok)
				}
				if want := name + "+0x1"; !strings.HasPrefix(got.String(), want) {
					t.Errorf("%s: %q", name, got)
				}
			}
			at, err := e.GlobalValueAddress("first")
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := e.Locate(at + 0x1000_0000); ok {
				t.Errorf("found %+v far away", got)
			}
		})
	}
}
