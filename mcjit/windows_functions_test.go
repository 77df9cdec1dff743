//go:build windows && amd64

package mcjit_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"unsafe"

	"github.com/gomcjit/gomcjit/executor"
	"github.com/gomcjit/gomcjit/executor/inprocess"
	"github.com/gomcjit/gomcjit/hostlib"
	"github.com/gomcjit/gomcjit/internal/testenv"
	"github.com/gomcjit/gomcjit/mcjit"
	"github.com/gomcjit/gomcjit/memmgr"
	"github.com/gomcjit/gomcjit/objimage"
	"github.com/gomcjit/gomcjit/runtimedyld"
)

// functionEntry returns where the function begins that Windows finds at an address (RUNTIME_FUNCTION), 0 if it knows none.
func functionEntry(t *testing.T, at executor.Addr) executor.Addr {
	t.Helper()
	addr, ok := hostlib.Process().Lookup("RtlLookupFunctionEntry")
	if !ok {
		t.Fatal("there is no RtlLookupFunctionEntry")
	}
	lookup, err := inprocess.Bind[func(pc executor.Addr, base *executor.Addr, history unsafe.Pointer) *uint32](addr)
	if err != nil {
		t.Fatal(err)
	}
	var base executor.Addr
	entry := lookup(at, &base, nil)
	if entry == nil {
		return 0
	}
	return base + executor.Addr(*entry)
}

// eachFunction is a source of functions of its own for each number, all of which pass exceptions through.
const eachFunction = `extern void thrower(int); static const int table[] = {%[1]d, 1}; int first_%[1]d(int n) { thrower(n); return table[n]; } int second_%[1]d(int n) { return first_%[1]d(n + 1) + 1; }`

