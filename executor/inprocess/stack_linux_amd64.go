package inprocess

import (
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A control is the control block at the top of a C stack. It lies outside the Go heap and holds no Go pointers.
type control struct {
	goSP    uintptr   // the goroutine's stack pointer while C runs
	cSP     uintptr   // C's stack pointer: where to start, or where it is suspended
	fn      uintptr   // what to call
	vectors uintptr   // how many vector registers to load
	results [4]uint64 // RAX, RDX, XMM0, XMM1
}

// stackTop is how far below the end of a slot C's stack begins: room for the control block, a multiple of a cache line.
const stackTop = 128

// A stackRange is where the stacks lie: in slots of mask+1 bytes, a power of two, each with a guard page at its low end. callbackEntry uses
// it to tell whose stack it runs on.
type stackRange struct {
	base uintptr
	size uintptr
	mask uintptr
}

var stackArena stackRange

// stacks are the C stacks of the process.
var stacks struct {
	mu     sync.Mutex
	freed  sync.Cond
	config StackConfig
	memory unsafe.Pointer // of the arena
	made   int            // slots made accessible
	free   []*control     // idle stacks, but for those in stackCache; the last is used next
	err    error          // of the reservation
}

// stackCache has up to one idle stack for each processor of the scheduler. Whoever is pinned to processor i may use entry i.
var stackCache [1024]struct {
	stack *control
	_     [56]byte // a cache line each
}

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
	cfg := stacks.config.withDefaults()
	slot := uintptr(1) << 16
	for slot < uintptr(cfg.Size) {
		slot <<= 1
	}
	size := slot * uintptr(cfg.Max)
	mem, err := unix.MmapPtr(-1, 0, nil, size+slot, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return &StackError{Op: "reserve", Len: int(size + slot), Err: err}
	}
	pad := alignUp(uintptr(mem), slot) - uintptr(mem)
	stacks.config = cfg
	stacks.memory = unsafe.Add(mem, pad)
	stacks.free = make([]*control, 0, cfg.Max)
	stacks.freed.L = &stacks.mu
	stackArena = stackRange{base: uintptr(stacks.memory), size: size, mask: slot - 1}

	// A callback locks its thread at a moment when the runtime could not start its template thread; this starts it.
	runtime.LockOSThread()
	runtime.UnlockOSThread()
	return nil
}

// acquireStack returns an idle stack. With all stacks in use it waits for one.
func acquireStack() *control {
	if p := procPin(); p < len(stackCache) {
		if c := stackCache[p].stack; c != nil {
			stackCache[p].stack = nil
			procUnpin()
			return c
		}
	}
	procUnpin()
	return newStack()
}

// releaseStack makes a stack idle.
func releaseStack(c *control) {
	if p := procPin(); p < len(stackCache) && stackCache[p].stack == nil {
		stackCache[p].stack = c
		procUnpin()
		return
	}
	procUnpin()
	freeStack(c)
}

// newStack returns a stack from the shared list, or a new one.
func newStack() *control {
	stacks.mu.Lock()
	defer stacks.mu.Unlock()
	for {
		if n := len(stacks.free); n > 0 {
			c := stacks.free[n-1]
			stacks.free = stacks.free[:n-1]
			return c
		}
		if stacks.made < stacks.config.Max {
			c, err := makeStack(stacks.made)
			if err == nil {
				stacks.made++
				return c
			}
			if stacks.made == 0 {
				panic(err) // nobody would ever wake us
			}
		}
		stacks.freed.Wait()
	}
}

// makeStack makes the memory of a slot accessible, above its guard page.
func makeStack(slot int) (*control, error) {
	size := stackArena.mask + 1
	page := uintptr(unix.Getpagesize())
	low := unsafe.Add(stacks.memory, uintptr(slot)*size)
	mem := unsafe.Slice((*byte)(unsafe.Add(low, page)), size-page)
	if err := unix.Mprotect(mem, unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return nil, &StackError{Op: "make accessible", Len: len(mem), Err: err}
	}
	return (*control)(unsafe.Add(low, size-unsafe.Sizeof(control{}))), nil
}

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

// trim gives the memory of an idle stack back to the system; its next use finds zeros.
func (c *control) trim() {
	size := stackArena.mask + 1
	page := uintptr(unix.Getpagesize())
	end := unsafe.Add(unsafe.Pointer(c), unsafe.Sizeof(control{}))
	mem := unsafe.Slice((*byte)(unsafe.Add(end, page-size)), size-page)
	_ = unix.Madvise(mem, unix.MADV_DONTNEED) // cannot fail on a private mapping, and if it did only memory would be lost
}

// top returns the highest address that C's frames may use, a multiple of 16.
func (c *control) top() unsafe.Pointer {
	return unsafe.Add(unsafe.Pointer(c), int(unsafe.Sizeof(control{}))-stackTop)
}
