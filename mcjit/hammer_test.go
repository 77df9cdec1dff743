//go:build linux && amd64

package mcjit_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

const (
	hammerers = 32
	perWorker = 4 // modules of each goroutine, which call each other in a ring, and the common base
)

// hammerObjects are each goroutine's modules. Module k of goroutine g defines gG_fK, which returns 1000g + k + base(), and gG_callK, which calls the next.
func hammerObjects(t *testing.T) (objects [hammerers][perWorker][]byte) {
	t.Helper()
	const source = `.text
.globl gG_fK, gG_callK
gG_fK:
	sub $8, %rsp
	call base@PLT
	add $VALUE, %eax
	add gG_counterK(%rip), %eax
	add $8, %rsp
	ret
gG_callK:
	sub $8, %rsp
	mov gG_fNEXT@GOTPCREL(%rip), %rax
	call *%rax
	add $8, %rsp
	ret
.data
gG_counterK: .long 0
`
	for g := range objects {
		for k := range objects[g] {
			text := strings.NewReplacer("G_", fmt.Sprintf("%d_", g), "NEXT", fmt.Sprint((k+1)%perWorker), "VALUE", fmt.Sprint(1000*g+k),
				"K", fmt.Sprint(k)).Replace(source)
			objects[g][k] = testenv.CompileBytes(t, "gcc", testenv.Assembler, text)
		}
	}
	return objects
}

// TestHammer has 32 goroutines do everything at once, and checks what calls return.
func TestHammer(t *testing.T) {
	objects := hammerObjects(t)
	ways(t, func(t *testing.T, opts ...mcjit.Option) {
		l := &recorder{}
		e := newEngine(t, append(opts, mcjit.WithGDB(mcjit.GDBAll), mcjit.WithEventListener(l))...)
		libmath(t, e)
		add(t, e, compiled(t, "base.o", "int base(void) { return 500000; }"))
		if err := e.FinalizeObject(); err != nil {
			t.Fatal(err)
		}
		before := e.Stats()
		rounds := testenv.SoakRounds(t, 600) / 20
		within(t, time.Minute+time.Duration(rounds)*100*time.Millisecond, func() {
			var wg sync.WaitGroup
			for g := range hammerers {
				wg.Go(func() { hammer(t, e, g, &objects[g], rounds) })
			}
			wg.Wait()
		})
		for _, m := range e.Modules() {
			if strings.HasPrefix(m.Name(), "libmath.a") {
				if err := e.RemoveModule(m); err != nil && !errors.Is(err, mcjit.ErrNotOwned) {
					t.Error(err)
				}
			}
		}
		wantStats(t, e, before)
		if len(l.names) != 1 || debuggerEntries(t) != 1 { // base.o
			t.Errorf("there are still %d modules for listeners, %d for debuggers", len(l.names), debuggerEntries(t))
		}
	})
}

func hammer(t *testing.T, e *mcjit.ExecutionEngine, g int, objects *[perWorker][]byte, rounds int) {
	random := rand.New(rand.NewPCG(1, uint64(g)))
	name := func(format string, k int) string { return fmt.Sprintf(format, g, k%perWorker) }
	mapping := fmt.Sprint("mapping", g)
	l := &recorder{}
	defer func() { e.UnregisterJITEventListener(l) }()
	for range rounds {
		ring := make([]*mcjit.Module, 0, perWorker)
		for _, k := range random.Perm(perWorker) {
			m, err := e.AddObject(objimage.NewBuffer(name("g%d_%d.o", k), objects[k]))
			if err != nil {
				t.Error(err)
				return
			}
			ring = append(ring, m)
			switch random.IntN(6) {
			case 0:
				finalizeAmidOthers(t, e)
			case 1:
				e.Stats()
				e.Modules()
			case 2:
				hammerArchive(t, e)
			case 3:
				hammerMapping(t, e, mapping)
			case 4:
				e.UnregisterJITEventListener(l)
				l = &recorder{}
				e.RegisterJITEventListener(l)
			}
		}
		for k := range perWorker {
			callAmidOthers(t, e, name("g%d_f%d", k), int32(500_000+1000*g+k))
			callAmidOthers(t, e, name("g%d_call%d", k), int32(500_000+1000*g+(k+1)%perWorker))
		}
		if random.IntN(2) == 0 {
			removeAmidOthers(t, e, ring...)
			continue
		}
		for _, m := range ring {
			removeAmidOthers(t, e, m)
		}
	}
}

// finalizeAmidOthers finalizes what is there. Rings of others that are not complete yet keep that from being done, which is no error of this test's.
func finalizeAmidOthers(t *testing.T, e *mcjit.ExecutionEngine) {
	var undefined *runtimedyld.UndefinedError
	if err := e.FinalizeObject(); err != nil && !errors.As(err, &undefined) {
		t.Error(err)
	}
}

// callAmidOthers calls a function as soon as it can be linked.
func callAmidOthers(t *testing.T, e *mcjit.ExecutionEngine, name string, want int32) {
	for {
		f, err := mcjit.Func[intFunc](e, name)
		var undefined *runtimedyld.UndefinedError
		if errors.As(err, &undefined) { // somebody else's ring
			time.Sleep(10 * time.Microsecond)
			continue
		}
		if err != nil {
			t.Error(err)
		} else if got := f(); got != want {
			t.Errorf("%s() = %d, want %d", name, got, want)
		}
		return
	}
}

func removeAmidOthers(t *testing.T, e *mcjit.ExecutionEngine, modules ...*mcjit.Module) {
	if err := e.RemoveModule(modules...); err != nil {
		t.Error(err)
	}
}

// hammerArchive has a member loaded, and sometimes removes one, which others may do as well. Nobody calls members here: they may go at any time.
func hammerArchive(t *testing.T, e *mcjit.ExecutionEngine) {
	if _, err := e.SymbolAddress("square"); err != nil && !errors.Is(err, mcjit.ErrSymbolNotFound) {
		t.Error(err)
	}
	for _, m := range e.Modules() {
		if m.Name() == "libmath.a(square.o)" {
			if err := e.RemoveModule(m); err != nil && !errors.Is(err, mcjit.ErrNotOwned) {
				t.Error(err)
			}
		}
	}
}

func hammerMapping(t *testing.T, e *mcjit.ExecutionEngine, name string) {
	for _, want := range []executor.Addr{0x1000, 0x2000, 0} {
		if err := e.AddGlobalMapping(name, want); err != nil {
			t.Error(err)
		}
		if got, err := e.SymbolAddress(name); got != want || (err == nil) != (want != 0) {
			t.Errorf("%s is mapped to %v, and found at %v: %v", name, want, got, err)
		}
	}
}
