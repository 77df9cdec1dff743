//go:build linux && amd64

package mcjit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/internal/toygen"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// hostileListener uses the engine that tells it, complains, and panics, now and then.
type hostileListener struct {
	engine *mcjit.ExecutionEngine
	calls  atomic.Int64
}

func (l *hostileListener) NotifyObjectLoaded(uint64, *objimage.Image) error {
	switch n := l.calls.Add(1); {
	case n%31 == 0:
		panic("the listener")
	case n%7 == 0:
		l.engine.SymbolAddress(fmt.Sprint("toy", n%8))
	case n%11 == 0:
		l.engine.Locate(0x1234)
		l.engine.FindFunctionNamed("g3")
	case n%17 == 0:
		return errors.New("the listener complains")
	case n%19 == 0:
		l.engine.UpdateGlobalMapping("mapped", executor.Addr(0x10000+n))
	}
	return nil
}

func (l *hostileListener) NotifyFreeingObject(uint64) error {
	switch n := l.calls.Add(1); {
	case n%37 == 0:
		panic("the listener, of what goes")
	case n%23 == 0:
		l.engine.SymbolAddress("g1")
	}
	return nil
}

// hostileMemory fails and panics now and then, as long as it is told to.
type hostileMemory struct {
	*memmgr.SectionMemoryManager
	calls atomic.Int64
	tame  atomic.Bool
}

func (m *hostileMemory) fail() error {
	if m.tame.Load() {
		return nil
	}
	switch n := m.calls.Add(1); {
	case n%61 == 0:
		panic("the memory manager")
	case n%29 == 0:
		return errors.New("the memory manager fails")
	}
	return nil
}

func (m *hostileMemory) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	if err := m.fail(); err != nil {
		return 0, err
	}
	return m.SectionMemoryManager.Allocate(b, mod, secs)
}

func (m *hostileMemory) Finalize(b memmgr.Batch) error {
	if err := m.fail(); err != nil {
		return err
	}
	return m.SectionMemoryManager.Finalize(b)
}

func (m *hostileMemory) Rewrite(p []memmgr.Patch) error {
	if err := m.fail(); err != nil {
		return err
	}
	return m.SectionMemoryManager.Rewrite(p)
}

// hostileObjects refer to each other in a ring, and define commons, weak functions and constructors together.
func hostileObjects(t *testing.T) (list []*objimage.Buffer) {
	for i := range 8 {
		list = append(list, compiled(t, fmt.Sprintf("o%d.o", i), fmt.Sprintf(`
int mapped(void), g%[2]d(void);
int com%[3]d[4];
__attribute__((weak)) int shared(void) { return 1; }
static int (*ptr)(void) = shared;
__attribute__((constructor)) static void ctor(void) { com%[3]d[0]++; }
int g%[1]d(void) { return shared() + ptr() + com%[3]d[1]; }
int h%[1]d(void) { return g%[2]d() + (mapped ? 1 : 0); }`, i, (i+1)%8, i%3), "-g", "-fcommon"))
	}
	return list
}

// TestHostile: everything is used at a time by many, of an engine whose memory manager and listeners fail, panic and call back; nothing hangs, and when it is closed everything is given back.
func TestHostile(t *testing.T) {
	objects := hostileObjects(t)
	for seed := range uint64(6) {
		within(t, time.Minute, func() { hostileRound(t, objects, seed) })
	}
}

