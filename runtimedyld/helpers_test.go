package runtimedyld

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/objimage"
)

// A bench is a linker with a test's memory manager, which are checked and closed at the end of the test.
type bench struct {
	*RuntimeDyld
	mm *testMM
	t  testing.TB
}

func newBench(t testing.TB, addrs map[string]uint64) *bench { return newBenchResolving(t, addrs, nil) }

func newBenchResolving(t testing.TB, addrs map[string]uint64, resolver SymbolResolver) *bench {
	mm := newTestMM()
	if addrs != nil {
		mm.at = placeByName(addrs)
	}
	b := &bench{RuntimeDyld: New(mm, resolver), mm: mm, t: t}
	t.Cleanup(func() {
		mm.check(t)
		if err := b.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
		mm.check(t)
		if n := mm.count(); n != 0 {
			t.Errorf("%d allocations are left after Close", n)
		}
	})
	return b
}

// load loads an object, which has to go well.
func (b *bench) load(w *elfWriter) *Object {
	b.t.Helper()
	return b.loadImage(w.parse(b.t))
}

func (b *bench) loadImage(img *objimage.Object) *Object {
	b.t.Helper()
	o, err := b.LoadObject(img)
	if err != nil {
		b.t.Fatal(err)
	}
	return o
}

// resolve and finalize have to go well.
func (b *bench) resolve() {
	b.t.Helper()
	if err := b.ResolveRelocations(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) finalize() {
	b.t.Helper()
	if _, err := b.Finalize(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) remove(list ...*Object) {
	b.t.Helper()
	if err := b.Remove(list...); err != nil {
		b.t.Fatal(err)
	}
}

// addr returns the address of a symbol that there has to be.
func (b *bench) addr(name string) uint64 {
	b.t.Helper()
	a, ok := b.SymbolLoadAddress(name)
	if !ok {
		b.t.Fatalf("symbol %s is not defined", name)
	}
	return uint64(a)
}

// word64 and word32 return words at an address of the target.
func (b *bench) word64(addr uint64) uint64 {
	b.t.Helper()
	return binary.LittleEndian.Uint64(b.bytesAt(addr, 8))
}

func (b *bench) word32(addr uint64) uint32 {
	b.t.Helper()
	return binary.LittleEndian.Uint32(b.bytesAt(addr, 4))
}

func (b *bench) bytesAt(addr, n uint64) []byte {
	b.t.Helper()
	mem := b.mm.read(addr, n)
	if mem == nil {
		b.t.Fatalf("%d bytes at %#x are in no section", n, addr)
	}
	return mem
}

// knows returns a resolver that knows some names.
func knows(addrs map[string]uint64) SymbolResolver {
	return ResolverFunc(func(name string) (executor.Addr, bool) {
		a, ok := addrs[name]
		return executor.Addr(a), ok
	})
}

// relocationErrors returns all relocation errors in err; everything in it has to be one.
func relocationErrors(t testing.TB, err error) (list []*RelocationError) {
	t.Helper()
	errs := []error{err}
	if all := new(LinkError); errors.As(err, &all) {
		errs = all.Errs
	}
	for _, err := range errs {
		var nested *LinkError
		if errors.As(err, &nested) {
			list = append(list, relocationErrors(t, err)...)
			continue
		}
		e := new(RelocationError)
		if !errors.As(err, &e) {
			t.Fatalf("not a relocation error: %v", err)
		}
		list = append(list, e)
	}
	return list
}

// testdataObject parses an object of the repository.
func testdataObject(t testing.TB, name string) *objimage.Object {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return parseObject(t, name, data)
}

func parseObject(t testing.TB, name string, data []byte) *objimage.Object {
	t.Helper()
	o, err := objimage.Parse(objimage.NewBuffer(name, data))
	if err != nil {
		t.Fatal(err)
	}
	return o
}
