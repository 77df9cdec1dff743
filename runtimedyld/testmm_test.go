package runtimedyld

import (
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/memmgr"
)

// A testMM is a memory manager for a target that does not exist: working memory comes from the Go heap, target addresses from whoever
// tests, so that objects can be linked for any place in 64 bits. It surrounds sections with canaries, notices writes to what is finalized
// or given back, and fails when told to.
type testMM struct {
	at      func(m memmgr.Module, s *memmgr.Section) (executor.Addr, bool) // where to put a section; others go one behind the other
	fail    func(step string) error                                        // "allocate" or "finalize"
	maximum uint64                                                         // bytes of an allocation; 0 is 1 GiB

	mu     sync.Mutex
	next   uint64 // address of the next section without one
	lastID memmgr.AllocID
	live   map[memmgr.AllocID]*testAlloc
	dead   []*testAlloc // only while keepDead
	wrong  []string

	keepDead bool // check what was given back, too
}

type testAlloc struct {
	batch     memmgr.Batch
	module    memmgr.Module
	secs      []memmgr.Section
	backing   [][]byte
	finalized bool
	sums      []uint64 // of what nobody may write any more, by section
}

const (
	canarySize = 32
	canaryByte = 0xc7
	dirtByte   = 0xa5 // memory that does not have to be zero is full of it
	testBase   = 0x10_0000
)

var (
	errInjected = errors.New("injected failure")
	errTestFull = errors.New("the test's memory is full")
	sumSeed     = maphash.MakeSeed()
)

func newTestMM() *testMM {
	return &testMM{next: testBase, live: map[memmgr.AllocID]*testAlloc{}}
}

// Allocate places the sections.
func (m *testMM) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	if m.fail != nil {
		if err := m.fail("allocate"); err != nil {
			return 0, err
		}
	}
	left := m.maximum
	if left == 0 {
		left = 1 << 30
	}
	for i := range secs {
		if secs[i].Size > left {
			return 0, errTestFull
		}
		left -= secs[i].Size
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	a := &testAlloc{batch: b, module: mod}
	for i := range secs {
		s := &secs[i]
		if s.Align == 0 || s.Align&(s.Align-1) != 0 {
			m.wrong = append(m.wrong, fmt.Sprintf("%s: section %s asks for alignment %d", mod.Name, mod.SectionName(s), s.Align))
		}
		a.backing = append(a.backing, canaried(s))
		s.Addr = m.place(mod, s)
	}
	a.secs = append(a.secs, secs...)
	m.lastID++
	m.live[m.lastID] = a
	return m.lastID, nil
}

func canaried(s *memmgr.Section) []byte {
	b := bytes.Repeat([]byte{canaryByte}, canarySize+int(s.Size)+canarySize)
	s.Mem = b[canarySize : canarySize+s.Size : canarySize+s.Size]
	fill := byte(dirtByte)
	if s.ZeroFill {
		fill = 0
	}
	for i := range s.Mem {
		s.Mem[i] = fill
	}
	return b
}

func (m *testMM) place(mod memmgr.Module, s *memmgr.Section) executor.Addr {
	if m.at != nil {
		if a, ok := m.at(mod, s); ok {
			return a
		}
	}
	align := max(s.Align, 1)
	a := (m.next + align - 1) &^ (align - 1)
	m.next = a + s.Size
	return executor.Addr(a)
}

// Finalize remembers what is in the sections that the target cannot write.
func (m *testMM) Finalize(b memmgr.Batch) error {
	if m.fail != nil {
		if err := m.fail("finalize"); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.live {
		if a.batch == b && !a.finalized {
			a.freeze(func(s *memmgr.Section) bool { return s.Kind != memmgr.RWData })
			a.finalized = true
		}
	}
	return nil
}

// freeze remembers the content of the sections that pass.
func (a *testAlloc) freeze(pass func(*memmgr.Section) bool) {
	a.sums = make([]uint64, len(a.secs))
	for i := range a.secs {
		if s := &a.secs[i]; pass(s) {
			a.sums[i] = maphash.Bytes(sumSeed, s.Mem)
		}
	}
}

// Deallocate gives back.
func (m *testMM) Deallocate(ids ...memmgr.AllocID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range ids {
		a := m.live[id]
		if a == nil {
			m.wrong = append(m.wrong, fmt.Sprintf("allocation %d given back, which is not there", id))
			continue
		}
		m.damage(a)
		delete(m.live, id)
		if m.keepDead {
			a.freeze(func(*memmgr.Section) bool { return true })
			m.dead = append(m.dead, a)
		}
	}
	return nil
}

// damage notes what was written where it must not be.
func (m *testMM) damage(a *testAlloc) {
	for i, b := range a.backing {
		s := &a.secs[i]
		lo, hi := b[:canarySize], b[len(b)-canarySize:]
		if bytes.Count(lo, []byte{canaryByte}) != canarySize || bytes.Count(hi, []byte{canaryByte}) != canarySize {
			m.wrong = append(m.wrong, fmt.Sprintf("%s: written outside of section %s", a.module.Name, a.module.SectionName(s)))
		}
		if a.sums != nil && a.sums[i] != 0 && a.sums[i] != maphash.Bytes(sumSeed, s.Mem) {
			m.wrong = append(m.wrong, fmt.Sprintf("%s: section %s written after it was finalized or given back", a.module.Name, a.module.SectionName(s)))
		}
	}
}

// check fails the test if anything was done to memory that must not be.
func (m *testMM) check(t testing.TB) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.live {
		m.damage(a)
	}
	for _, a := range m.dead {
		m.damage(a)
	}
	for _, w := range m.wrong {
		t.Error(w)
	}
	m.wrong = nil
}

// count returns how many allocations there are.
func (m *testMM) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.live)
}

// section returns what was allocated for a section of a module, by their names; nil if nothing was.
func (m *testMM) section(module, name string) *memmgr.Section {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.live {
		if a.module.Name != module {
			continue
		}
		for i := range a.secs {
			if a.module.SectionName(&a.secs[i]) == name {
				return &a.secs[i]
			}
		}
	}
	return nil
}

// read returns n bytes of working memory by their address in the target; nil if they are nobody's.
func (m *testMM) read(addr, n uint64) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.live {
		for i := range a.secs {
			s := &a.secs[i]
			if off := addr - uint64(s.Addr); off < s.Size && n <= s.Size-off {
				return s.Mem[off : off+n]
			}
		}
	}
	return nil
}

// contents returns all sections of a module, with their names, in the order in which they were asked for.
func (m *testMM) contents(module string) (names []string, mem [][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.live {
		if a.module.Name != module {
			continue
		}
		for i := range a.secs {
			names = append(names, a.module.SectionName(&a.secs[i]))
			mem = append(mem, a.secs[i].Mem)
		}
	}
	return names, mem
}

// placeByName returns a function for testMM.at that looks sections up by "section" or "module:section".
func placeByName(addrs map[string]uint64) func(memmgr.Module, *memmgr.Section) (executor.Addr, bool) {
	return func(mod memmgr.Module, s *memmgr.Section) (executor.Addr, bool) {
		a, ok := addrs[mod.Name+":"+mod.SectionName(s)]
		if !ok {
			a, ok = addrs[mod.SectionName(s)]
		}
		return executor.Addr(a), ok
	}
}
