package mcjit_test

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// farAway is where nothing below 2 GiB reaches.
const farAway = executor.Addr(0x7000_0000_0000)

// A standInMaker makes stand-ins that return 5, and notes what it was asked for.
type standInMaker struct {
	t     *testing.T
	asked [][]string
	none  bool
}

func (m *standInMaker) make(names []string) []byte {
	m.asked = append(m.asked, names)
	if m.none {
		return nil
	}
	text := ""
	for _, name := range names {
		text += "int " + name + "(void) { return 5; }\n"
	}
	data, err := os.ReadFile(testenv.Compile(m.t, "gcc", testenv.C, text, "-O2", "-fno-pic"))
	if err != nil {
		m.t.Fatal(err)
	}
	return data
}

func newStandInEngine(t *testing.T, m *standInMaker) *mcjit.ExecutionEngine {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the code is for linux/amd64")
	}
	outside := runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		return farAway, slices.Contains([]string{"far", "farther", "farthest"}, name)
	})
	e, err := mcjit.New(mcjit.WithMemoryOptions(memmgr.WithLowAddresses()), mcjit.WithSymbolResolver(outside), mcjit.WithStandIns(m.make))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func addC(t *testing.T, e *mcjit.ExecutionEngine, text string, args ...string) *mcjit.Module {
	t.Helper()
	buffer, err := objimage.OpenBuffer(testenv.Compile(t, "gcc", testenv.C, text, args...))
	if err != nil {
		t.Fatal(err)
	}
	m, err := e.AddObject(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A function that is too far gets a stand-in, which all modules take for it, each name once.
func TestStandIns(t *testing.T) {
	maker := &standInMaker{t: t}
	e := newStandInEngine(t, maker)
	addC(t, e, "int far(void), farther(void); int (*volatile p)(void); int call(void) { p = far; return p() + farther(); } void *of(void) { return far; }", "-O2", "-fno-pic")
	addC(t, e, "int far(void); void *seen(void) { return far; }", "-O2", "-fPIC")
	call, err := mcjit.Func[func() int32](e, "call")
	if err != nil {
		t.Fatal(err)
	}
	of, err := mcjit.Func[func() uintptr](e, "of")
	if err != nil {
		t.Fatal(err)
	}
	seen, err := mcjit.Func[func() uintptr](e, "seen")
	if err != nil {
		t.Fatal(err)
	}
	if at, farther := of(), seen(); at != farther || at >= 1<<31 {
		t.Errorf("the function is at %#x and %#x", at, farther)
	}
	if _, err := e.FunctionAddress("far"); err != nil {
		t.Error(err)
	}
	if len(e.Modules()) != 2 {
		t.Errorf("%d modules", len(e.Modules()))
	}
	// farther is only called: a stub of the linker's is enough, which leads to where nothing is.
	if want := [][]string{{"far"}}; !slices.EqualFunc(maker.asked, want, slices.Equal) {
		t.Errorf("asked for %v, want %v", maker.asked, want)
	}
	_ = call

	addC(t, e, "int far(void), farthest(void); void *both(int i) { return i ? far : farthest; }", "-O2", "-fno-pic")
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if want := [][]string{{"far"}, {"farthest"}}; !slices.EqualFunc(maker.asked, want, slices.Equal) {
		t.Errorf("asked for %v, want %v", maker.asked, want)
	}
}

// Without a stand-in, and where something else is wrong, the error is what it was, and nothing is added.
func TestNoStandIns(t *testing.T) {
	maker := &standInMaker{t: t, none: true}
	e := newStandInEngine(t, maker)
	m := addC(t, e, "int far(void); void *of(void) { return far; }", "-O2", "-fno-pic")
	stats := e.Stats()
	for range 2 {
		var overflow *runtimedyld.RelocationError
		if err := e.FinalizeObject(); !errors.As(err, &overflow) || overflow.Symbol != "far" {
			t.Errorf("%v", err)
		}
	}
	if len(maker.asked) != 1 {
		t.Errorf("asked %d times", len(maker.asked))
	}
	if now := e.Stats(); now.Modules != stats.Modules || now.Memory.Live() != stats.Memory.Live() {
		t.Errorf("%+v, before %+v", now, stats)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	addC(t, e, "int farther(void), missing(void); void *of(int i) { return i ? farther : missing; }", "-O2", "-fno-pic")
	if err := e.FinalizeObject(); !errors.Is(err, runtimedyld.ErrUndefinedSymbol) || len(maker.asked) != 1 {
		t.Errorf("%v; asked %d times", err, len(maker.asked))
	}
}
