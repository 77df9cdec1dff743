//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
	"github.com/gomcjit/gomcjit/internal/testenv"
)

const callbackSource = `
typedef int (*fn)(int);
int apply(fn f, int n) { return f(n) + 1; }
int twice(fn f, int n) { volatile int keep = n * 3; int a = f(n); int b = f(a); return a + b + keep; }
`

func TestCallbackNested(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	var cb *Callback
	cb = mustCallback(t, func(n int32) int32 {
		if n == 0 {
			return 0
		}
		return apply(cb.Addr(), n-1)
	})
	if got := apply(cb.Addr(), 50); got != 51 {
		t.Errorf("50 levels of Go and C = %d", got)
	}
}

func TestCallbackPanic(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	bad := mustCallback(t, func(n int32) int32 { panic(n) })
	good := mustCallback(t, func(n int32) int32 { return 2 * n })
	for i := range int32(2000) { // more often than there are stacks
		func() {
			defer func() {
				if r := recover(); r != i {
					t.Fatalf("recovered %v", r)
				}
			}()
			apply(bad.Addr(), i)
			t.Fatal("apply returned")
		}()
		if got := apply(good.Addr(), i); got != 2*i+1 {
			t.Fatalf("apply = %d after a panic", got)
		}
	}
}

func TestCallbackGoexit(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	exit := mustCallback(t, func(n int32) int32 { runtime.Goexit(); return 0 })
	for range 2000 {
		var wg sync.WaitGroup
		wg.Go(func() { apply(exit.Addr(), 1) })
		wg.Wait()
	}
}

// The goroutine's stack moves under suspended C, and the collector runs.
func TestCallbackGrowsStack(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	twice := mustBind[func(executor.Addr, int32) int32](t, code["twice"])
	var wg sync.WaitGroup
	for g := range int32(64) {
		wg.Go(func() {
			cb := mustCallback(t, func(n int32) int32 {
				grow(int(n%7) * 200)
				if n%16 == 0 {
					runtime.GC()
				}
				return n + 1
			})
			defer cb.Release()
			for n := range int32(40) {
				if got := twice(cb.Addr(), g+n); got != 2*(g+n)+3+3*(g+n) {
					t.Errorf("twice(%d) = %d", g+n, got)
					return
				}
			}
		})
	}
	wg.Wait()
}

//go:noinline
func grow(n int) int {
	var pad [256]byte
	pad[n%256] = byte(n)
	if n == 0 {
		return 0
	}
	return grow(n-1) + int(pad[(n+1)%256])
}

func TestCallbackThreadIsLocked(t *testing.T) {
	twice := mustBind[func(executor.Addr, int32) int32](t, compile(t, "gcc", callbackSource)["twice"])
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			first, calls := 0, 0
			cb := mustCallback(t, func(n int32) int32 {
				if calls++; calls%2 == 1 {
					first = threadID()
				} else if threadID() != first {
					t.Error("C went on on another thread")
				}
				for range 10 {
					runtime.Gosched()
				}
				return n
			})
			for range 100 {
				twice(cb.Addr(), 0)
			}
		})
	}
	wg.Wait()
}

func TestLeafCallback(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"], Leaf())
	cb := mustCallback(t, func(n int32) int32 { return n })
	probe := mustBind[func(a, b, c, d, e, f, g, h, i int64, j, k *int64, cb executor.Addr) int64](t, compile(t, "gcc", bindSource)["probe12"], Leaf())
	for range 2000 {
		for _, call := range []func(){
			func() { apply(cb.Addr(), 1) },
			func() { probe(1, 2, 3, 4, 5, 6, 7, 8, 9, nil, nil, cb.Addr()) },
		} {
			func() {
				defer func() {
					if r := recover(); r != errLeafCallback {
						t.Errorf("recovered %v", r)
					}
				}()
				call()
				t.Error("a leaf function called back")
			}()
		}
	}
}

func TestReleasedCallback(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	cb := mustCallback(t, func(n int32) int32 { return n })
	cb.Release()
	cb.Release()
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, ErrReleasedCallback) {
			t.Errorf("recovered %v", err)
		}
	}()
	apply(cb.Addr(), 1)
	t.Error("called a released callback")
}

func TestManyCallbacks(t *testing.T) {
	code := compile(t, "gcc", callbackSource)
	apply := mustBind[func(executor.Addr, int32) int32](t, code["apply"])
	n := 100_001
	if crosstest.Emulated() {
		n = 10_001
	}
	live := make([]*Callback, n)
	for i := range live {
		live[i] = mustNew(t, func(v int32) int32 { return v + int32(i) })
	}
	for i, cb := range live {
		if got := apply(cb.Addr(), 1); got != int32(i)+2 {
			t.Fatalf("callback %d returned %d", i, got)
		}
	}
	for _, cb := range live {
		cb.Release()
	}
}

func mustNew(t testing.TB, fn any) *Callback {
	cb, err := NewCallback(fn)
	if err != nil {
		t.Fatal(err)
	}
	return cb
}

func TestCallbacksAreReused(t *testing.T) {
	rounds := 100_000
	if crosstest.Emulated() {
		rounds = 10_000
	}
	n := testenv.SoakRounds(t, rounds)
	round := func() {
		for range n {
			mustNew(t, func() {}).Release()
		}
	}
	round()
	blocks := len(*callbacks.blocks.Load())
	before := heapInUse()
	round()
	if after := heapInUse(); after > before+1<<20 {
		t.Errorf("%d bytes in use after %d callbacks, %d before", after, n, before)
	}
	if got := len(*callbacks.blocks.Load()); got != blocks {
		t.Errorf("%d blocks of thunks, %d before", got, blocks)
	}
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func TestNothingIsWritableAndExecutable(t *testing.T) {
	mustCallback(t, func() {})
	for _, m := range writableAndExecutable(t) {
		t.Errorf("writable and executable: %s", m)
	}
}