func hostileRound(t *testing.T, objects []*objimage.Buffer, seed uint64) {
	own, err := memmgr.New()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	mm, l := &hostileMemory{SectionMemoryManager: own}, &hostileListener{}
	opts := []mcjit.Option{
		mcjit.WithMemoryManager(mm), mcjit.WithProcess(inprocess.Process{}), mcjit.WithEventListener(l), mcjit.WithGDB(mcjit.GDBAll),
		mcjit.WithObjectCache(someCache{}), mcjit.WithRedefinition(), mcjit.WithoutRelaxation(),
	}
	switch seed % 3 {
	case 1:
		opts = append(opts, mcjit.WithDeadStripping(func(name string) bool { return name[0] != 'h' }))
	case 2:
		opts = append(opts, mcjit.WithRetention(runtimedyld.RetainExternals))
	}
	e, err := mcjit.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	l.engine = e
	if err := e.AddGlobalMapping("mapped", 0x1000); err != nil {
		t.Fatal(err)
	}
	h := &hostile{e: e, objects: objects}
	var wg sync.WaitGroup
	for g := range uint64(16) {
		wg.Go(func() {
			random := rand.New(rand.NewPCG(seed, g))
			for range 60 {
				h.step(random)
			}
		})
	}
	wg.Wait()
	mm.tame.Store(true)
	surviving(func() { e.Close() })
	if n := own.Stats().Allocations; n != 0 {
		t.Errorf("seed %d: %d allocations are left", seed, n)
	}
	if n := debuggerEntries(t); n != 0 {
		t.Errorf("seed %d: debuggers still know %d modules", seed, n)
	}
}

// surviving calls f, and goes on if it panics.
func surviving(f func()) {
	defer func() { _ = recover() }()
	f()
}

// hostile is what the goroutines have in common.
type hostile struct {
	e       *mcjit.ExecutionEngine
	objects []*objimage.Buffer
	toys    toygen.Generator

	mu      sync.Mutex
	modules []*mcjit.Module // some of them are removed
}

func (h *hostile) put(m *mcjit.Module) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.modules = append(h.modules, m)
}

// pick returns one of the modules, nil before there are any.
func (h *hostile) pick(random *rand.Rand) *mcjit.Module {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.modules) == 0 {
		return nil
	}
	return h.modules[random.IntN(len(h.modules))]
}

// step does something. Whether it succeeds does not matter.
func (h *hostile) step(random *rand.Rand) {
	e, n := h.e, random.IntN(8)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(random.IntN(2000))*time.Microsecond)
	defer cancel()
	steps := []func(){
		func() { h.add(n) }, func() { h.add(n) }, func() { h.add(n) },
		func() {
			e.AddModule(h.toys.Module([]string{"cached", "source"}[n%2], fmt.Sprintf("func toy%d = arguments; internal func g1 = 3; weak func weak = 4", n)))
		},
		func() {
			e.RunFunction(fmt.Sprint("toy", n), nil, inprocess.IntValue(inprocess.Int32, 40), inprocess.IntValue(inprocess.Int32, 2))
		},
		func() { e.FinalizeObjectContext(ctx) },
		func() { e.GenerateCode(ctx) },
		func() { e.SymbolAddressContext(ctx, fmt.Sprint("g", n)) },
		func() { e.FunctionAddressContext(ctx, fmt.Sprint("h", n)) },
		func() { e.UpdateGlobalMapping("mapped", executor.Addr(0x2000+16*n)) },
		func() { e.ClearAllGlobalMappings(); e.AddGlobalMapping("mapped", 0x1000) },
		func() { e.Deinitialize(); e.Initialize() },
		func() { e.CommonSections(); e.Stats() },
		func() { e.FindFunctionNamed("weak") },
		func() {
			a, _ := e.SymbolAddress(fmt.Sprint("com", n%3))
			e.Locate(a)
			e.UnwindTables(a)
		},
	}
	if m := h.pick(random); m != nil {
		steps = append(steps,
			func() { e.RemoveModule(m) },
			func() { e.RemoveModule(m, h.pick(random)) },
			func() { e.Reopen(m) },
			func() { e.FinalizeModule(m) },
			func() { m.Symbols(); e.Sections(m) },
		)
	}
	surviving(steps[random.IntN(len(steps))])
}

func (h *hostile) add(n int) {
	b := h.objects[n].Retain()
	m, err := h.e.AddObject(b)
	if err != nil {
		b.Close()
		return
	}
	h.put(m)
}
