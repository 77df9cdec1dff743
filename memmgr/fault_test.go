package memmgr

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
)

var errInjected = errors.New("injected failure")

// A faultyMapper fails one of its calls, and counts the reservations that are not released.
type faultyMapper struct {
	Mapper
	left int // calls until it fails
	what string
	open int
}

func (f *faultyMapper) fail(what string) error {
	if f.left--; f.left == 0 {
		f.what = what
		return errInjected
	}
	return nil
}

func (f *faultyMapper) Reserve(size int, near executor.Addr) ([]byte, error) {
	if err := f.fail("Reserve"); err != nil {
		return nil, err
	}
	f.open++
	return f.Mapper.Reserve(size, near)
}

func (f *faultyMapper) Release(mem []byte) error {
	f.open--
	return f.Mapper.Release(mem)
}

func (f *faultyMapper) Protect(mem []byte, p Prot) error {
	return errors.Join(f.fail("Protect"), f.Mapper.Protect(mem, p))
}

func (f *faultyMapper) Discard(mem, work []byte) error {
	if err := f.fail("Discard"); err != nil {
		return err
	}
	return f.Mapper.Discard(mem, work)
}

func (f *faultyMapper) Reset(mem []byte) error {
	if err := f.fail("Reset"); err != nil {
		return err
	}
	return f.Mapper.Reset(mem)
}

func (f *faultyMapper) Replace(dst, src []byte) error {
	if err := f.fail("Replace"); err != nil {
		return err
	}
	err := f.Mapper.Replace(dst, src)
	if err == nil {
		f.open--
	}
	return err
}

func (f *faultyMapper) ReserveDual(size int, near executor.Addr) ([]byte, error) {
	if err := f.fail("Reserve"); err != nil {
		return nil, err
	}
	f.open++
	return f.Mapper.ReserveDual(size, near)
}

func (f *faultyMapper) MapDual(run []byte, name string) ([]byte, error) {
	if err := f.fail("MapDual"); err != nil {
		return nil, err
	}
	f.open++
	return f.Mapper.MapDual(run, name)
}

func (f *faultyMapper) UnmapDual(work []byte) error {
	f.open--
	return f.Mapper.UnmapDual(work)
}

// TestFailures fails every call to the system in turn, during a life with all that a manager does. What fails has changed nothing, works
// when it is tried again, and nothing stays mapped in the end.
func TestFailures(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		before := countMaps(t)
		failed := map[string]bool{}
		for n := 1; ; n++ {
			f := &faultyMapper{Mapper: SystemMapper(), left: n}
			life(t, f, append(opts, WithMapper(f), WithReserve(1<<24), WithGrowth()))
			if f.open != 0 {
				t.Fatalf("call %d (%s) failed: %d reservations are left", n, f.what, f.open)
			}
			if f.left > 0 {
				t.Logf("%d calls failed: %v", n-1, failed)
				break
			}
			failed[f.what] = true
		}
		for _, what := range []string{"Reserve", "Protect", "Reset", "Replace"} {
			if !failed[what] && (what != "Replace" || len(opts) == 0) {
				t.Errorf("no %s has been failed", what)
			}
		}
		if after := countMaps(t); after > before+20 { // Go has made some too
			t.Errorf("%d mappings are left", after-before)
		}
	})
}

// TestFinalizeCalls counts what finalizing a batch of many modules asks of the system: a protection of code and one of read-only data, or nothing.
func TestFinalizeCalls(t *testing.T) {
	ways(t, func(t *testing.T, opts ...Option) {
		f := &faultyMapper{Mapper: SystemMapper()} // never fails
		m := newManager(t, append(opts, WithMapper(f))...)
		for range 1000 {
			mustAllocate(t, m, 1, tiny())
		}
		before := f.left
		mustFinalize(t, m, 1)
		want := 2
		if m.dual {
			want = 0
		}
		if calls := before - f.left; calls != want {
			t.Errorf("finalizing took %d calls, want %d", calls, want)
		}
	})
}

// A forbidding mapper makes nothing executable, as seccomp and SELinux do.
type forbidding struct{ Mapper }

func (f forbidding) Protect(mem []byte, p Prot) error {
	if p == ProtReadExec {
		return fs.ErrPermission
	}
	return f.Mapper.Protect(mem, p)
}

