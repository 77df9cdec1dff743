package memmgr

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

// A fakeTarget is a process that consists of memory, and fails when it is told to.
type fakeTarget struct {
	page uint64

	mu    sync.Mutex
	next  executor.Addr
	live  map[executor.Addr]*fakeReservation
	calls int
	fail  int // the call that fails, counted from 1; 0 for none
	log   []string
}

type fakeReservation struct {
	size      uint64
	mem       []byte
	prot      map[executor.Addr]executor.MemProt // of pages
	installed bool
}

func newFakeTarget() *fakeTarget {
	return &fakeTarget{page: 4096, next: 0x10000, live: map[executor.Addr]*fakeReservation{}}
}

// step counts a call that may fail.
func (f *fakeTarget) step(what string) error {
	f.calls++
	f.log = append(f.log, what)
	if f.calls == f.fail {
		return fmt.Errorf("%s: %w", what, errInjected)
	}
	return nil
}

func (f *fakeTarget) PageSize() uint64 { return f.page }

func (f *fakeTarget) Reserve(size uint64, _ executor.Addr) (executor.Addr, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step("reserve"); err != nil {
		return 0, err
	}
	if size == 0 || size%f.page != 0 {
		return 0, fmt.Errorf("reserve %d bytes", size)
	}
	base := f.next
	f.next += executor.Addr(size + f.page)
	f.live[base] = &fakeReservation{size: size, mem: make([]byte, size), prot: map[executor.Addr]executor.MemProt{}}
	return base, nil
}

func (f *fakeTarget) Install(base executor.Addr, segments []executor.Segment) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.live[base]
	if r == nil || r.installed {
		return fmt.Errorf("install at %v", base)
	}
	if err := f.step(fmt.Sprintf("install %v", base)); err != nil {
		delete(f.live, base) // as LLVM's executors do
		return err
	}
	r.installed = true
	for _, s := range segments {
		if s.Size%f.page != 0 || uint64(s.Addr)%f.page != 0 || uint64(len(s.Content)) > s.Size || s.Addr < base || uint64(s.Addr-base)+s.Size > r.size {
			return fmt.Errorf("segment %+v of %v", s.Addr, base)
		}
		copy(r.mem[s.Addr-base:], s.Content)
		for at := s.Addr; at < s.Addr+executor.Addr(s.Size); at += executor.Addr(f.page) {
			if _, twice := r.prot[at]; twice {
				return fmt.Errorf("page %v twice", at)
			}
			r.prot[at] = s.Prot
		}
	}
	return nil
}

func (f *fakeTarget) Release(bases ...executor.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var errs []error
	for _, base := range bases {
		f.log = append(f.log, fmt.Sprintf("release %v", base))
		if f.live[base] == nil {
			errs = append(errs, fmt.Errorf("release of %v", base))
		}
		delete(f.live, base)
	}
	return errors.Join(errs...)
}

// at returns the n bytes at an address, and their protection.
func (f *fakeTarget) at(a executor.Addr, n uint64) ([]byte, executor.MemProt) {
	for base, r := range f.live {
		if base <= a && uint64(a-base)+n <= r.size {
			return r.mem[a-base:][:n], r.prot[a&^executor.Addr(f.page-1)]
		}
	}
	return nil, 0
}

// randomSections are up to ten sections of all kinds.
func randomSections(rng *rand.Rand) []Section {
	secs := make([]Section, 1+rng.IntN(10))
	for i := range secs {
		secs[i] = Section{Index: i + 1, Kind: Kind(rng.IntN(int(NumKinds))), Size: rng.Uint64N(1 << rng.IntN(15)), Align: 1 << rng.IntN(8)}
		if rng.IntN(20) == 0 {
			secs[i].Align = 1 << 14
		}
	}
	return secs
}

