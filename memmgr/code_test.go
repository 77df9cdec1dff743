package memmgr

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/crosstest"
)

var errHardened = errors.New("executing what was written is not allowed")

// hardenedMapper is a system that executes nothing but memory for code, as macOS does with the hardened runtime. Others than the manager must not be running code of it
// while it is written.
type hardenedMapper struct {
	Mapper
	code   map[executor.Addr]int // sizes of what has been reserved
	writes int
}

func newHardened() *hardenedMapper {
	return &hardenedMapper{Mapper: SystemMapper(), code: map[executor.Addr]int{}}
}

func (h *hardenedMapper) isCode(mem []byte) bool {
	for at, size := range h.code {
		if addrOf(mem)-at < executor.Addr(size) {
			return true
		}
	}
	return false
}

func (h *hardenedMapper) ReserveCode(size int, near executor.Addr) ([]byte, error) {
	mem, err := h.Reserve(size, near)
	if err != nil {
		return nil, err
	}
	h.code[addrOf(mem)] = size
	return mem, h.Mapper.Protect(mem, ProtReadExec)
}

func (h *hardenedMapper) WriteCode(run, work []byte) {
	h.writes++
	page := os.Getpagesize()
	skip := int(addrOf(run)) & (page - 1)
	pages := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(run)), -skip)), (skip+len(run)+page-1)&^(page-1))
	if err := h.Mapper.Protect(pages, ProtReadWrite); err != nil {
		panic(err)
	}
	copy(run, work)
	if err := h.Mapper.Protect(pages, ProtReadExec); err != nil {
		panic(err)
	}
}

func (h *hardenedMapper) Release(mem []byte) error {
	delete(h.code, addrOf(mem))
	return h.Mapper.Release(mem)
}

func (h *hardenedMapper) Protect(mem []byte, p Prot) error {
	switch {
	case h.isCode(mem):
		return nil
	case p == ProtReadExec:
		return errHardened
	}
	return h.Mapper.Protect(mem, p)
}

func (h *hardenedMapper) Discard(mem, work []byte) error {
	if !h.isCode(mem) {
		return h.Mapper.Discard(mem, work)
	}
	clear(work)
	h.WriteCode(mem, work)
	return nil
}

func (h *hardenedMapper) Reset(mem []byte) error {
	if h.isCode(mem) {
		return nil
	}
	return h.Mapper.Reset(mem)
}

func (h *hardenedMapper) MapDual(run []byte, name string) ([]byte, error) {
	if !h.isCode(run) {
		return h.Mapper.MapDual(run, name)
	}
	page := os.Getpagesize()
	view, err := h.Reserve(len(run)+2*page, 0)
	if err != nil {
		return nil, err
	}
	work := view[page : page+len(run)]
	return work, h.Mapper.Protect(work, ProtReadWrite)
}

// UnmapDual is for systems that map the view as MapDual does here.
func (h *hardenedMapper) UnmapDual(work []byte) error { return h.Mapper.UnmapDual(work) }

// TestMemoryForCode allocates, finalizes and deallocates at random on a system that executes nothing else, and finds what was written where it runs.
func TestMemoryForCode(t *testing.T) {
	needsDual(t)
	for name, more := range map[string][]Option{"default": nil, "small": {WithReserve(8 << 20)}, "grown": {WithReserve(2 << 20), WithGrowth()}} {
		t.Run(name, func(t *testing.T) {
			h := newHardened()
			m := newManager(t, append(more, WithDualMapping(), WithMapper(h))...)
			rng := rand.New(rand.NewPCG(1, 7))
			live := map[AllocID][]Section{}
			for step := range 600 {
				secs := tiny()
				for i := range secs {
					secs[i].Size = rng.Uint64N(40_000)
				}
				id, err := m.Allocate(Batch(step), Module{Name: "test"}, secs)
				if err != nil && (name != "small" || !errors.Is(err, ErrExhausted)) {
					t.Fatal(err)
				}
				if err == nil {
					for _, s := range secs {
						fillMemory(s.Mem, byte(step))
					}
					mustFinalize(t, m, Batch(step))
					live[id] = secs
				}
				for id, secs := range live {
					for _, s := range secs {
						if got := bytesAt(m, s.Addr, int(s.Size)); !bytes.Equal(got, s.Mem) {
							t.Fatalf("step %d: %d bytes of kind %d are not what was written", step, s.Size, s.Kind)
						}
					}
					if rng.IntN(10) == 0 {
						mustDeallocate(t, m, id)
						delete(live, id)
					}
				}
			}
			if h.writes == 0 {
				t.Error("nothing was written to memory for code")
			}
		})
	}
}

func fillMemory(mem []byte, b byte) {
	for i := range mem {
		mem[i] = b
	}
}

// TestCallMemoryForCode calls functions there, while others come and go beside them.
func TestCallMemoryForCode(t *testing.T) {
	needsDual(t)
	m := newManager(t, WithDualMapping(), WithMapper(newHardened()))
	var ids []AllocID
	var at []executor.Addr
	for i := range uint16(200) {
		id, f := load(t, m, Batch(i), i)
		ids, at = append(ids, id), append(at, f)
		mustFinalize(t, m, Batch(i))
		if i%3 == 2 {
			mustDeallocate(t, m, ids[i-1])
		}
		if got := call(at[i/3*3]); got != int(i/3*3) {
			t.Fatalf("function %d returned %d after %d was loaded", i/3*3, got, i)
		}
	}
}

// TestHardened: what is executed otherwise is refused, and memory for code that cannot be had is an error.
func TestHardened(t *testing.T) {
	needsDual(t)
	h := newHardened()
	m := newManager(t, WithMapper(h))
	load(t, m, 1, 1)
	if err := m.Finalize(1); !errors.Is(err, errHardened) {
		t.Errorf("Finalize: %v", err)
	}
	if _, err := New(WithDualMapping(), WithMapper(struct{ Mapper }{h})); !errors.Is(err, ErrDualMapping) || !errors.Is(err, errHardened) {
		t.Errorf("New without memory for code: %v", err)
	}
}

func needsDual(t *testing.T) {
	if crosstest.Emulated() {
		t.Skip("qemu-user 7.2 goes on with what it has made of code that changes through another mapping")
	}
	if err := probeDual(SystemMapper()); err != nil {
		t.Skip(err)
	}
}