// TestForbidden: the error says who may be the reason, and the memory can be given back.
func TestForbidden(t *testing.T) {
	m := newManager(t, WithMapper(forbidding{SystemMapper()}))
	id := mustAllocate(t, m, 1, tiny())
	if err := m.Finalize(1); !errors.Is(err, ErrForbidden) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("Finalize: %v", err)
	}
	if err := m.Deallocate(id); err != nil {
		t.Error(err)
	}
}

// TestDualRefused makes a manager where there is no dual mapping.
func TestDualRefused(t *testing.T) {
	f := &faultyMapper{Mapper: SystemMapper(), left: 2}
	_, err := New(WithMapper(f), WithDualMapping())
	if !errors.Is(err, ErrDualMapping) || !errors.Is(err, errInjected) || f.what != "MapDual" || f.open != 0 {
		t.Errorf("New: %v after %s failed, %d reservations left", err, f.what, f.open)
	}
}

// life uses a manager whose mapper fails once.
func life(t *testing.T, f *faultyMapper, opts []Option) {
	t.Helper()
	m, err := New(opts...)
	if err != nil {
		if !errors.Is(err, errInjected) {
			t.Errorf("New: %v", err)
		}
		return
	}
	defer func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	}()
	try := func(what string, fn func() error) {
		t.Helper()
		before := m.Stats()
		err := fn()
		if err == nil {
			return
		}
		if !errors.Is(err, errInjected) {
			t.Errorf("%s: %v", what, err)
		}
		if after := m.Stats(); after != before {
			t.Errorf("%s failed on %s and changed the statistics from\n%+v to\n%+v", what, f.what, before, after)
		}
		if err := fn(); err != nil {
			t.Errorf("%s a second time: %v", what, err)
		}
	}
	var ids []AllocID
	allocate := func(b Batch, scale uint64) {
		t.Helper()
		try("Allocate", func() error {
			secs := []Section{
				{Kind: Code, Size: 100 * scale, Align: 16},
				{Kind: ROData, Size: 100 * scale, Align: 16},
				{Kind: RWData, Size: 100 * scale, Align: 16, ZeroFill: true},
			}
			id, err := m.Allocate(b, Module{ID: 1, Name: "life"}, secs)
			if err != nil {
				var ae *AllocError
				if !errors.As(err, &ae) || ae.Module.Name != "life" || ae.Want == 0 {
					t.Errorf("Allocate: %#v", err)
				}
				return err
			}
			ids = append(ids, id)
			for _, s := range secs {
				for i := 0; i < len(s.Mem); i += 64 {
					s.Mem[i] = 1
				}
			}
			return nil
		})
	}
	finalize := func(b Batch) {
		t.Helper()
		try("Finalize", func() error { return m.Finalize(b) })
	}
	// Deallocate gives back whatever happens.
	deallocate := func(n int) {
		t.Helper()
		before := m.Stats().Allocations
		if err := m.Deallocate(ids[:n]...); err != nil && !errors.Is(err, errInjected) {
			t.Error("Deallocate:", err)
		}
		if got := m.Stats().Allocations; got != before-n {
			t.Errorf("%d of %d allocations are left after the removal of %d", got, before, n)
		}
		ids = ids[n:]
	}
	allocate(1, 1)
	allocate(1, 1)
	allocate(2, 5000)
	finalize(1)
	finalize(2)
	deallocate(1) // beside a live function
	allocate(3, 1)
	allocate(3, 60000) // in another reservation
	finalize(3)
	deallocate(len(ids))
	if st := m.Stats(); st.Live() != 0 || st.Held() != 0 {
		t.Errorf("after all was removed: %+v", st)
	}
	allocate(4, 60000)
	finalize(4)
}

func ExampleAllocError() {
	m, err := New(WithReserve(1 << 24))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Close()
	_, err = m.Allocate(1, Module{Name: "big.o"}, []Section{{Kind: RWData, Size: 1 << 26, Align: 8}})
	var ae *AllocError
	fmt.Println(errors.As(err, &ae), errors.Is(err, ErrExhausted))
	fmt.Println(err)
	// Output:
	// true true
	// memory for "big.o": 67108864 bytes wanted (0 live, 16777216 reserved): reserved address space is exhausted; remove modules, or create the manager WithReserve of more, or WithGrowth
}
