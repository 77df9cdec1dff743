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
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
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
	lastID  memmgr.AllocID
	blocks  []*block

	extra   []bool // by section of the object that is loaded next: LLVM does not load it, unless loading is set
	loading *input // whose object is loaded next, with all sections; nil if only those count that a program has in memory
}

// A block is a section in memory.
type block struct {
	module  uint64 // ID of the object
	name    string
	section memmgr.Section
	rank    int               // position in its module, in LLVM's order
	request llvmstubs.Request // that LLVM makes for it
	asked   *memmgr.Section   // where the linker is told of the memory; nil afterwards, and for what only LLVM allocates
	idle    bool              // the linker does not know it
	unlike  bool              // LLVM does not ask for it so
	commons map[string]uint64 // of a block that is kept for commons: where they are in it
}

// NewMemory returns the memory manager for what a command line says. out is where requests are printed; nil for nowhere.
func NewMemory(o *Options, out io.Writer, under memmgr.JITMemoryManager) *Memory {
	m := &Memory{under: under, slab: o.Preallocate, empty: o.Action == Verify, next: pageSize}
	if o.PrintRequests && out != nil {
		m.printTo = out
	}
	return m
}

// Allocate finds memory for all sections of an object. Errors are ErrSlab and those of the manager below.
func (m *Memory) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	blocks := m.blocksOf(mod, secs)
	m.print(mod, secs, blocks)
	if err := m.reserve(blocks); err != nil {
		return 0, err
	}
	id, err := m.allocate(b, mod, secs, blocks)
	if err != nil {
		return 0, err
	}
	m.blocks = append(m.blocks, blocks...)
	return id, nil
}

// blocksOf returns the blocks of an object, in LLVM's order.
func (m *Memory) blocksOf(mod memmgr.Module, secs []memmgr.Section) []*block {
	f, _ := mod.Sections.(file)
	in := m.loading
	if isCommons(secs) {
		in = nil
	}
	var list []*block
	if in != nil {
		f, list = in.plain, in.unloaded(mod.ID, secs)
	}
	ranks := ranksOf(f, in, secs)
	for i := range secs {
		list = append(list, &block{module: mod.ID, name: mod.SectionName(&secs[i]), section: secs[i], asked: &secs[i], rank: ranks[i]})
	}
	requests := requestsOf(f, in)
	for _, b := range list {
		b.unlike = f != nil && m.isUnlike(b, f, in, requests != nil)
		b.request = llvmstubs.Request{Size: b.section.Size, Align: b.section.Align}
		if i := b.section.Index; i >= 0 && i < len(requests) && !isCommons(secs) {
			b.request = requests[i]
		}
	}
	if in != nil {
		list = in.addTLS(mod.ID, rankOf(runtimedyld.SectionGOT), list)
	}
	slices.SortStableFunc(list, func(a, b *block) int { return a.rank - b.rank })
	return list
}

// requestsOf returns what LLVM asks for, by section; nil if that is not known.
func requestsOf(f file, in *input) []llvmstubs.Request {
	if in != nil {
		return in.requests
	}
	return llvmstubs.Requests(f)
}

// isUnlike says whether LLVM, which knows the architecture or not, has no such section, or allocates it in another way.
func (m *Memory) isUnlike(b *block, f file, in *input, known bool) bool {
	if b.section.Index > 0 {
		s := f.Section(b.section.Index)
		return s.Flags&objimage.SectionTLS != 0 || in != nil && in.isMade(b.section.Index) || in == nil && b.section.Index < len(m.extra) && m.extra[b.section.Index]
	}
	if b.section.Index == 0 || b.commons != nil {
		return false
	}
	return known && b.section.Index != runtimedyld.SectionGOT || in != nil && in.noGOT
}

// reserve takes sections' share of the slab.
func (m *Memory) reserve(blocks []*block) error {
	used := m.used
	for _, b := range blocks {
		if b.idle {
			continue
		}
		s := &b.section
		from := alignUp(used, s.Align)
		if from < used || s.Size > ^uint64(0)-from || m.slab != 0 && from+s.Size > m.slab {
			return ErrSlab
		}
		used = from + s.Size
	}
	m.used = used
	return nil
}

func (m *Memory) allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section, blocks []*block) (id memmgr.AllocID, err error) {
	if m.under != nil {
		id, err = m.under.Allocate(b, mod, secs)
	} else if m.used > maxHeap {
		err = fmt.Errorf("sections of %d bytes: no more than %d are given here", m.used, uint64(maxHeap))
	} else {
		m.lastID++
		id = m.lastID
	}
	for _, b := range blocks {
		if b.asked == nil || err != nil {
			continue
		}
		if s := b.asked; m.under == nil {
			s.Mem, s.Addr = make([]byte, s.Size), executor.Addr(m.address(isCommons(secs), b.name, s))
		}
		b.section, b.asked = *b.asked, nil
	}
	return id, err
}

// address finds an address for a section on the heap.
func (m *Memory) address(common bool, name string, s *memmgr.Section) uint64 {
	if addr, ok := m.commonAt(name); ok && common {
		return addr
	}
	addr := alignUp(m.next, s.Align)
	m.next = addr + pages(s.Size)
	return addr
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
func (m *Memory) print(mod memmgr.Module, secs []memmgr.Section, blocks []*block) {
	if m.printTo == nil || isCommons(secs) && m.loading != nil {
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
	for _, b := range blocks {
		if b.section.Size == 0 && !m.empty || b.unlike {
			continue
		}
		kind := "Data"
		if b.section.Kind == memmgr.Code {
			kind = "Code"
		}
		fmt.Fprintf(m.printTo, requestFormat, kind, max(b.request.Size, 1), b.request.Align, b.name)
	}
}

const requestFormat = "allocate%sSection(Size = %d, Alignment = %d, SectionName = %s)\n"
