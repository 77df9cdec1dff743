package memmgr

import (
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
)

const (
	cellSize  = 64      // what written data and dual mappings are cut into: a cache line, so that writing one module stalls no running neighbour
	blockSize = 2 << 20 // a huge page, and what is given back to the system at once
	smallArea = 1 << 18 // what of a slab is made of small pages before huge ones are begun
	smallStep = 1 << 16 // what is made accessible at once in the small area
)

// A slab is a contiguous part of an arena that holds sections of one kind. The page behind it is never accessible.
type slab struct {
	kind  Kind
	index uint32
	arena *arena
	slot  int // first slot in the arena
	slots int

	mem  []byte // at its target address
	work []byte // where it is written: mem itself, but for dual mappings
	dual bool

	unit   int      // size of the units of runs: a page or a cell
	runs   freeRuns // what is taken
	unused int      // units of these that are not used at all, between small pages and huge ones
	page   int
	huge   bool // from blockSize on it is made of huge pages; between smallArea and blockSize it is not used
	told   bool // the system has been told so

	pages  []page  // as far as they have ever been accessible
	blocks []block // likewise
	held   int     // bytes of pages that are held
}

// A page is what is known about a page of a slab.
type page struct {
	holds uint16 // number of allocations that have a part of it
	prot  Prot   // protection at the target address
	dirty bool   // it has been handed out, and need not be zero
	apart bool   // it has been replaced, and so is a mapping of its own
	stale bool   // what has been removed from it while something ran there has no traps yet
}

// A block is what is known about blockSize bytes of a slab.
type block struct {
	held  uint16 // number of pages that are held
	apart uint16 // number of pages that are mappings of their own
}

// batched says that open batches take whole pages of the slab, because their protection is going to change.
func (s *slab) batched() bool { return s.unit == s.page }

// isIn says whether the slab is in an arena; nil is any.
func (s *slab) isIn(a *arena) bool { return a == nil || s.arena == a }

func addrOf(mem []byte) executor.Addr {
	return executor.Addr(uintptr(unsafe.Pointer(unsafe.SliceData(mem))))
}

func newSlab(kind Kind, mem []byte, page, unit int, huge bool) *slab {
	s := &slab{kind: kind, mem: mem, work: mem, page: page, unit: unit, huge: huge}
	s.runs.limit = len(mem) / unit
	s.runs.phase = int(uint64(addrOf(mem)) / uint64(unit))
	if huge {
		s.unused = (blockSize - smallArea) / unit
		s.runs.mark(smallArea/unit, s.unused)
	}
	return s
}

// grow makes the tables reach to a page.
func (s *slab) grow(end int) {
	if n := end - len(s.pages); n > 0 {
		s.pages = append(s.pages, make([]page, n)...)
	}
	if n := (end*s.page+blockSize-1)/blockSize - len(s.blocks); n > 0 {
		s.blocks = append(s.blocks, make([]block, n)...)
	}
}

// hold counts an allocation on the pages of a range.
func (s *slab) hold(from, to int) {
	for p := from / s.page; p < (to+s.page-1)/s.page; p++ {
		pg := &s.pages[p]
		pg.dirty = true
		if pg.holds++; pg.holds == 1 {
			s.blocks[p*s.page/blockSize].held++
			s.held += s.page
		}
	}
}

// unhold is the inverse of hold.
func (s *slab) unhold(from, to int) {
	for p := from / s.page; p < (to+s.page-1)/s.page; p++ {
		pg := &s.pages[p]
		if pg.holds--; pg.holds == 0 {
			s.blocks[p*s.page/blockSize].held--
			s.held -= s.page
		}
	}
}

// setProt protects pages p to q.
func (s *slab) setProt(m Mapper, p, q int, prot Prot) error {
	if err := m.Protect(s.mem[p*s.page:q*s.page], prot); err != nil {
		return err
	}
	s.grow(q)
	for ; p < q; p++ {
		s.pages[p].prot = prot
	}
	return nil
}

// clear makes a range zero that has been handed out just now, before it is held.
func (s *slab) clear(from, to int) {
	for from < to {
		p := from / s.page
		end := min((p+1)*s.page, to)
		if s.pages[p].dirty {
			clear(s.work[from:end])
		}
		from = end
	}
}

func (s *slab) protOf(p int) Prot {
	if p < len(s.pages) {
		return s.pages[p].prot
	}
	return ProtNone
}

// commit gives pages p to q, which nobody else uses, the protection in which they are filled.
// What has not been accessible before is made so by the step, so that few calls are made, and huge pages can be.
func (m *SectionMemoryManager) commit(s *slab, p, q int) error {
	prot := ProtReadWrite
	if s.dual {
		prot = finalProt(s.kind)
	}
	for p < q {
		if s.protOf(p) == prot {
			p++
			continue
		}
		end, fresh := p, false
		for end < q && s.protOf(end) != prot {
			fresh = s.protOf(end) == ProtNone
			end++
		}
		if fresh {
			end = s.stepEnd(end)
		}
		if s.huge && !s.told && end*s.page > blockSize {
			s.told = true
			m.mapper.Advise(s.mem[blockSize:]) // without it the memory is as good, and slower to fill
		}
		if err := s.setProt(m.mapper, p, end, prot); err != nil {
			return err
		}
		if s.kind == Code && s.dual {
			fillTraps(s.work[p*s.page:end*s.page], p*s.page)
			for i := range s.pages[p:end] {
				s.pages[p+i].dirty = true
			}
		}
		p = end
	}
	return nil
}

// stepEnd extends a range of fresh pages that ends at page q to the end of the step it is in, as far as what follows is fresh.
func (s *slab) stepEnd(q int) int {
	step := smallStep
	if s.huge && q*s.page > blockSize {
		step = blockSize
	}
	end := min((q*s.page+step-1)/step*step, len(s.mem)) / s.page
	for q < end && s.protOf(q) == ProtNone {
		q++
	}
	return q
}

func finalProt(k Kind) Prot { return [...]Prot{ProtReadExec, ProtRead, ProtReadWrite}[k] }