// TestRemoteProperty allocates, finalizes and deallocates at random: what was written is where it should be, with its protection, and nothing else is held.
func TestRemoteProperty(t *testing.T) {
	for seed := range uint64(5) {
		rng, target := rand.New(rand.NewPCG(seed, 1)), newFakeTarget()
		m := NewRemote(target, 0)
		type module struct {
			id    AllocID
			secs  []Section
			final bool
			batch Batch
		}
		var live []*module
		batch := Batch(1)
		for range 200 {
			switch rng.IntN(6) {
			case 0, 1, 2:
				secs := randomSections(rng)
				id, err := m.Allocate(batch, Module{Name: "m"}, secs)
				if err != nil {
					t.Fatal(err)
				}
				for i := range secs {
					if uint64(secs[i].Addr)%secs[i].Align != 0 || uint64(len(secs[i].Mem)) != secs[i].Size {
						t.Fatalf("section %+v", secs[i])
					}
					for j := range secs[i].Mem {
						secs[i].Mem[j] = byte(rng.Uint32())
					}
				}
				live = append(live, &module{id: id, secs: secs, batch: batch})
			case 3:
				if err := m.Finalize(batch); err != nil {
					t.Fatal(err)
				}
				for _, l := range live {
					l.final = true
				}
				batch++
			default:
				if len(live) == 0 {
					continue
				}
				i := rng.IntN(len(live))
				if err := m.Deallocate(live[i].id); err != nil {
					t.Fatal(err)
				}
				for _, s := range live[i].secs {
					if at, _, ok := m.placeOf(s.Mem); s.Size > 0 && ok {
						t.Fatalf("seed %d: working memory that was deallocated is that of %v", seed, at)
					}
				}
				live = slices.Delete(live, i, i+1)
			}
			for _, l := range live {
				for _, s := range l.secs {
					got, prot := target.at(s.Addr, s.Size)
					if l.final && s.Size > 0 && (!bytes.Equal(got, s.Mem) || prot != remoteProt(s.Kind)) {
						t.Fatalf("seed %d: section at %v of kind %v has protection %v, or other bytes", seed, s.Addr, s.Kind, prot)
					}
					if s.Size == 0 {
						continue
					}
					from := rng.Uint64N(s.Size)
					if at, kind, ok := m.placeOf(s.Mem[from:]); at != s.Addr+executor.Addr(from) || kind != s.Kind || !ok {
						t.Fatalf("seed %d: byte %d of the section at %v of kind %v is at %v, of kind %v (%v)", seed, from, s.Addr, s.Kind, at, kind, ok)
					}
				}
			}
		}
		s := m.Stats()
		if s.Allocations != len(live) || s.Reservations != len(target.live) {
			t.Errorf("seed %d: %+v with %d modules in %d reservations", seed, s, len(live), len(target.live))
		}
		if err := m.Close(); err != nil {
			t.Error(err)
		}
		if len(target.live) != 0 {
			t.Errorf("seed %d: %d reservations are left", seed, len(target.live))
		}
	}
}

// TestRemoteOverlap makes sure that sections of all modules are apart.
func TestRemoteOverlap(t *testing.T) {
	rng, target := rand.New(rand.NewPCG(3, 3)), newFakeTarget()
	m := NewRemote(target, 0)
	var all []Section
	for range 100 {
		secs := randomSections(rng)
		if _, err := m.Allocate(1, Module{}, secs); err != nil {
			t.Fatal(err)
		}
		all = append(all, secs...)
	}
	slices.SortFunc(all, func(a, b Section) int { return int(int64(a.Addr) - int64(b.Addr)) })
	end := executor.Addr(0)
	for _, s := range all {
		if s.Size > 0 && s.Addr < end {
			t.Errorf("section at %v overlaps one that ends at %v", s.Addr, end)
		}
		end = max(end, s.Addr+executor.Addr(s.Size))
	}
	if n := len(target.live); n > 12 {
		t.Errorf("100 modules take %d reservations", n)
	}
	if err := m.Finalize(1); err != nil {
		t.Error(err)
	}
}

// TestRemoteFaults fails each call in turn: the target is left without anything, and nothing is installed that is not released, the last first.
func TestRemoteFaults(t *testing.T) {
	for fail := 1; ; fail++ {
		target := newFakeTarget()
		target.fail = fail
		m := NewRemote(target, 0)
		var ids []AllocID
		var failed error
		for i := range 6 {
			secs := []Section{{Kind: Code, Size: 3000 << i, Align: 16, Index: 1}, {Kind: RWData, Size: 100, Align: 8, Index: 2}}
			id, err := m.Allocate(1, Module{Name: "m"}, secs)
			if err != nil {
				failed = err
				if !errors.As(err, new(*AllocError)) {
					t.Errorf("Allocate: %v", err)
				}
				continue
			}
			secs[0].Mem[0] = 1
			ids = append(ids, id)
		}
		if err := m.Finalize(1); err != nil {
			failed = err
			if len(target.live) != 0 {
				t.Errorf("call %d: %d reservations are left of a batch that was lost", fail, len(target.live))
			}
			if again := m.Finalize(1); !errors.Is(again, errInjected) {
				t.Errorf("call %d: finalizing again: %v", fail, again)
			}
			if _, err := m.Allocate(1, Module{}, []Section{{Size: 1, Align: 1}}); !errors.Is(err, errInjected) {
				t.Errorf("call %d: allocating in a lost batch: %v", fail, err)
			}
			checkReverse(t, target.log)
		}
		if err := m.Deallocate(ids...); err != nil {
			t.Errorf("call %d: %v", fail, err)
		}
		if len(target.live) != 0 || m.Stats() != (RemoteStats{}) {
			t.Errorf("call %d: %d reservations are left, %+v", fail, len(target.live), m.Stats())
		}
		if err := m.Finalize(1); err != nil {
			t.Errorf("call %d: a batch without modules: %v", fail, err)
		}
		if failed == nil {
			return // fewer calls than that are made
		}
		if !errors.Is(failed, errInjected) {
			t.Errorf("call %d: %v", fail, failed)
		}
	}
}

// checkReverse makes sure that releases come in the reverse order of what was reserved.
func checkReverse(t *testing.T, log []string) {
	var released []string
	for _, entry := range log {
		if len(entry) > 8 && entry[:8] == "release " {
			released = append(released, fmt.Sprintf("%20s", entry[8:]))
		}
	}
	if !slices.IsSortedFunc(released, func(a, b string) int { return bytes.Compare([]byte(b), []byte(a)) }) {
		t.Errorf("released in the order %v", released)
	}
}

