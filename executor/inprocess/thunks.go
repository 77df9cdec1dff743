//go:build linux || darwin || (freebsd && amd64) || (windows && (amd64 || arm64))

package inprocess

import (
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/icache"
)

// A slot is the data of one thunk. It lies outside the Go heap, blockCode bytes behind its thunk.
type slot struct {
	entry uintptr // callbackEntry
	index uintptr // in callbacks
}

// A slotRef names a slot.
type slotRef uint64

// goCode is a Go function value as assembly calls it.
type goCode = unsafe.Pointer

const (
	blockSlots = 4096
	blockCode  = blockSlots * thunkSize // bytes of code, and as many of data behind it
)

// A block is some memory full of thunks.
type block struct {
	code  executor.Addr
	data  unsafe.Pointer // of the slots, outside the Go heap
	funcs [blockSlots]atomic.Pointer[Callback]
}

// callbacks are those of the process. Looking one up takes no lock.
var callbacks struct {
	blocks atomic.Pointer[[]*block]
	mu     sync.Mutex
	used   int       // slots that have been used, or are: the first ones
	free   []slotRef // those of them that are not used, from first on: the longest unused first
	first  int
}

// callbackEntryPC is set in assembly.
var callbackEntryPC uintptr

//lint:ignore U1000 callbackEntry has the runtime call it
var serveForeignFunc = serveForeign

// codeOf returns the function value in an interface.
func codeOf(fn any) goCode { return (*[2]unsafe.Pointer)(unsafe.Pointer(&fn))[1] }

// publish gives cb a thunk.
func (cb *Callback) publish() error {
	if err := reserveStacks(); err != nil {
		return err
	}
	callbacks.mu.Lock()
	defer callbacks.mu.Unlock()
	if err := cb.takeSlot(); err != nil {
		return err
	}
	b := (*callbacks.blocks.Load())[cb.slot/blockSlots]
	i := cb.slot % blockSlots
	b.funcs[i].Store(cb)
	cb.addr = b.code + executor.Addr(i*thunkSize)
	return nil
}

// takeSlot takes a slot that has never been used, or the one that has been unused for the longest time. The caller holds callbacks.mu.
func (cb *Callback) takeSlot() error {
	blocks := callbacks.blocks.Load()
	if blocks == nil || callbacks.used == len(*blocks)*blockSlots {
		if callbacks.first < len(callbacks.free) {
			cb.slot = callbacks.free[callbacks.first]
			callbacks.first++
			return nil
		}
		var err error
		if blocks, err = addBlock(); err != nil {
			return err
		}
	}
	cb.slot = slotRef(callbacks.used)
	callbacks.used++
	data := (*blocks)[cb.slot/blockSlots].data
	*(*slot)(unsafe.Add(data, cb.slot%blockSlots*thunkSize)) = slot{entry: callbackEntryPC, index: uintptr(cb.slot)}
	return nil
}

// withdraw takes the thunk of cb back.
func (cb *Callback) withdraw() {
	callbacks.mu.Lock()
	defer callbacks.mu.Unlock()
	(*callbacks.blocks.Load())[cb.slot/blockSlots].funcs[cb.slot%blockSlots].Store(nil)
	if callbacks.first > len(callbacks.free)/2 {
		n := copy(callbacks.free, callbacks.free[callbacks.first:])
		callbacks.free, callbacks.first = callbacks.free[:n], 0
	}
	callbacks.free = append(callbacks.free, cb.slot)
}

// addBlock makes a block of thunks, and returns all blocks. Their code is written once and executable ever after, never both at a time; their data is written when they are used.
func addBlock() (*[]*block, error) {
	both, err := mapMemory(2 * blockCode)
	if err != nil {
		return nil, err
	}
	mem, code := unsafe.Pointer(unsafe.SliceData(both)), both[:blockCode]
	writeThunks(code)
	icache.Sync(code)
	if err := makeExecutable(code); err != nil {
		unmapMemory(both)
		return nil, &MemoryError{Op: "make executable", Len: blockCode, Err: err}
	}
	b := &block{code: executor.Addr(uintptr(mem)), data: unsafe.Add(mem, blockCode)}
	var blocks []*block
	if old := callbacks.blocks.Load(); old != nil {
		blocks = append(blocks, *old...)
	}
	blocks = append(blocks, b)
	callbacks.blocks.Store(&blocks)
	return &blocks, nil
}

// serveForeign is called by callbackEntry through the runtime.
func serveForeign(f *callFrame) { serve(f) }

// serve runs the Go function for which C is waiting in frame f.
func serve(f *callFrame) {
	index := (*(**slot)(unsafe.Pointer(&f.slot))).index
	cb := (*callbacks.blocks.Load())[index/blockSlots].funcs[index%blockSlots].Load()
	if cb == nil {
		panic(ErrReleasedCallback)
	}
	f.results = emptyResults
	a := areas{
		cRegs:    unsafe.Pointer(&f.regs),
		cStack:   *(*unsafe.Pointer)(unsafe.Pointer(&f.stack)), // what is no address must not get into a pointer, which the collector may look at
		cResults: unsafe.Pointer(&f.results),
	}
	f.memory, f.fpu = cb.plan.memory, cb.plan.fpu
	cb.run(a)
}

// runReflected runs a function whose arguments and result are in a frame.
func (cb *Callback) runReflected(a areas) {
	frame := reflect.New(cb.frame)
	a[goStack] = frame.UnsafePointer()
	a.run(cb.plan.args)
	args := make([]reflect.Value, cb.fn.Type().NumIn())
	for i := range args {
		args[i] = frame.Elem().Field(i)
	}
	for _, result := range cb.fn.Call(args) {
		frame.Elem().Field(len(args)).Set(result)
	}
	a.run(cb.plan.results)
	runtime.KeepAlive(frame)
}