// TestWindowsFunctionTables has many objects come and go at the same time: Windows finds the functions of those that are there, each in its object, and of no others.
func TestWindowsFunctionTables(t *testing.T) {
	e := windowsEngine(t)
	if _, err := e.AddObject(compiledFor(t, "clang gnu", throwerSource)); err != nil {
		t.Fatal(err)
	}
	sources := make([][]byte, 24)
	for i := range sources {
		sources[i] = bytes.Clone(compiledFor(t, "clang gnu", fmt.Sprintf(eachFunction, i)).Bytes())
	}
	var all sync.WaitGroup
	for i := range sources {
		all.Go(func() {
			for range 3 {
				m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("%d.obj", i), sources[i]))
				if err != nil {
					t.Error(err)
					return
				}
				names := []string{fmt.Sprintf("first_%d", i), fmt.Sprintf("second_%d", i)}
				addrs := make([]executor.Addr, len(names))
				for k, name := range names {
					if addrs[k], err = e.FunctionAddress(name); err != nil {
						t.Error(err)
						return
					}
					if got := functionEntry(t, addrs[k]+1); got != addrs[k] {
						t.Errorf("%s is at %v, Windows finds %v", name, addrs[k], got)
					}
				}
				if i%2 == 1 {
					return // it stays
				}
				if err := e.RemoveModule(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for i := range sources {
		at, err := e.FunctionAddress(fmt.Sprintf("first_%d", i))
		if found := err == nil && functionEntry(t, at) == at; found != (i%2 == 1) {
			t.Errorf("object %d: %v, found: %v", i, err, found)
		}
	}
}

// TestWindowsExceptionsBetween raises exceptions that pass through objects which lie around others, also when those have been removed, and when there are others in their places.
func TestWindowsExceptionsBetween(t *testing.T) {
	e := windowsEngine(t)
	handlers, between := compiledFor(t, "clang msvc", handlersSource), func(i int) *mcjit.Module {
		t.Helper()
		m, err := e.AddObject(compiledFor(t, "clang msvc", fmt.Sprintf(eachFunction, i)))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	list := []*mcjit.Module{between(0)}
	if _, err := e.AddObject(handlers); err != nil {
		t.Fatal(err)
	}
	list = append(list, between(1))
	if _, err := e.AddObject(compiledFor(t, "mingw gcc", throwerSource)); err != nil {
		t.Fatal(err)
	}
	list = append(list, between(2))
	caught := bind[func(int32) int32](t, e, "caught")
	for round := range 4 {
		if got := caught(20); got != 101 {
			t.Fatalf("round %d: %d", round, got)
		}
		if round == 3 {
			break
		}
		at, err := e.FunctionAddress(fmt.Sprintf("second_%d", round))
		if err != nil {
			t.Fatal(err)
		}
		if err := e.RemoveModule(list[round]); err != nil {
			t.Fatal(err)
		}
		if functionEntry(t, at) != 0 {
			t.Errorf("Windows still knows what was removed in round %d", round)
		}
		if round < 2 {
			list = append(list, between(10+round))
		}
	}
}

// A splitManager puts what is no code below all code, of whatever module.
type splitManager struct {
	data, code *memmgr.SectionMemoryManager
	mu         sync.Mutex
	ids        map[memmgr.AllocID][2]memmgr.AllocID
}

func newSplitManager(t *testing.T) *splitManager {
	t.Helper()
	m := &splitManager{ids: map[memmgr.AllocID][2]memmgr.AllocID{}}
	lowest := make(map[*memmgr.SectionMemoryManager]executor.Addr)
	for _, p := range []**memmgr.SectionMemoryManager{&m.data, &m.code} {
		mm, err := memmgr.New(memmgr.WithReserve(16 << 20))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := mm.Close(); err != nil {
				t.Error(err)
			}
		})
		s := []memmgr.Section{{Kind: memmgr.RWData, Size: 1, Align: 1}}
		if _, err := mm.Allocate(1<<60, memmgr.Module{}, s); err != nil {
			t.Fatal(err)
		}
		*p, lowest[mm] = mm, s[0].Addr
	}
	if lowest[m.data] > lowest[m.code] {
		m.data, m.code = m.code, m.data
	}
	return m
}

func (m *splitManager) Allocate(b memmgr.Batch, mod memmgr.Module, secs []memmgr.Section) (id memmgr.AllocID, err error) {
	var ids [2]memmgr.AllocID
	for i, mm := range []*memmgr.SectionMemoryManager{m.data, m.code} {
		var part []memmgr.Section
		for _, s := range secs {
			if (s.Kind == memmgr.Code) == (i == 1) {
				part = append(part, s)
			}
		}
		if ids[i], err = mm.Allocate(b, mod, part); err != nil {
			return 0, err
		}
		for k := range secs {
			if (secs[k].Kind == memmgr.Code) == (i == 1) {
				secs[k], part = part[0], part[1:]
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ids[ids[0]] = ids
	return ids[0], nil
}

func (m *splitManager) Finalize(b memmgr.Batch) error {
	return errors.Join(m.data.Finalize(b), m.code.Finalize(b))
}

func (m *splitManager) Deallocate(list ...memmgr.AllocID) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range list {
		err = errors.Join(err, m.data.Deallocate(m.ids[id][0]), m.code.Deallocate(m.ids[id][1]))
	}
	return err
}

// TestWindowsFunctionRange: of an object that a client's memory manager puts around another's code Windows is not told, and the client is; it runs, and the other object is as it was.
func TestWindowsFunctionRange(t *testing.T) {
	e, err := mcjit.New(mcjit.WithMemoryManager(newSplitManager(t)), mcjit.WithProcess(inprocess.Process{}), mcjit.WithSymbolResolver(runtimedyld.ResolverFunc(hostlib.Process().Lookup)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}()
	var addrs []executor.Addr
	var modules []*mcjit.Module
	for i := range 3 {
		if i == 2 { // there is room for it when the first has gone
			if err := e.RemoveModule(modules[0]); err != nil {
				t.Fatal(err)
			}
			if functionEntry(t, addrs[0]) != 0 {
				t.Error("Windows still knows what was removed")
			}
			addrs[0] = addrs[1]
		}
		source := fmt.Sprintf("static const int table[] = {%[1]d, 1}; extern int f(int); int last_%[1]d(int n) { return table[n]; } int one_%[1]d(int n) { return last_%[1]d(n + 1) + 1; }", i)
		object := testenv.CompileBytes(t, "clang-19", testenv.C, source, slices.Concat(compilers["clang gnu"][1:], []string{"-O1", "-fno-inline"})...)
		m, err := e.AddObject(objimage.NewBuffer(fmt.Sprintf("%d.o", i), object))
		if err != nil {
			t.Fatal(err)
		}
		modules = append(modules, m)
		err = e.FinalizeObject()
		var unwinder *mcjit.UnwinderError
		if refused := errors.As(err, &unwinder) && errors.Is(err, inprocess.ErrFunctionRange); refused != (i == 1) || !refused && err != nil {
			t.Errorf("object %d: %v", i, err)
		}
		at, err := e.FunctionAddress(fmt.Sprintf("one_%d", i))
		if err != nil {
			t.Fatal(err)
		}
		if got := bind[func(int32) int32](t, e, fmt.Sprintf("one_%d", i))(0); got != 2 {
			t.Errorf("one_%d: %d", i, got)
		}
		addrs = append(addrs, at)
		for k, at := range addrs {
			want := at
			if at == addrs[min(i, 1)] && i > 0 { // the second object's, when it is there
				want = 0
			}
			if got := functionEntry(t, at); got != want {
				t.Errorf("with %d objects Windows finds object %d's function at %v, want %v", i+1, k, got, want)
			}
		}
	}
}