// TestRemoteClosed has every method refuse after Close.
func TestRemoteClosed(t *testing.T) {
	m := NewRemote(newFakeTarget(), 0)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := m.Allocate(1, Module{}, []Section{{Size: 1, Align: 1}})
	for _, err := range []error{err, m.Finalize(1), m.Deallocate(1), m.Close()} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%v", err)
		}
	}
}

// A hookedTarget does something more in a call.
type hookedTarget struct {
	*fakeTarget
	installed, reserved, releasing func()
}

func (h *hookedTarget) Reserve(size uint64, near executor.Addr) (executor.Addr, error) {
	a, err := h.fakeTarget.Reserve(size, near)
	if h.reserved != nil {
		h.reserved()
	}
	return a, err
}

func (h *hookedTarget) Install(base executor.Addr, segments []executor.Segment) error {
	err := h.fakeTarget.Install(base, segments)
	if h.installed != nil {
		h.installed()
	}
	return err
}

func (h *hookedTarget) Release(bases ...executor.Addr) error {
	if h.releasing != nil {
		h.releasing()
	}
	return h.fakeTarget.Release(bases...)
}

func allocate(t *testing.T, m *RemoteMemoryManager, b Batch, size uint64) AllocID {
	t.Helper()
	id, err := m.Allocate(b, Module{Name: "m"}, []Section{{Kind: RWData, Size: size, Align: 1, Index: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestRemoteAddressesAgain has somebody else get the addresses of a reservation that could not be installed: they are not released.
func TestRemoteAddressesAgain(t *testing.T) {
	target := &hookedTarget{fakeTarget: newFakeTarget()}
	m := NewRemote(target, 0)
	first := target.next
	allocate(t, m, 1, 1)
	target.fail = 2
	target.installed = func() {
		target.installed = nil
		target.next = first
		allocate(t, m, 2, 1)
	}
	if err := m.Finalize(1); !errors.Is(err, errInjected) {
		t.Error(err)
	}
	if err := m.Finalize(2); err != nil {
		t.Errorf("the other batch: %v", err)
	}
}

// TestRemoteDeallocatedMeanwhile deallocates modules while their batch is finalized.
func TestRemoteDeallocatedMeanwhile(t *testing.T) {
	target := &hookedTarget{fakeTarget: newFakeTarget()}
	m := NewRemote(target, 0)
	ids := []AllocID{allocate(t, m, 1, 4096), allocate(t, m, 1, 8192), allocate(t, m, 1, 16384)}
	if n := m.Stats().Reservations; n != 3 {
		t.Fatalf("%d reservations", n)
	}
	target.installed = func() {
		target.installed = nil
		if err := m.Deallocate(ids[0], ids[2]); err != nil {
			t.Error(err)
		}
	}
	if err := m.Finalize(1); err != nil {
		t.Error(err)
	}
	if s := m.Stats(); s.Reservations != 1 || len(target.live) != 1 {
		t.Errorf("%+v, %d", s, len(target.live))
	}
}

// TestRemoteClosedMeanwhile closes a manager during an allocation. No lock is held when what was reserved is released.
func TestRemoteClosedMeanwhile(t *testing.T) {
	target := &hookedTarget{fakeTarget: newFakeTarget()}
	m := NewRemote(target, 0)
	target.reserved = func() { m.Close() }
	target.releasing = func() {
		if !m.mu.TryLock() {
			t.Error("the manager is locked")
			return
		}
		m.mu.Unlock()
	}
	if _, err := m.Allocate(1, Module{}, []Section{{Kind: Code, Size: 1, Align: 1}}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
	if len(target.live) != 0 {
		t.Error("a reservation is left")
	}
}

// A generousTarget has any memory that one asks for.
type generousTarget struct{ *fakeTarget }

func (generousTarget) Reserve(uint64, executor.Addr) (executor.Addr, error) { return 1 << 20, nil }

// TestRemoteHuge asks for a module that this process has no memory for, of another process that says it has.
func TestRemoteHuge(t *testing.T) {
	m := NewRemote(generousTarget{newFakeTarget()}, 0)
	for _, size := range []uint64{1 << 59, 1 << 45} {
		if _, err := m.Allocate(1, Module{}, []Section{{Kind: RWData, Size: size, Align: 1, ZeroFill: true}}); !errors.As(err, new(*AllocError)) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestWithoutZeros(t *testing.T) {
	for _, size := range []int{0, 1, 4095, 4096, 4097, 8192, 20000} {
		for _, last := range []int{0, 1, 2, 4095, 4096, 4097, 8192, 20000} {
			if last > size {
				continue
			}
			b := make([]byte, size)
			if last > 0 {
				b[last-1] = 1
			}
			if got := withoutZeros(b); got != last {
				t.Errorf("of %d bytes, of which the last that is not zero is %d: %d", size, last, got)
			}
		}
	}
}
