//go:build linux || (windows && (amd64 || arm64))

package inprocess

import (
	"errors"
	"math"
	"runtime"
	"strconv"
	"testing"
	"time"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/crosstest"
)

// A pointer that lies as far up Go's stack as can be is the one that is kept alive, and no other word is taken for it.
func TestPointerFarUpTheStack(t *testing.T) {
	if !registerCalls {
		t.Skip("there Bind's functions are package reflect's")
	}
	type large struct{ v [largeWords]int64 }
	type two struct{ v [2]int64 } // in registers of C, on Go's stack
	type pointers struct{ v [2]*int64 }
	get := mustBind[func(large, two, two, pointers) int64](t, compile(t, "gcc", `
struct large { long v[`+strconv.Itoa(largeWords)+`]; }; struct two { long v[2]; }; struct pointers { long *v[2]; };
__attribute__((noinline)) static void churn(long n) { volatile long s = 0; for (long i = 0; i < n; i++) s += i; }
long get(struct large l, struct two a, struct two b, struct pointers p) { churn(l.v[0]); return *p.v[0] + *p.v[1] + a.v[0] + b.v[1]; }`)["get"])
	var l large
	l.v[0] = 100_000
	for i := 1; i < 20; i++ { // Go memory that is free, which the collector does not put up with in a pointer
		l.v[i] = int64(uintptr(unsafe.Pointer(new([1 << 20]byte))))
	}
	runtime.GC()
	runtime.GC()
	stop, stopped := make(chan bool), make(chan bool)
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	for i := range int64(200) {
		if got := get(l, two{[2]int64{i, 0}}, two{[2]int64{0, i}}, pointers{[2]*int64{fresh(i), fresh(i + 1)}}); got != 4*i+1 {
			t.Errorf("got %d, want %d", got, 4*i+1)
		}
	}
	close(stop)
	<-stopped
}

//go:noinline
func fresh(n int64) *int64 { return &([]int64{n, n, n, n, n, n, n, n}[3]) }

// Sizes that make no sense are errors.
func TestMemorySizes(t *testing.T) {
	sizes := []int{-1, math.MinInt}
	if wordSize == 8 { // 2 GiB can be had
		sizes = append(sizes, math.MaxInt)
	}
	for _, size := range sizes {
		var me *MemoryError
		if m, err := NewMemory(size); !errors.As(err, &me) {
			t.Errorf("NewMemory(%d): %d bytes, %v", size, len(m.Bytes()), err)
		}
	}
	m, err := NewMemory(0)
	if err != nil || len(m.Bytes()) != 0 {
		t.Errorf("NewMemory(0): %v, %v", m, err)
	}
	m.Release()
}

// Types whose size is beyond all memory, or that have very many elements of no size, are refused, soon.
func TestEndlessTypes(t *testing.T) {
	var none = StructOf()
	begin := time.Now()
	for _, typ := range []*Type{
		StructOf(Int32, ArrayOf(Int64, math.MaxInt/8+1)),
		StructOf(Int32, ArrayOf(Int64, math.MaxInt)),
		StructOf(ArrayOf(ArrayOf(Int8, 1<<30), 1<<30), Int8),
		StructOf(ArrayOf(Int8, math.MaxInt), ArrayOf(Int8, math.MaxInt), ArrayOf(Int8, 4)),
	} {
		var se *SignatureError
		if _, err := NewSignature(Void, typ); !errors.As(err, &se) {
			t.Errorf("%d bytes: %v", typ.Size(), err)
		}
		if _, err := NewSignature(typ); !errors.As(err, &se) {
			t.Errorf("result of %d bytes: %v", typ.Size(), err)
		}
	}
	if _, err := NewSignature(Void, StructOf(Int32, ArrayOf(none, math.MaxInt), Int32)); err != nil {
		t.Error(err)
	}
	type empty struct {
		p *int
		_ [math.MaxInt]struct{}
		n [2]int32
	}
	_, _ = empty{}.p, empty{}.n
	if _, err := Bind[func(empty)](1); err != nil {
		t.Error(err)
	}
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("that took %v", d)
	}
}

// Stacks that make no sense are made fewer, or refused.
func TestEndlessStacks(t *testing.T) {
	if crosstest.Emulated() {
		t.Skip("qemu-user 7.2 needs memory for all address space that is reserved")
	}
	if crosstest.Wine() {
		t.Skip("wine 8 looks for so much address space for a minute")
	}
	for _, c := range []StackConfig{
		{Size: maxStack, Max: 1<<24 - runtime.NumCPU()}, // 2 to the 64th bytes
		{Max: math.MaxInt},
		{Size: math.MaxInt, Max: 1},
	} {
		name := StackConfig.withDefaults(c)
		cfg := name
		slot := uintptr(minStack)
		for slot < uintptr(cfg.Size) {
			slot <<= 1
		}
		leaves := runtime.NumCPU()
		mem, size, err := reserveArena(&cfg, slot, leaves)
		if err != nil {
			var me *MemoryError
			if !errors.As(err, &me) || me.Len <= 0 {
				t.Errorf("%+v: %v", name, err)
			}
			continue
		}
		if size/slot != uintptr(cfg.Max+leaves) {
			t.Errorf("%+v: %d bytes are reserved for %d stacks of %d", name, size, cfg.Max, slot)
		}
		release(mem, size+slot)
	}
}
