package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/gomcjit/gomcjit/internal/icache"
)

// A Patch is bytes of finalized memory that are to change.
type Patch struct {
	At  []byte // where: a part of the working memory of one section, as Allocate has answered
	New []byte // what is to be there: as many bytes
	Old []byte // of written data: the patch is left out if these are not there any more, because the program has written others. nil is for all other patches
}

// A Rewriter is a memory manager that can change what it has finalized, for linkers that link again what is in use. Nothing that is executable is writable meanwhile.
type Rewriter interface {
	// Rewrite changes the bytes of patches, in their order but for written data, which comes last. Code beside them, and code that reads them, may run: what is in one word of the size of a pointer, at
	// an address that is a multiple of that, changes at once. All allocations are finalized, and are not deallocated meanwhile. On error nothing has changed.
	Rewrite(patches []Patch) error
}

var _ Rewriter = (*SectionMemoryManager)(nil)

// Rewrite implements Rewriter. By the batch, pages of code and of read-only data are copied, changed, protected, and put in the place of those that run, page by page, which only Linux can do; elsewhere it is
// errors.ErrUnsupported for such memory. With a dual mapping words are written to the view that is written. Memory that is not finalized is ErrUnknownAlloc, as far
// as that is seen by its protection: not with a dual mapping, nor in written data.
func (m *SectionMemoryManager) Rewrite(patches []Patch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return ErrClosed
	}
	var spans []patchSpan
	for i := range patches {
		var err error
		if spans, err = m.addPatch(spans, &patches[i]); err != nil {
			return err
		}
	}
	for i := range spans {
		if err := m.patch(&spans[i]); err != nil {
			return errors.Join(fmt.Errorf("rewriting %d bytes: %w", spans[i].to-spans[i].from, err), m.unpatch(spans[:i+1]))
		}
	}
	for i := range patches {
		if p := &patches[i]; len(p.At) > 0 && m.slabOf(p.At).kind == RWData {
			exchange(p.At, p.Old, p.New)
		}
	}
	return nil
}

// A patchSpan is patches in the same pages, or in neighbouring ones, of memory that is not written data.
type patchSpan struct {
	slab     *slab
	from, to int // offsets in the slab of what they change
	patches  []Patch
	was      [][]byte // by patch: what was there
}

// addPatch adds a patch to the last span, or to a new one.
func (m *SectionMemoryManager) addPatch(spans []patchSpan, p *Patch) ([]patchSpan, error) {
	if len(p.At) == 0 {
		return spans, nil
	}
	s := m.slabOf(p.At)
	if s == nil || len(p.New) != len(p.At) || p.Old != nil && len(p.Old) != len(p.At) {
		return spans, fmt.Errorf("%w: %d bytes that are to be rewritten are not in finalized memory", ErrUnknownAlloc, len(p.At))
	}
	from := s.offset(p.At)
	to := from + len(p.At)
	for page := from / m.page; page*m.page < to; page++ {
		if pg := &s.pages[page]; pg.holds == 0 || pg.prot != finalProt(s.kind) {
			return spans, fmt.Errorf("%w: %d bytes that are to be rewritten are not in finalized memory", ErrUnknownAlloc, len(p.At))
		}
	}
	if s.kind == RWData {
		return spans, nil
	}
	if n := len(spans); n > 0 {
		last := &spans[n-1]
		if last.slab == s && from >= last.from && from/m.page <= (last.to+m.page-1)/m.page {
			last.to = max(last.to, to)
			last.patches = append(last.patches, *p)
			return spans, nil
		}
	}
	return append(spans, patchSpan{slab: s, from: from, to: to, patches: []Patch{*p}}), nil
}

// slabOf returns the slab in whose working memory bytes are; nil if they are in none.
func (m *SectionMemoryManager) slabOf(b []byte) *slab {
	for _, s := range m.slabs {
		if s != nil {
			if at := s.offset(b); at >= 0 && at+len(b) <= len(s.pages)*m.page {
				return s
			}
		}
	}
	return nil
}

// offset returns where bytes of working memory begin in a slab; if they are not in it, it is negative or beyond its end.
func (s *slab) offset(b []byte) int {
	return int(Distance(unsafe.SliceData(b), unsafe.SliceData(s.work)))
}

// patch changes a span.
func (m *SectionMemoryManager) patch(span *patchSpan) error {
	s := span.slab
	for _, p := range span.patches {
		span.was = append(span.was, bytes.Clone(p.At))
	}
	if s.dual {
		for _, p := range span.patches {
			exchange(p.At, nil, p.New)
		}
		err := m.publish(s, span.from, span.to)
		if s.kind == Code {
			icache.Sync(s.mem[span.from:span.to])
		}
		return err
	}
	return m.rewrite(s, span.from/m.page, (span.to+m.page-1)/m.page, func(pages []byte, base int) {
		for _, p := range span.patches {
			at := s.offset(p.At)
			lo, hi := max(at, base), min(at+len(p.At), base+len(pages))
			if lo < hi {
				copy(pages[lo-base:hi-base], p.New[lo-at:])
			}
		}
	})
}

// unpatch brings back what was changed, of spans of which the last may have changed in part.
func (m *SectionMemoryManager) unpatch(spans []patchSpan) error {
	var errs []error
	for i := range spans {
		back := patchSpan{slab: spans[i].slab, from: spans[i].from, to: spans[i].to}
		changed := false
		for k, p := range spans[i].patches {
			changed = changed || !bytes.Equal(p.At, spans[i].was[k])
			back.patches = append(back.patches, Patch{At: p.At, New: spans[i].was[k]})
		}
		if changed {
			errs = append(errs, m.patch(&back))
		}
	}
	return errors.Join(errs...)
}

const wordSize = int(unsafe.Sizeof(uintptr(0)))

// exchange writes b into memory that others read and write meanwhile, word by word; unless old is given and is not what is there.
func exchange(at, old, b []byte) {
	start := uintptr(unsafe.Pointer(unsafe.SliceData(at)))
	if lead := int(start) & (wordSize - 1); lead+len(at) > wordSize && old != nil && !bytes.Equal(at, old) {
		return // in more than one word, which nobody writes at once
	}
	for from := 0; from < len(at); {
		lead := (int(start) + from) & (wordSize - 1)
		to := min(from+wordSize-lead, len(at))
		var was []byte
		if old != nil {
			was = old[from:to]
		}
		exchangeWord((*uintptr)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(at)), from-lead)), lead, was, b[from:to])
		from = to
	}
}

// exchangeWord writes b to the bytes of a word from lead on, unless old is given and is not there.
//
//go:nocheckptr
func exchangeWord(word *uintptr, lead int, old, b []byte) {
	for {
		now := atomic.LoadUintptr(word)
		next := now
		bytes8 := unsafe.Slice((*byte)(unsafe.Pointer(&next)), wordSize)
		if old != nil && !bytes.Equal(bytes8[lead:lead+len(b)], old) {
			return
		}
		copy(bytes8[lead:], b)
		if atomic.CompareAndSwapUintptr(word, now, next) {
			return
		}
	}
}
