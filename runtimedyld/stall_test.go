package runtimedyld

import (
	"debug/elf"
	"testing"
	"time"

	"github.com/gomcjit/gomcjit/memmgr"
)

// patience is how long what does not wait for anybody may take, on a machine that has a lot to do besides.
const patience = time.Minute

// A stallMM waits before it finalizes, or before it allocates.
type stallMM struct {
	*testMM
	reached, proceed chan struct{}
	stallAllocate    bool
}

func (m *stallMM) stall() {
	m.reached <- struct{}{}
	<-m.proceed
}

func (m *stallMM) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (memmgr.AllocID, error) {
	if m.stallAllocate {
		m.stall()
	}
	return m.testMM.Allocate(b, mod, secs)
}

func (m *stallMM) Finalize(b memmgr.Batch) error {
	m.stall()
	return errInjected
}

// TestMapDuringLink: a section is mapped after the link that is on its way, which leaves the object Loaded.
func TestMapDuringLink(t *testing.T) {
	mm := &stallMM{testMM: newTestMM(), reached: make(chan struct{}), proceed: make(chan struct{})}
	d := New(mm, nil)
	defer d.Close()
	o, err := d.LoadObject(defining("a.o", "x", elf.STB_GLOBAL).parse(t))
	if err != nil {
		t.Fatal(err)
	}
	go d.Finalize()
	<-mm.reached
	done := make(chan error, 1)
	go func() { done <- d.MapSectionAddress(o, 1, 0x5000) }()
	select {
	case err := <-done:
		t.Errorf("mapped, or not, while the link is on its way: %v", err)
		done <- err
	case <-time.After(50 * time.Millisecond):
	}
	mm.proceed <- struct{}{}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if a, _ := d.SymbolLoadAddress("x"); a != 0x5008 {
		t.Errorf("x is at %v", a)
	}
}

// TestLookupOfUndefined does not wait for loads: the name is mentioned, and that is all.
func TestLookupOfUndefined(t *testing.T) {
	mm := &stallMM{testMM: newTestMM(), reached: make(chan struct{}), proceed: make(chan struct{})}
	d := New(mm, nil)
	defer d.Close()
	if _, err := d.LoadObject(undefining("a.o", "x", false).parse(t)); err != nil {
		t.Fatal(err)
	}
	mm.stallAllocate = true
	loaded := make(chan struct{})
	go func() { d.LoadObject(defining("b.o", "y", elf.STB_GLOBAL).parse(t)); close(loaded) }()
	<-mm.reached
	found := make(chan bool)
	go func() { _, ok := d.SymbolLoadAddress("x"); found <- ok }()
	select {
	case ok := <-found:
		if ok {
			t.Error("x is defined")
		}
		mm.proceed <- struct{}{}
	case <-time.After(patience):
		t.Error("the look-up waits for an object that is being loaded")
		mm.proceed <- struct{}{}
		<-found
	}
	<-loaded
}

// TestAllocatePanics: a memory manager that panics does not stop others, nor the one who recovers.
func TestAllocatePanics(t *testing.T) {
	b := newBench(t, nil)
	b.mm.fail = func(string) error { panic(errInjected) }
	img := defining("a.o", "x", elf.STB_GLOBAL).parse(t)
	func() {
		defer func() {
			if recover() != errInjected {
				t.Error("the panic did not get through")
			}
		}()
		b.LoadObject(img)
	}()
	b.mm.fail = nil
	b.loadImage(img)
	done := make(chan struct{})
	go func() { b.Finalize(); close(done) }()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("links wait for the load that has failed")
	}
}

// TestFinalizePanics: the same for a panic in the middle of a link, which is as if the link had failed.
func TestFinalizePanics(t *testing.T) {
	b := newBench(t, nil)
	o := b.loadImage(defining("a.o", "x", elf.STB_GLOBAL).parse(t))
	b.mm.fail = func(string) error { panic(errInjected) }
	func() {
		defer func() {
			if recover() != errInjected {
				t.Error("the panic did not get through")
			}
		}()
		b.Finalize()
	}()
	b.mm.fail = nil
	if o.State() != Loaded {
		t.Errorf("the object is %v after a link that did not end, want %v", o.State(), Loaded)
	}
	done := make(chan error)
	go func() { _, err := b.Finalize(); done <- err }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("links wait for the link that did not end")
	}
}

// TestAllocatePanicsAlone: what only the load has kept, because its object was removed meanwhile, is given back although the memory manager panics.
func TestAllocatePanicsAlone(t *testing.T) {
	b := newBench(t, nil)
	first := b.load(referringGroup("a.o", "thunk", "x"))
	b.load(defining("x.o", "x", elf.STB_GLOBAL))
	b.finalize()
	img := referringGroup("b.o", "thunk", "x").parse(t)
	b.mm.fail = func(string) error {
		b.mm.fail = nil
		b.remove(first)
		if first.State() != Retired {
			t.Errorf("what the load relies on is %v", first.State())
		}
		panic(errInjected)
	}
	func() {
		defer func() {
			if recover() != errInjected {
				t.Error("the panic did not get through")
			}
		}()
		b.LoadObject(img)
	}()
	if first.State() != Removed {
		t.Errorf("what nobody uses is %v", first.State())
	}
	if n := b.mm.count(); n != 1 {
		t.Errorf("there are %d allocations, want that of x.o", n)
	}
}

// TestPanicsWhenProtected: once memory has its final protection its objects are finalized, whatever panics then; those that were reopened are not if publishing them does.
func TestPanicsWhenProtected(t *testing.T) {
	for _, step := range []string{"hook", "rewrite"} {
		t.Run(step, func(t *testing.T) {
			b := newBenchResolving(t, nil, knows(map[string]uint64{"outside": far}))
			old := b.load(user("outside"))
			b.finalize()
			if err := b.Reopen(old); err != nil {
				t.Fatal(err)
			}
			if err := b.DefineAbsolute("outside", far+0x1000); err != nil {
				t.Fatal(err)
			}
			fresh := b.loadImage(defining("a.o", "x", elf.STB_GLOBAL).parse(t))
			b.SetHooks(Hooks{Finalizing: func(_ []*Object, protect func() error) error {
				err := protect()
				if step == "hook" {
					panic(errInjected)
				}
				return err
			}})
			b.mm.fail = func(at string) error {
				if at == step {
					panic(errInjected)
				}
				return nil
			}
			func() {
				defer func() {
					if recover() != errInjected {
						t.Error("the panic did not get through")
					}
				}()
				b.Finalize()
			}()
			b.SetHooks(Hooks{})
			b.mm.fail = nil
			if got, want := old.State() == Finalized, step == "hook"; fresh.State() != Finalized || got != want {
				t.Errorf("the new object is %v, the reopened one %v", fresh.State(), old.State())
			}
			b.load(defining("b.o", "y", elf.STB_GLOBAL)) // so that what is not finalized is linked anew
			b.finalize()
			if got := b.word64(uint64(b.mm.section("user.o", ".data").Addr)); got != far+0x1000 {
				t.Errorf("the pointer is %#x", got)
			}
			b.mm.check(t)
		})
	}
}
