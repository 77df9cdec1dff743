package inprocess

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"golang.org/x/sys/unix"
)

// A slot is the data of one thunk. It lies outside the Go heap, in a block whose thunks are all the same bytes.
type slot struct {
	entry uintptr // callbackEntry
	index uint64  // in callbacks
}

// A slotRef names a slot.
type slotRef uint64

// goCode is a Go function value as assembly calls it.
type goCode = unsafe.Pointer

const (
	blockSlots = 4096
	thunkSize  = 16
	blockCode  = blockSlots * thunkSize // bytes of code, and as many of data behind it
)

// A block is some memory full of thunks.
type block struct {
	slots *[blockSlots]slot
	code  executor.Addr
	funcs [blockSlots]atomic.Pointer[Callback]
}

// callbacks are those of the process. Looking one up takes no lock.
var callbacks struct {
	blocks atomic.Pointer[[]*block]
	mu     sync.Mutex
	free   []slotRef // from first on: the longest unused first
	first  int
}

// Set in assembly.
var callbackEntryPC uintptr

//lint:ignore U1000 callbackEntry has the runtime call it
var serveForeignFunc = serveForeign

//go:noescape
func invoke(fn unsafe.Pointer, r *regs)

// codeOf returns the function value in an interface.
func codeOf(fn any) goCode { return (*[2]unsafe.Pointer)(unsafe.Pointer(&fn))[1] }

// publish gives cb a thunk.
func (cb *Callback) publish() error {
	if err := reserveStacks(); err != nil {
		return err
	}
	callbacks.mu.Lock()
	defer callbacks.mu.Unlock()
	if callbacks.first == len(callbacks.free) {
		if err := addBlock(); err != nil {
			return err
		}
	}
	cb.slot = callbacks.free[callbacks.first]
	callbacks.first++
	b := (*callbacks.blocks.Load())[cb.slot/blockSlots]
	i := cb.slot % blockSlots
	b.funcs[i].Store(cb)
	cb.addr = b.code + executor.Addr(i*thunkSize)
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

// addBlock makes a block of thunks. Their code is written once and executable ever after, never both at a time.
func addBlock() error {
	mem, err := unix.MmapPtr(-1, 0, nil, 2*blockCode, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return &MemoryError{Op: "reserve", Len: 2 * blockCode, Err: err}
	}
	code := unsafe.Slice((*byte)(mem), blockCode)
	writeThunks(code)
	if err := unix.Mprotect(code, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		_ = unix.MunmapPtr(mem, 2*blockCode) // the error to report is the other one
		return &MemoryError{Op: "make executable", Len: blockCode, Err: err}
	}
	b := &block{slots: (*[blockSlots]slot)(unsafe.Add(mem, blockCode)), code: executor.Addr(uintptr(mem))}
	var blocks []*block
	if old := callbacks.blocks.Load(); old != nil {
		blocks = append(blocks, *old...)
	}
	first := len(blocks) * blockSlots
	for i := range b.slots {
		b.slots[i] = slot{entry: callbackEntryPC, index: uint64(first + i)}
		callbacks.free = append(callbacks.free, slotRef(first+i))
	}
	blocks = append(blocks, b)
	callbacks.blocks.Store(&blocks)
	return nil
}

// writeThunks fills code with thunks. Data is as far behind each of them as the block has code, so that all are equal.
func writeThunks(code []byte) {
	const rel = blockCode - 11 // from the end of lea
	thunk := [thunkSize]byte{
		0xf3, 0x0f, 0x1e, 0xfa, // endbr64
		0x4c, 0x8d, 0x1d, rel & 0xff, rel >> 8 & 0xff, rel >> 16 & 0xff, rel >> 24, // lea r11, [rip+rel]
		0x41, 0xff, 0x23, // jmp [r11]
		0xcc, 0xcc,
	}
	for i := 0; i < len(code); i += thunkSize {
		copy(code[i:], thunk[:])
	}
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
	if cb.direct {
		cb.serveDirect(f)
	} else {
		cb.serveReflect(f)
	}
	if cb.plan.memory != 0 {
		f.results[0] = f.regs.ints[0]
	}
}

// areas returns where C has its side of a callback. What is no address must not get into a pointer, which the collector may look at.
func (cb *Callback) areas(f *callFrame) areas {
	a := areas{
		cRegs:    unsafe.Pointer(&f.regs),
		cStack:   *(*unsafe.Pointer)(unsafe.Pointer(&f.stack)),
		cResults: unsafe.Pointer(&f.results),
	}
	if cb.plan.memory != 0 {
		a[cMemory] = *(*unsafe.Pointer)(unsafe.Pointer(&f.regs.ints[0]))
	}
	return a
}

func (cb *Callback) serveDirect(f *callFrame) {
	var r regs
	a := cb.areas(f)
	a[goRegs] = unsafe.Pointer(&r)
	a.run(cb.plan.args)
	invoke(cb.code, &r)
	a.run(cb.plan.results)
}

// serveReflect serves functions that use Go's stack, from a plan that moves each value as a whole.
func (cb *Callback) serveReflect(f *callFrame) {
	t := cb.fn.Type()
	values := make([]uint64, cb.values/8)
	a := cb.areas(f)
	a[goStack] = unsafe.Pointer(unsafe.SliceData(values))
	a.run(cb.plan.args)
	args := make([]reflect.Value, t.NumIn())
	for i := range args {
		args[i] = reflect.NewAt(t.In(i), unsafe.Add(a[goStack], cb.offsets[i])).Elem()
	}
	out := cb.fn.Call(args)
	if len(out) != 0 {
		reflect.NewAt(t.Out(0), unsafe.Add(a[goStack], cb.offsets[len(args)])).Elem().Set(out[0])
		a.run(cb.plan.results)
	}
}
