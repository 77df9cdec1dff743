package mcjit_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

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
	t      *testing.T
	asked  [][]string
	none   bool
	broken bool   // what it makes is no object
	also   func() // is called first
}

func (m *standInMaker) make(outside map[string]executor.Addr) []byte {
	m.asked = append(m.asked, slices.Sorted(maps.Keys(outside)))
	if m.also != nil {
		m.also()
	}
	if m.none {
		return nil
	}
	if m.broken {
		return []byte("broken")
	}
	text := ""
	for name, addr := range outside {
		if addr != farAway {
			m.t.Errorf("%s is at %v", name, addr)
		}
		text += "__attribute__((weak)) int " + name + "(void) { return 5; }\n"
	}
	data, err := os.ReadFile(testenv.Compile(m.t, "gcc", testenv.C, text, "-O2", "-fno-pic"))
	if err != nil {
		m.t.Error(err)
	}
	return data
}

func newStandInEngine(t *testing.T, m *standInMaker, options ...mcjit.Option) *mcjit.ExecutionEngine {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("the code is for linux/amd64")
	}
	outside := runtimedyld.ResolverFunc(func(name string) (executor.Addr, bool) {
		return farAway, slices.Contains([]string{"far", "farther", "farthest"}, name)
	})
	e, err := mcjit.New(append(options, mcjit.WithMemoryOptions(memmgr.WithLowAddresses()), mcjit.WithSymbolResolver(outside), mcjit.WithStandIns(m.make))...)
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

const takesFar = "int far(void); int (*of(void))(void) { return far; }"

// A module that defines a name for which something stands in takes it over, and gives it back when it is removed.
func TestStandInIsReplaced(t *testing.T) {
	e := newStandInEngine(t, &standInMaker{t: t})
	addC(t, e, takesFar, "-O2", "-fno-pic")
	if err := e.FinalizeObject(); err != nil {
		t.Fatal(err)
	}
	before, err := e.FunctionAddress("far")
	if err != nil {
		t.Fatal(err)
	}
	m := addC(t, e, "int far(void) { return 7; }", "-O2", "-fno-pic")
	if far, err := mcjit.Func[func() int32](e, "far"); err != nil || far() != 7 {
		t.Errorf("%v", err)
	}
	if err := e.RemoveModule(m); err != nil {
		t.Fatal(err)
	}
	if after, err := e.FunctionAddress("far"); err != nil || after != before {
		t.Errorf("%v, before %v, %v", after, before, err)
	}
}

// Whoever finalizes while stand-ins are made for another waits for these.
func TestStandInsOfSeveral(t *testing.T) {
	maker := &standInMaker{t: t}
	e := newStandInEngine(t, maker)
	addC(t, e, takesFar, "-O2", "-fno-pic")
	other := make(chan error, 1)
	maker.also = func() {
		maker.also = nil
		go func() { other <- e.FinalizeObject() }()
		select {
		case err := <-other:
			other <- err
		case <-time.After(100 * time.Millisecond):
		}
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
	if err := <-other; err != nil || len(maker.asked) != 1 {
		t.Errorf("%v; asked %d times", err, len(maker.asked))
	}
}

// Whoever waits for stand-ins that another makes gives up when its context is done.
func TestStandInsAreNotAwaited(t *testing.T) {
	maker := &standInMaker{t: t}
	e := newStandInEngine(t, maker)
	addC(t, e, takesFar, "-O2", "-fno-pic")
	ctx, cancel := context.WithCancelCause(context.Background())
	reason := errors.New("done")
	maker.also = func() {
		maker.also = nil
		other := make(chan error, 1)
		go func() { other <- e.FinalizeObjectContext(ctx) }()
		cancel(reason)
		select {
		case err := <-other:
			if !errors.Is(err, reason) {
				t.Errorf("%v", err)
			}
		case <-time.After(10 * time.Second):
			t.Error("it waits")
		}
	}
	if err := e.FinalizeObject(); err != nil || len(maker.asked) != 1 {
		t.Errorf("%v; asked %d times", err, len(maker.asked))
	}
}

// What is mapped is where the mapping says, and not what stands in for another of its name.
func TestNoStandInForMapping(t *testing.T) {
	maker := &standInMaker{t: t}
	e := newStandInEngine(t, maker)
	if err := e.AddGlobalMapping("far", farAway+16); err != nil {
		t.Fatal(err)
	}
	addC(t, e, takesFar, "-O2", "-fno-pic")
	if err := e.FinalizeObject(); !errors.Is(err, runtimedyld.ErrRelocationOverflow) || len(maker.asked) > 0 {
		t.Errorf("%v; asked for %v", err, maker.asked)
	}
	if err := e.AddGlobalMapping("far", 0); err != nil {
		t.Fatal(err)
	}
	if err := e.FinalizeObject(); err != nil {
		t.Error(err)
	}
}

// Stand-ins that could not be loaded are made again another time.
func TestStandInsAreMadeAgain(t *testing.T) {
	maker := &standInMaker{t: t, broken: true}
	e := newStandInEngine(t, maker)
	addC(t, e, takesFar, "-O2", "-fno-pic")
	if err := e.FinalizeObject(); !errors.Is(err, runtimedyld.ErrRelocationOverflow) {
		t.Errorf("%v", err)
	}
	maker.broken = false
	if err := e.FinalizeObject(); err != nil || len(maker.asked) != 2 {
		t.Errorf("%v; asked %d times", err, len(maker.asked))
	}
}
