//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

import (
	"math"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A control is the control block at the top of a C stack. It lies outside the Go heap and holds no Go pointers.
type control struct {
	goSP    uintptr // the goroutine's stack pointer while C runs
	cSP     uintptr // C's stack pointer: where to start, or where it is suspended
	fn      uintptr // what to call
	fpu     uintptr // how the call uses floating-point registers
	goPC    uintptr //lint:ignore U1000 where Go code goes on, on processors whose calls do not push that
	g       uintptr //lint:ignore U1000 the goroutine, on processors where Go has it in a register
	bounds  stackBounds
	results results
}

// stackTop is how far below the end of a slot C's stack begins: room for the control block, a multiple of a cache line.
const stackTop = int(unsafe.Sizeof(control{})+127) &^ 127

// A stackRange is where the stacks lie: in slots of mask+1 bytes, a power of two, each with a guard at its low end. callbackEntry uses
// it to tell whose stack it runs on.
type stackRange struct {
	base uintptr
	size uintptr
	mask uintptr
}

var stackArena stackRange

// fewStacks are the fewest that a process whose address space is limited starts with.
const fewStacks = 16

// stacks are the C stacks of the process: up to config.Max for blocking calls, and behind them, if registerCalls, one for each processor, for leaf calls.
var stacks struct {
	mu      sync.Mutex
	freed   sync.Cond
	config  StackConfig
	memory  unsafe.Pointer // of the arena
	made    int            // stacks for blocking calls that exist
	free    []*control     // idle ones, but for those in stackCache; the last is used next
	waiting atomic.Int32   // goroutines that wait for an idle one
}

// stackCache has up to one idle stack for each processor of the scheduler, at its number, to save the lock. Anybody may take it out.
var stackCache [1024]struct {
	stack atomic.Pointer[control]
	_     [56]byte // a cache line each
}

// leafStacks are the stacks for leaf calls. Only who is pinned to processor i may use number i.
var leafStacks []*control

func setStacks(cfg StackConfig) error {
	stacks.mu.Lock()
	defer stacks.mu.Unlock()
	if stacks.memory != nil {
		return ErrStacksInUse
	}
	stacks.config = cfg
	return nil
}

// reserveStacks reserves the address space of the stacks. It is called before any call is made.
func reserveStacks() error {
	stacks.mu.Lock()
	defer stacks.mu.Unlock()
	if stacks.memory != nil {
		return nil
	}
	if !Supported {
		return ErrUnsupportedHost
	}
	cfg := stacks.config.withDefaults()
	leaves := 0
	if registerCalls {
		leaves = max(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	}
	slot := uintptr(minStack)
	for slot < uintptr(cfg.Size) {
		slot <<= 1
	}
	mem, size, err := reserveArena(&cfg, slot, leaves)
	if err != nil {
		return err
	}
	arena := unsafe.Add(mem, alignUp(uintptr(mem), slot)-uintptr(mem))
	keepPagesSmall(unsafe.Slice((*byte)(arena), size))
	stackArena = stackRange{base: uintptr(arena), size: size, mask: slot - 1}
	if err := placeCode(); err != nil {
		release(mem, size+slot)
		return err
	}
	made := make([]*control, leaves)
	for i := range made {
		if made[i], err = makeStack(arena, cfg.Max+i); err != nil {
			release(mem, size+slot)
			return err
		}
	}
	leafStacks = made
	stacks.config = cfg
	stacks.memory = arena
	stacks.free = make([]*control, 0, cfg.Max)
	stacks.freed.L = &stacks.mu

	enterSignals()

	// A callback locks its thread at a moment when the runtime could not start its template thread; this starts it.
	runtime.LockOSThread()
	runtime.UnlockOSThread()
	return nil
}

// userSpace is how many bytes a process can have at all: 128 TiB, or 2 GiB. Products that are larger are not made.
const userSpace = 1 << (15 + 4*wordSize)

// reserveArena reserves address space for the stacks and one slot more, for alignment. Where that is limited it makes do with fewer stacks, and leaves Go's heap as much as they take.
func reserveArena(cfg *StackConfig, slot uintptr, leaves int) (mem unsafe.Pointer, size uintptr, err error) {
	cfg.Max = min(cfg.Max, int(userSpace/slot)-leaves-1)
	if cfg.Max < 1 {
		return nil, 0, &MemoryError{Op: "reserve", Len: math.MaxInt, Err: errNoMemory}
	}
	for limited := false; ; cfg.Max /= 2 {
		size = slot * uintptr(cfg.Max+leaves)
		mem, err = reserve(size + slot)
		if err == nil && limited && cfg.Max > fewStacks {
			release(mem, size+slot)
			limited = false
			continue
		}
		if err == nil {
			return mem, size, nil
		}
		limited = true
		if cfg.Max <= fewStacks {
			return nil, 0, &MemoryError{Op: "reserve", Len: int(size + slot), Err: err}
		}
	}
}

// acquireStack returns an idle stack. With all stacks in use it waits for one.
func acquireStack() *control {
	p := procPin()
	procUnpin()
	if p < len(stackCache) {
		if c := stackCache[p].stack.Swap(nil); c != nil {
			return c
		}
	}
	return newStack()
}

// releaseStack makes a stack idle.
func releaseStack(c *control) {
	p := procPin()
	procUnpin()
	if p >= len(stackCache) || !stackCache[p].stack.CompareAndSwap(nil, c) {
		freeStack(c)
		return
	}
	// Somebody who has begun to wait since either sees the stack in the cache or is seen here.
	if stacks.waiting.Load() != 0 {
		if c := stackCache[p].stack.Swap(nil); c != nil {
			freeStack(c)
		}
	}
}

// newStack returns a stack from the shared list, or a new one.
func newStack() *control {
	stacks.mu.Lock()
	defer stacks.mu.Unlock()
	if c := takeStack(); c != nil {
		return c
	}
	stacks.waiting.Add(1)
	defer stacks.waiting.Add(-1)
	for {
		for i := range stackCache {
			if c := stackCache[i].stack.Swap(nil); c != nil {
				return c
			}
		}
		if c := takeStack(); c != nil {
			return c
		}
		stacks.freed.Wait()
	}
}

// takeStack returns an idle stack or makes one, or returns nil if there are as many as there may be.
func takeStack() *control {
	if n := len(stacks.free); n > 0 {
		c := stacks.free[n-1]
		stacks.free = stacks.free[:n-1]
		return c
	}
	if stacks.made == stacks.config.Max {
		return nil
	}
	c, err := makeStack(stacks.memory, stacks.made)
	if err == nil {
		stacks.made++
		return c
	}
	if stacks.made == 0 {
		panic(err) // nobody would ever wake those that wait
	}
	return nil
}

// makeStack makes the memory of a slot accessible, above its guard.
func makeStack(arena unsafe.Pointer, slot int) (*control, error) {
	low := unsafe.Add(arena, uintptr(slot)*(stackArena.mask+1))
	mem := unsafe.Slice((*byte)(unsafe.Add(low, guardSize())), stackArena.mask+1-guardSize())
	if err := makeAccessible(mem); err != nil {
		return nil, &MemoryError{Op: "make accessible", Len: len(mem), Err: err}
	}
	c := (*control)(unsafe.Add(low, stackArena.mask+1-unsafe.Sizeof(control{})))
	c.setBounds(uintptr(low), uintptr(unsafe.Pointer(unsafe.SliceData(mem))))
	return c, nil
}

// guardSize returns the size of a stack's inaccessible low end: 64 KiB of 8 MiB, which functions with large frames do not step over easily.
func guardSize() uintptr { return max(uintptr(os.Getpagesize()), (stackArena.mask+1)/128) }

// freeStack puts a stack into the shared list. Beyond the number that is kept warm its memory goes back to the system.
func freeStack(c *control) {
	stacks.mu.Lock()
	defer stacks.mu.Unlock()
	if len(stacks.free) >= stacks.config.Idle {
		c.trim()
	}
	stacks.free = append(stacks.free, c)
	stacks.freed.Signal()
}

// trim gives the memory of an idle stack back to the system. What its next use finds there does not matter.
func (c *control) trim() {
	size := stackArena.mask + 1 - guardSize()
	end := unsafe.Add(unsafe.Pointer(c), unsafe.Sizeof(control{}))
	mem := unsafe.Slice((*byte)(unsafe.Add(end, -int(size))), size)
	forget(mem)
}

// top returns the highest address that C's frames may use, a multiple of 16.
func (c *control) top() unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(c), int(unsafe.Sizeof(control{}))-stackTop)
}
