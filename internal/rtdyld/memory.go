package rtdyld

//lint:file-ignore ST1005 The texts are LLVM's, which scripts read.

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/internal/rtdyld/llvmstubs"
	"github.com/gomcjit/gomcjit/memmgr"
)

// pageSize is what llvm-rtdyld takes memory in, and so the distance of sections in the target.
const pageSize = 4096

// maxHeap bounds the memory of targets that do not exist: a section of zeros costs nothing to ask for.
const maxHeap = 4 << 30

// ErrSlab is a -preallocate that is too small.
var ErrSlab = errors.New("Can't allocate enough memory. Tune --preallocate")

// A Memory is the tool's memory manager: LLVM's TrivialMemoryManager. It keeps to the slab of -preallocate, prints requests, and remembers every section.
// It takes memory from another manager, or, if there is none, from the Go heap, at addresses in no process. It serves one linker and one goroutine.
type Memory struct {
	under   memmgr.JITMemoryManager // nil for the heap
	printTo io.Writer               // nil for nobody
	empty   bool                    // requests for nothing are printed as well
	slab    uint64                  // bytes that may be used; 0 for any
	used    uint64
	next    uint64 // address of the next section on the heap
	space   *space // where the next section goes instead, once sections have been given their addresses in the target
	lastID  memmgr.AllocID
	blocks  []*block

	requests []llvmstubs.Request // for the object that is loaded next: see input
}

// A block is a section in memory.
type block struct {
	module  uint64 // ID of the object
	name    string
	section memmgr.Section
	rank    int    // position in its module, in LLVM's order
	room    uint64 // bytes that LLVM asks for
}

// NewMemory returns the memory manager for what a command line says. out is where requests are printed.
func NewMemory(o *Options, out io.Writer, under memmgr.JITMemoryManager) *Memory {
	m := &Memory{under: under, slab: o.Preallocate, empty: o.Action == Verify, next: pageSize}
	if o.PrintRequests {
		m.printTo = out
	}
	return m
}

// Allocate finds memory for all sections of an object. Errors are ErrSlab and those of the manager below.
func (m *Memory) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	ranks := ranksOf(mod, secs)
	order := make([]int, len(secs))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return ranks[i] - ranks[j] })
	m.print(mod, secs, order)
	if err := m.reserve(secs, order); err != nil {
		return 0, err
	}
	id, err := m.allocate(b, mod, secs, order)
	if err != nil {
		return 0, err
	}
	for i := range secs {
		m.blocks = append(m.blocks, &block{module: mod.ID, name: mod.SectionName(&secs[i]), section: secs[i], rank: ranks[i], room: m.request(&secs[i]).Size})
	}
	return id, nil
}

// request returns what LLVM asks for where the linker asks for a section.
func (m *Memory) request(s *memmgr.Section) llvmstubs.Request {
	if s.Index <= 0 || s.Index >= len(m.requests) {
		return llvmstubs.Request{Size: s.Size, Align: s.Align}
	}
	return m.requests[s.Index]
}

// reserve takes sections' share of the slab.
func (m *Memory) reserve(secs []memmgr.Section, order []int) error {
	used := m.used
	for _, i := range order {
		s := &secs[i]
		from := alignUp(used, s.Align)
		if from < used || s.Size > ^uint64(0)-from || m.slab != 0 && from+s.Size > m.slab {
			return ErrSlab
		}
		used = from + s.Size
	}
	m.used = used
	return nil
}

func (m *Memory) allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section, order []int) (memmgr.AllocID, error) {
	if m.under != nil {
		return m.under.Allocate(b, mod, secs)
	}
	if m.used > maxHeap {
		return 0, fmt.Errorf("sections of %d bytes: no more than %d are given here", m.used, uint64(maxHeap))
	}
	for _, i := range order {
		s := &secs[i]
		addr, err := m.address(s)
		if err != nil {
			return 0, err
		}
		s.Mem, s.Addr = make([]byte, s.Size), executor.Addr(addr)
	}
	m.lastID++
	return m.lastID, nil
}

// address finds an address for a section on the heap.
func (m *Memory) address(s *memmgr.Section) (uint64, error) {
	if m.space != nil {
		return m.space.take("of commons", s)
	}
	addr := alignUp(m.next, s.Align)
	m.next = addr + pages(s.Size)
	return addr, nil
}

// Finalize protects the memory.
func (m *Memory) Finalize(b memmgr.Batch) error {
	if m.under == nil {
		return nil
	}
	return m.under.Finalize(b)
}

// Deallocate gives memory back. What it was is still known.
func (m *Memory) Deallocate(ids ...memmgr.AllocID) error {
	if m.under == nil {
		return nil
	}
	return m.under.Deallocate(ids...)
}

// pages is the size of a section in whole pages, of which it has one at least.
func pages(size uint64) uint64 { return max(alignUp(size, pageSize), pageSize) }

func alignUp(n, align uint64) uint64 {
	if align < 2 {
		return n
	}
	return (n + align - 1) &^ (align - 1)
}

// print prints requests in LLVM's words. Commons are one request of it.
func (m *Memory) print(mod memmgr.Module, secs []memmgr.Section, order []int) {
	if m.printTo == nil {
		return
	}
	if isCommons(secs) {
		size, align := uint64(0), uint64(1)
		for _, s := range secs {
			size = alignUp(size, s.Align) + s.Size
			align = max(align, s.Align)
		}
		fmt.Fprintf(m.printTo, requestFormat, "Data", size, align, mod.Name)
		return
	}
	for _, i := range order {
		if secs[i].Size == 0 && !m.empty {
			continue
		}
		kind := "Data"
		if secs[i].Kind == memmgr.Code {
			kind = "Code"
		}
		r := m.request(&secs[i])
		fmt.Fprintf(m.printTo, requestFormat, kind, max(r.Size, 1), r.Align, mod.SectionName(&secs[i]))
	}
}

const requestFormat = "allocate%sSection(Size = %d, Alignment = %d, SectionName = %s)\n"

// isCommons says whether sections are the storage of commons, which are of no file: those of files have numbers from 1 on.
func isCommons(secs []memmgr.Section) bool { return len(secs) > 0 && secs[0].Index == 0 }
