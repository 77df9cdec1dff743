package main

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// A recorder is a memory manager that remembers what another one was asked for: it sees every section of every object, those that the
// linker makes itself among them, and where it is.
type recorder struct {
	memmgr.JITMemoryManager

	mu          sync.Mutex
	allocations map[memmgr.AllocID][]placed
	protecting  time.Duration // spent in Finalize
}

// A placed is a section in memory.
type placed struct {
	object string
	number int    // the object's, in the order of loading
	name   string // the section's
	sec    memmgr.Section
}

func newRecorder(mm memmgr.JITMemoryManager) *recorder {
	return &recorder{JITMemoryManager: mm, allocations: map[memmgr.AllocID][]placed{}}
}

// Allocate passes the request on, and remembers the answer.
func (r *recorder) Allocate(b memmgr.Batch, m memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	id, err := r.JITMemoryManager.Allocate(b, m, secs)
	if err != nil {
		return id, err
	}
	list := make([]placed, len(secs))
	for i, s := range secs {
		list[i] = placed{object: m.Name, number: int(m.ID), name: m.SectionName(&s), sec: s}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.allocations[id] = list
	return id, nil
}

// Finalize passes the request on, and measures it.
func (r *recorder) Finalize(b memmgr.Batch) error {
	start := time.Now()
	err := r.JITMemoryManager.Finalize(b)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.protecting += time.Since(start)
	return err
}

// Publish passes on what was changed after Finalize, to who has to be told.
func (r *recorder) Publish(at executor.Addr, b []byte) error {
	if mm, ok := r.JITMemoryManager.(memmgr.Publisher); ok {
		return mm.Publish(at, b)
	}
	return nil
}

// Deallocate forgets.
func (r *recorder) Deallocate(ids ...memmgr.AllocID) error {
	r.mu.Lock()
	for _, id := range ids {
		delete(r.allocations, id)
	}
	r.mu.Unlock()
	return r.JITMemoryManager.Deallocate(ids...)
}

// sections returns all sections that have any bytes, by address.
func (r *recorder) sections() []placed {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []placed
	for _, list := range r.allocations {
		for _, p := range list {
			if p.sec.Size > 0 {
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.sec.Addr, b.sec.Addr) })
	return all
}

func (p *placed) from() uint64 { return uint64(p.sec.Addr) }
func (p *placed) to() uint64   { return uint64(p.sec.Addr) + p.sec.Size }
func (p *placed) made() bool   { return p.sec.Index <= 0 }

// label names the section, and says if nobody's file has it.
func (p *placed) label() string {
	if p.made() {
		return p.name + " (made by the linker)"
	}
	return p.name
}
